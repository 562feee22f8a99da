"""A download cache, so that no tool waits for the network.

For apt it is a proxy (`GET http://host/path`), for cargo and go a mirror (`GET /host/path`, fetched
over https). A cached file is never fetched again: remove the directory to get newer ones.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import threading
import urllib.error
import urllib.request
from collections import defaultdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = frozenset({"proxy.golang.org", "index.crates.io", "static.crates.io"})
_INDEX_CONFIG = "/index.crates.io/config.json"
_SECONDS = 120


def upstream(path: str) -> str | None:
    """The upstream URL for a request path, or None if the cache does not serve it."""
    if path.startswith("http://"):
        return path
    host, _, rest = path.removeprefix("/").partition("/")
    return f"https://{host}/{rest}" if host in HOSTS and rest else None


class Downloads:
    """The running cache.

    Args:
        directory: where it stores files.
        address: the address to listen on, at any free port.
    """

    def __init__(self, directory: Path, address: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        handler = type("Bound", (_Handler,), {"downloads": self})
        self._server = _Server((address, 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """The URL of the cache, `http://address:port`."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()

    def file(self, url: str) -> Path:
        """The file with the content of a URL, fetched if it is not cached.

        Raises:
            HTTPError: upstream returned an error.
        """
        file = self._directory / hashlib.sha256(url.encode()).hexdigest()
        with self._locks[url]:
            if not file.exists():
                partial = file.with_suffix(".part")
                request = urllib.request.Request(url, headers={"User-Agent": "msbuild-bench"})  # noqa: S310 - http and https only
                with (
                    urllib.request.urlopen(request, timeout=_SECONDS) as answer,  # noqa: S310
                    partial.open("wb") as target,
                ):
                    shutil.copyfileobj(answer, target)
                partial.replace(file)
        return file


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # apt, cargo and go in parallel open more connections than the default of five
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore lost connections, which cancelled steps leave."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # header and body are separate writes: the body would wait until the header is acknowledged
    disable_nagle_algorithm = True
    downloads: Downloads

    def do_GET(self) -> None:
        """Send a file."""
        if self.path == _INDEX_CONFIG:
            # crates are downloaded through the cache as well
            config = {"dl": f"{self.downloads.address}/static.crates.io/crates"}
            self._send(json.dumps(config).encode())
            return
        url = upstream(self.path)
        if url is None:
            self._fail(HTTPStatus.NOT_FOUND)
            return
        try:
            file = self.downloads.file(url)
        except urllib.error.HTTPError as error:
            self._fail(error.code)
        except OSError:
            self._fail(HTTPStatus.BAD_GATEWAY)
        else:
            with file.open("rb") as source:
                self._send_header(HTTPStatus.OK, file.stat().st_size)
                shutil.copyfileobj(source, self.wfile)

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def _send(self, body: bytes) -> None:
        self._send_header(HTTPStatus.OK, len(body))
        self.wfile.write(body)

    def _fail(self, status: int) -> None:
        self._send_header(status, 0)

    def _send_header(self, status: int, size: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(size))
        self.end_headers()
