"""The few calls of the Docker Engine API that the tools need, using only the standard library."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from machine.root import call, find
from machine.say import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_HOST = "unix:///var/run/docker.sock"


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def connection(host: str, timeout: float) -> http.client.HTTPConnection:
    """A connection to the engine at `host`; `timeout` is in seconds without data."""
    url = urlsplit(host)
    if url.scheme == "unix":
        return UnixConnection(url.path, timeout)
    if url.scheme in ("tcp", "http") and url.hostname:
        if os.environ.get("DOCKER_TLS_VERIFY"):
            return http.client.HTTPSConnection(
                url.hostname, url.port or 2376, timeout=timeout, context=_client_certificates()
            )
        return http.client.HTTPConnection(url.hostname, url.port or 2375, timeout=timeout)
    raise Problem(
        f"the tools cannot connect to an engine at `{host}`", "forward it to a Unix or TCP socket"
    )


@contextmanager
def request(
    host: str, method: str, path: str, *, body: IO[bytes] | None = None, timeout: float = 5
) -> Iterator[http.client.HTTPResponse]:
    """Send one request. Yields the response, to read as it arrives."""
    line = connection(host, timeout)
    headers = {}
    if body is not None:
        length = os.fstat(body.fileno()).st_size
        headers = {"Content-Type": "application/x-tar", "Content-Length": str(length)}
    try:
        line.request(method, path, body=body, headers=headers)
        yield line.getresponse()
    finally:
        line.close()


def ask(host: str, method: str, path: str, timeout: float = 5) -> Any:
    """The JSON response to a request, or None. Raises `Problem` if the engine refuses."""
    with request(host, method, path, timeout=timeout) as response:
        text = response.read()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise Problem(f"`{method} {path}` failed: {text.decode(errors='replace')}")
        return json.loads(text) if text.strip() else None


def version(host: str) -> str | None:
    """The version of the engine at `host`, or None if none is available."""
    try:
        return str(ask(host, "GET", "/version")["Version"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, Problem):
        return None


def default_host() -> str:
    """The host of the docker command: DOCKER_HOST, its current context, or the default socket."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    if find("docker"):
        shown = call("docker", "context", "inspect", "-f{{.Endpoints.docker.Host}}", check=False)
        if shown.returncode == 0 and shown.stdout.strip():
            return shown.stdout.strip()
    return DEFAULT_HOST


def _client_certificates() -> ssl.SSLContext:
    directory = Path(os.environ.get("DOCKER_CERT_PATH") or Path.home() / ".docker")
    context = ssl.create_default_context(cafile=str(directory / "ca.pem"))
    context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    return context
