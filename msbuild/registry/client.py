"""Checks whether a registry has an image, and adds tags to images without transferring layers."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import requests

from msbuild.errors import MalformedResponse, TransientError, UnavailableError
from msbuild.registry.auth import HINT_BETWEEN, Authorization, Credentials
from msbuild.registry.names import repository_of
from msbuild.registry.retrying import ONE_REQUEST, retry
from msbuild.registry.transport import exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from msbuild.registry.retrying import RetryPolicy
    from msbuild.registry.transport import HttpResponse

Result = TypeVar("Result")

_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_MISSING = 404
_DENIED = (401, 403)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Registry:
    """The client. Safe to use from several threads at once.

    Args:
        policy: how long to retry one request.
    """

    def __init__(self, policy: RetryPolicy = ONE_REQUEST) -> None:
        self._policy = policy
        self._credentials = Credentials()
        self._down: dict[str, TransientError] = {}

    def digest(self, name: str, tag: str) -> str | None:
        """The digest behind a tag, by one HEAD; ``None`` if the registry has no such tag.

        Args:
            name: a repository: ``registry.example.com/team/shop/gateway``.
            tag: a tag in it.

        Raises:
            TransientError: the registry does not respond, despite retries.
            UnavailableError: it denies access.
        """
        with self._requests_to(name) as send:
            return self._retry(name, lambda: _digest(send("HEAD", tag), f"{name}:{tag}"))

    def add_tags(self, name: str, tag: str, more: Iterable[str]) -> None:
        """Point more tags at the image behind a tag. Only the manifest is transferred.

        Raises:
            UnavailableError: the image does not exist, or the registry rejects the tags.
        """
        with self._requests_to(name) as send:
            found = self._retry(name, lambda: _manifest(send("GET", tag), f"{name}:{tag}"))
            kind = found.headers.get("Content-Type", _MANIFESTS[1])

            def put(other: str) -> None:
                _check(send("PUT", other, found.body, kind), f"write `{name}:{other}`")

            for other in more:
                self._retry(name, partial(put, other))

    @contextmanager
    def _requests_to(self, name: str) -> Iterator[Callable[..., HttpResponse]]:
        """A function that sends requests about one repository and fetches its token once."""
        repository = repository_of(name)
        with requests.Session() as session:
            # a proxy from the environment is not for registries on this machine
            session.trust_env = repository.url.startswith("https://")
            auth = Authorization(session, repository.host, self._credentials.of(repository.host))

            def send(
                method: str, tag: str, body: bytes | None = None, kind: str = ""
            ) -> HttpResponse:
                url = f"{repository.url}/manifests/{tag}"
                headers = {"Accept": ", ".join(_MANIFESTS)} | (
                    {"Content-Type": kind} if kind else {}
                )
                attempt = partial(
                    exchange, session, method, url, headers=headers, data=body, authorize=auth
                )
                auth.fetch_token()
                response = attempt()
                return attempt() if auth.satisfy(response) else response

            yield send

    def _retry(self, name: str, send: Callable[[], Result]) -> Result:
        """Send until there is a response; after one failed round, a registry is not tried again."""
        host = repository_of(name).host
        if known := self._down.get(host):
            raise known
        try:
            return retry(send, self._policy)
        except TransientError as error:
            self._down.setdefault(host, error)
            raise


def _digest(response: HttpResponse, image: str) -> str | None:
    if response.status == _MISSING:
        return None
    _check(response, f"look up `{image}`")
    found = response.headers.get("Docker-Content-Digest", "")
    if not _DIGEST.fullmatch(found):
        # a server that returns 200 for everything is not a registry that has the image
        host = urlsplit(response.url).netloc
        raise MalformedResponse(f"`{host}` sends no digest for `{image}`", hint=HINT_BETWEEN)
    return found


def _manifest(response: HttpResponse, image: str) -> HttpResponse:
    _check(response, f"read `{image}`")
    digest = response.headers.get("Docker-Content-Digest", "")
    if digest.startswith("sha256:") and digest != f"sha256:{sha256(response.body).hexdigest()}":
        raise MalformedResponse(
            f"digest mismatch: the manifest of `{image}` does not have the digest sent with it"
        )
    if not digest and not _is_manifest(response.body):
        raise MalformedResponse(
            f"the response for `{image}` is not an image manifest", hint=HINT_BETWEEN
        )
    return response


def _is_manifest(body: bytes) -> bool:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and "schemaVersion" in content


def _check(response: HttpResponse, what: str) -> None:
    if response.ok:
        return
    host = urlsplit(response.url).netloc
    message = response.message()
    raise UnavailableError(
        f"cannot {what}: the registry returned {response.status} {response.reason}".rstrip()
        + (f": {message}" if message else ""),
        hint=f"run `docker login {host}` with an account that has access"
        if response.status in _DENIED
        else None,
    )
