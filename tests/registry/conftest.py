"""A fake registry with authentication, which runs in a thread."""

from __future__ import annotations

import json
import threading
from base64 import b64decode, b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from msbuild.registry.retrying import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DIGEST = f"sha256:{sha256(b'{}').hexdigest()}"
QUICK = RetryPolicy(tries=3, first=0.01, longest=0.01)
MANIFEST = "/v2/team/shop/manifests/v1"


@dataclass
class FakeRegistry:
    """Its manifests, its authentication, and the requests so far.

    Attributes:
        scheme: the authentication scheme: `bearer`, `basic`, or empty for none.
        secret: the accepted password or refresh token.
        failures: the first responses: raw bytes, or status, headers and body.
        token: the response of its token service, if not the usual one.
        realm: the address of the token service; its own `/token` by default.
        signed: the `Authorization` header of every request.
    """

    host: str = ""
    scheme: str = ""
    secret: str = "secret"  # noqa: S105 - made up
    manifests: dict[str, bytes] = field(default_factory=dict)
    status: int = 0
    failures: list[bytes | tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    token: bytes | None = None
    realm: str = ""
    signed: list[str] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    registry: FakeRegistry
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        registry = self.registry
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        registry.asked.append(f"{self.command} {url.path}")
        registry.signed.append(self.headers.get("Authorization", ""))
        if registry.failures:
            self._fail(registry.failures.pop(0))
        elif url.path == "/token":
            self._token(parse_qs(url.query) | parse_qs(body.decode()))
        elif registry.status:
            self._respond(registry.status)
        elif registry.scheme and not self._is_authorized():
            realm = registry.realm or f"http://{registry.host}/token"
            challenge = f'Bearer realm="{realm}",service="r",scope="pull"'
            wanted = challenge if registry.scheme == "bearer" else 'Basic realm="r"'
            self._respond(401, {"WWW-Authenticate": wanted})
        elif self.command == "PUT":
            registry.manifests[url.path] = body
            self._respond(201)
        elif url.path in registry.manifests:
            content = registry.manifests[url.path]
            digest = f"sha256:{sha256(content).hexdigest()}"
            headers = {"Docker-Content-Digest": digest, "Content-Type": "application/x-manifest"}
            self._respond(200, headers, content)
        else:
            self._respond(404)

    do_HEAD = do_PUT = do_POST = do_GET  # noqa: N815

    def _is_authorized(self) -> bool:
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if self.registry.scheme == "basic":
            return scheme == "Basic" and self._is_password(value)
        return (scheme, value) == ("Bearer", "let-me-in")

    def _is_password(self, value: str) -> bool:
        return b64decode(value).decode() == f"me:{self.registry.secret}"

    def _fail(self, failure: bytes | tuple[int, dict[str, str], bytes]) -> None:
        if isinstance(failure, bytes):
            self.wfile.write(failure)
            self.close_connection = True
        else:
            self._respond(*failure)

    def _token(self, form: dict[str, list[str]]) -> None:
        if self.registry.token is not None:
            self._respond(200, {}, self.registry.token)
            return
        assert form["scope"] == ["pull"]
        assert form["service"] == ["r"]
        basic = self.headers.get("Authorization", "").removeprefix("Basic ")
        refreshed = form.get("refresh_token") == [self.registry.secret]
        good = refreshed or (bool(basic) and self._is_password(basic))
        body = json.dumps({"token": "let-me-in"}).encode()
        self._respond(200, {"Content-Type": "application/json"}, body) if good else self._respond(
            401
        )

    def _respond(
        self, status: int, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    with serving() as fake:
        yield fake


@contextmanager
def serving() -> Iterator[FakeRegistry]:
    """A registry on its own port."""
    fake = FakeRegistry()
    handler = type("BoundHandler", (Handler,), {"registry": fake})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        fake.host = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield fake
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path / "config.json"


def log_in(config: Path, host: str, **entry: str) -> None:
    config.write_text(json.dumps({"auths": {host: entry}}))


def password(text: str) -> str:
    return b64encode(f"me:{text}".encode()).decode()
