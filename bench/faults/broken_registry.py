"""An in-memory registry that speaks the distribution API and breaks some responses, by seed."""

from __future__ import annotations

import hashlib
import json
import random
import re
import secrets
import socket
import struct
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MANIFEST = re.compile(r"/v2/(.+)/manifests/([^/]+)")
_BLOB = re.compile(r"/v2/(.+)/blobs/(sha256:[0-9a-f]{64})")
_UPLOAD = re.compile(r"/v2/(.+)/blobs/uploads/([^/]*)")
TOKEN = "let-me-in"  # noqa: S105 - made up

# Ways to break a response. Unexpected content is only sent where content was requested.
FAULTS = (
    "429", "429-later", "500", "502", "503", "503-later", "504",
    "reset", "close", "half", "longer", "slow", "cut-after",
)  # fmt: skip
GARBAGE = ("html", "list", "null", "text")


@dataclass
class BrokenRegistry:
    """The contents of the registry, and how it breaks.

    Attributes:
        share: share of broken responses, from 0 to 1.
        seed: seed of the faults.
        tokens: whether it requires a token.
        after: seconds in the `Retry-After` header, where one is sent.
        pause: delay of a slow response in seconds.
    """

    share: float = 0.0
    seed: int = 0
    tokens: bool = True
    after: int = 1
    pause: float = 0.3
    host: str = ""
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    requests: int = 0
    broken: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Start the sequence of faults."""
        self._random = random.Random(self.seed)  # noqa: S311 - faults, no secrets

    def reseed(self, seed: int) -> None:
        """Start another sequence of faults."""
        with self.lock:
            self._random.seed(seed)

    def fault(self, *, garbage: bool) -> str:
        """The fault of the next response, empty for most."""
        with self.lock:
            self.requests += 1
            if self._random.random() >= self.share:
                return ""
            self.broken += 1
            return self._random.choice((*FAULTS, *GARBAGE) if garbage else FAULTS)

    def tags(self, repository: str) -> list[str]:
        """The tags of a repository."""
        names = (key.rpartition(":") for key in self.manifests if "@" not in key)
        return sorted(tag for name, _, tag in names if name == repository)


class _Handler(BaseHTTPRequestHandler):
    registry: BrokenRegistry
    protocol_version = "HTTP/1.1"
    # otherwise the body would wait until the header is acknowledged
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        body = self._body()
        fault = self.registry.fault(garbage=self.command == "GET")
        if fault and fault != "cut-after" and self._break(fault):
            return
        self._cut = fault == "cut-after"
        self._handle(urlsplit(self.path).path, body)

    do_HEAD = do_PUT = do_POST = do_PATCH = do_GET  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _break(self, fault: str) -> bool:
        """Send a broken response. Returns whether the request is finished."""
        kind, _, later = fault.partition("-")
        if fault == "slow":
            time.sleep(self.registry.pause)
            return False
        if fault in {"reset", "close"}:
            self._hang_up(reset=fault == "reset")
        elif fault in {"half", "longer"}:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n{")
            self._hang_up(reset=False)
        elif fault in GARBAGE:
            content = {"html": b"<html>hello</html>", "list": b"[]", "null": b"null", "text": b"hi"}
            self._answer(200, {"Content-Type": "text/html"}, content[fault])
        else:
            after = {"Retry-After": str(self.registry.after)} if later else {}
            self._answer(int(kind), after, b"<html>try again</html>")
        return True

    def _hang_up(self, *, reset: bool) -> None:
        self.close_connection = True
        self.wfile.flush()
        if reset:
            now = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()

    def _handle(self, path: str, body: bytes) -> None:
        registry = self.registry
        if path == "/token":
            self._answer(200, {}, json.dumps({"token": TOKEN}).encode())
        elif registry.tokens and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            realm = f'Bearer realm="http://{registry.host}/token",service="r",scope="all"'
            self._answer(401, {"WWW-Authenticate": realm})
        elif found := _MANIFEST.fullmatch(path):
            self._manifest(found[1], found[2], body)
        elif found := _UPLOAD.fullmatch(path):
            self._upload(found[1], found[2], body)
        elif found := _BLOB.fullmatch(path):
            blob = registry.blobs.get(found[2])
            self._content(blob, found[2], "application/octet-stream")
        else:
            self._answer(200 if path == "/v2/" else 404)

    def _manifest(self, name: str, tag: str, body: bytes) -> None:
        key = f"{name}@{tag}" if tag.startswith("sha256:") else f"{name}:{tag}"
        if self.command != "PUT":
            kind, content = self.registry.manifests.get(key, ("", None))
            self._content(content, _digest(content or b""), kind)
            return
        parts = json.loads(body)
        if not isinstance(parts, dict):
            self._answer(400)
            return
        needed = [parts["config"], *parts["layers"]] if "config" in parts else []
        if any(each["digest"] not in self.registry.blobs for each in needed):
            error = {"errors": [{"code": "MANIFEST_BLOB_UNKNOWN", "message": "blob unknown"}]}
            self._answer(400, {}, json.dumps(error).encode())
            return
        entry = (self.headers.get("Content-Type", ""), body)
        self.registry.manifests[key] = entry
        self.registry.manifests[f"{name}@{_digest(body)}"] = entry
        self._answer(201, {"Docker-Content-Digest": _digest(body)})

    def _upload(self, name: str, session: str, body: bytes) -> None:
        registry = self.registry
        if self.command == "POST":
            session = secrets.token_hex(8)
            registry.uploads[session] = b""
        elif session not in registry.uploads:
            self._answer(404)
            return
        registry.uploads[session] += body
        place = {"Location": f"/v2/{name}/blobs/uploads/{session}", "Range": "0-0"}
        if self.command != "PUT":
            self._answer(202, place)
            return
        content = registry.uploads.pop(session)
        (wanted,) = parse_qs(urlsplit(self.path).query)["digest"]
        if _digest(content) != wanted:
            self._answer(400)
            return
        registry.blobs[wanted] = content
        self._answer(201, {"Docker-Content-Digest": wanted, "Location": f"/v2/{name}/blobs/x"})

    def _content(self, content: bytes | None, digest: str, kind: str) -> None:
        if content is None:
            error = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}
            self._answer(404, {}, json.dumps(error).encode())
        else:
            self._answer(200, {"Docker-Content-Digest": digest, "Content-Type": kind}, content)

    def _answer(
        self, status: int, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> None:
        if getattr(self, "_cut", False):
            # the request was handled, but the client does not learn that
            self._hang_up(reset=True)
            return
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore connections that were cut on purpose."""


@contextmanager
def serving(registry: BrokenRegistry) -> Iterator[BrokenRegistry]:
    """Serve the registry on a local port."""
    handler = type("Handler", (_Handler,), {"registry": registry})
    with _Server(("127.0.0.1", 0), handler) as server:
        registry.host = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield registry
        server.shutdown()
        thread.join()


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
