"""A fake engine on a socket, with responses defined by tests."""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

VERSION = {
    "Version": "28.0.0",
    "ApiVersion": "1.48",
    "Os": "linux",
    "Arch": "amd64",
    "Components": [{"Name": "Engine"}],
}


@dataclass
class Request:
    """One request, and methods to respond to it."""

    handler: Handler
    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes

    def json(self, content: object, status: int = 200) -> None:
        data = json.dumps(content).encode()
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", "application/json")
        self.handler.send_header("Content-Length", str(len(data)))
        self.handler.end_headers()
        self.handler.wfile.write(data)

    def fail(self, message: str, status: int = 500) -> None:
        self.json({"message": message}, status)

    def begin(self) -> None:
        self.handler.send_response(200)
        self.handler.send_header("Transfer-Encoding", "chunked")
        self.handler.end_headers()

    def send(self, *messages: object) -> None:
        for message in messages:
            self.send_raw(json.dumps(message).encode() + b"\r\n")

    def send_raw(self, data: bytes) -> None:
        self.handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.handler.wfile.flush()

    def end(self) -> None:
        self.handler.wfile.write(b"0\r\n\r\n")

    def wait_for_disconnect(self) -> bool:
        self.handler.connection.settimeout(10)
        return bool(self.handler.connection.recv(1) == b"")


@dataclass
class FakeDaemon:
    """The responses by method and path (without the API version), and the requests so far."""

    socket: Path
    answers: dict[str, Callable[[Request], None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> dict[str, Any]:
        return {"base_url": f"unix://{self.socket}"}

    def on(self, route: str, answer: Callable[[Request], None]) -> None:
        self.answers[route] = answer

    def on_build(self, *messages: object) -> None:
        def answer(request: Request) -> None:
            request.begin()
            request.send(*messages)
            request.end()

        self.on("POST /build", answer)

    def respond(self, request: Request) -> None:
        route = f"{request.method} {request.path}"
        self.asked.append(route)
        if answer := self.answers.get(route):
            answer(request)
        else:
            request.fail(f"unexpected request {route}", 404)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    daemon: FakeDaemon

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def address_string(self) -> str:
        return "test"

    def _answer(self) -> None:
        url = urlsplit(self.path)
        path = url.path
        if path.startswith("/v1."):
            path = path[path.index("/", 1) :]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.daemon.respond(Request(self, self.command, path, parse_qs(url.query), body))


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that disconnects is not an error here."""


@contextmanager
def fake_daemon(directory: Path) -> Iterator[FakeDaemon]:
    daemon = FakeDaemon(directory / "engine.sock")
    daemon.on("GET /version", lambda request: request.json(VERSION))
    handler = type("BoundHandler", (Handler,), {"daemon": daemon})
    with Server(str(daemon.socket), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield daemon
        server.shutdown()
        thread.join()
