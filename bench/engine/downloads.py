"""A cache of what builds download, so that no contender waits for the network.

For apt it is a proxy (`GET http://host/path`), for cargo and go a mirror (`GET /host/path`, fetched
by https). What was fetched once is never asked for again: remove the directory to be up to date.
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
    """The URL behind the path of a request; nothing where none is served."""
    if path.startswith("http://"):
        return path
    host, _, rest = path.removeprefix("/").partition("/")
    return f"https://{host}/{rest}" if host in HOSTS and rest else None


class Downloads:
    """The cache while it serves.

    Args:
        directory: where it keeps files.
        address: the address to listen on; the port is any that is free.
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
        """`http://address:port`."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()

    def file(self, url: str) -> Path:
        """The file that holds a URL, fetched if it was not yet.

        Raises:
            HTTPError: the answer was no success.
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
    # three of apt, cargo and go at once open more connections than the usual five
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Go on: steps that are stopped leave their connections."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # head and body are two writes: the body would wait for the client to confirm the head
    disable_nagle_algorithm = True
    downloads: Downloads

    def do_GET(self) -> None:
        """Answer with a file."""
        if self.path == _INDEX_CONFIG:
            # no crate leaves the cache
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
                self._begin(HTTPStatus.OK, file.stat().st_size)
                shutil.copyfileobj(source, self.wfile)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, body: bytes) -> None:
        self._begin(HTTPStatus.OK, len(body))
        self.wfile.write(body)

    def _fail(self, status: int) -> None:
        self._begin(status, 0)

    def _begin(self, status: int, size: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(size))
        self.end_headers()
