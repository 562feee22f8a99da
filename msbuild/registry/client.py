"""Asks a registry whether it has an image, and gives images other names without moving them."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import requests

from msbuild.errors import MalformedAnswer, TransientError, UnavailableError
from msbuild.registry.auth import HINT_BETWEEN, Authorization, Credentials
from msbuild.registry.names import repository_of
from msbuild.registry.retrying import ONE_REQUEST, retry
from msbuild.registry.transport import exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from msbuild.registry.retrying import RetryPolicy
    from msbuild.registry.transport import Answer

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
    """What msbuild asks of registries. Safe to use from several threads at once.

    Args:
        patience: how long one question is worth trying.
    """

    def __init__(self, patience: RetryPolicy = ONE_REQUEST) -> None:
        self._patience = patience
        self._credentials = Credentials()
        self._gone: dict[str, TransientError] = {}

    def digest(self, name: str, tag: str) -> str | None:
        """The digest behind a tag, by one HEAD; ``None`` where the registry has no such tag.

        Args:
            name: a repository: ``registry.example.com/team/shop/gateway``.
            tag: a tag in it.

        Raises:
            TransientFault: the registry does not answer, however often it is asked.
            EnvironmentFault: it does not let us ask.
        """
        with self._asking(name) as ask:
            return self._persist(name, lambda: _digest(ask("HEAD", tag), f"{name}:{tag}"))

    def name(self, name: str, tag: str, more: Iterable[str]) -> None:
        """Have more tags mean what a tag means. Only the manifest travels.

        Raises:
            EnvironmentFault: there is no such image, or the registry does not take the tags.
        """
        with self._asking(name) as ask:
            found = self._persist(name, lambda: _manifest(ask("GET", tag), f"{name}:{tag}"))
            kind = found.headers.get("Content-Type", _MANIFESTS[1])

            def put(other: str) -> None:
                _check(ask("PUT", other, found.body, kind), f"write `{name}:{other}`")

            for other in more:
                self._persist(name, partial(put, other))

    @contextmanager
    def _asking(self, name: str) -> Iterator[Callable[..., Answer]]:
        """Asks about one repository; a token is asked for once."""
        repository = repository_of(name)
        with requests.Session() as session:
            # a proxy of the environment is for the world outside
            session.trust_env = repository.url.startswith("https://")
            auth = Authorization(session, repository.host, self._credentials.of(repository.host))

            def ask(method: str, tag: str, body: bytes | None = None, kind: str = "") -> Answer:
                url = f"{repository.url}/manifests/{tag}"
                headers = {"Accept": ", ".join(_MANIFESTS)} | (
                    {"Content-Type": kind} if kind else {}
                )
                send = partial(
                    exchange, session, method, url, headers=headers, data=body, sign=auth
                )
                auth.get_ready()
                answer = send()
                return send() if auth.satisfy(answer) else answer

            yield ask

    def _persist(self, name: str, ask: Callable[[], Result]) -> Result:
        """Ask until there is an answer; what was given up on is not waited for again."""
        host = repository_of(name).host
        if known := self._gone.get(host):
            raise known
        try:
            return retry(ask, self._patience)
        except TransientError as fault:
            self._gone.setdefault(host, fault)
            raise


def _digest(answer: Answer, image: str) -> str | None:
    if answer.status == _MISSING:
        return None
    _check(answer, f"ask for `{image}`")
    found = answer.headers.get("Docker-Content-Digest", "")
    if not _DIGEST.fullmatch(found):
        # what says yes to everything is no registry that has the image
        host = urlsplit(answer.url).netloc
        raise MalformedAnswer(
            f"`{host}` has `{image}` and does not say which image that is", hint=HINT_BETWEEN
        )
    return found


def _manifest(answer: Answer, image: str) -> Answer:
    _check(answer, f"read `{image}`")
    digest = answer.headers.get("Docker-Content-Digest", "")
    if digest.startswith("sha256:") and digest != f"sha256:{sha256(answer.body).hexdigest()}":
        raise MalformedAnswer(
            f"the manifest of `{image}` has another digest than the registry says"
        )
    if not digest and not _is_manifest(answer.body):
        raise MalformedAnswer(f"what came as the manifest of `{image}` is none", hint=HINT_BETWEEN)
    return answer


def _is_manifest(body: bytes) -> bool:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and "schemaVersion" in content


def _check(answer: Answer, what: str) -> None:
    if answer.ok:
        return
    host = urlsplit(answer.url).netloc
    words = answer.words()
    raise UnavailableError(
        f"the registry does not let us {what}: {answer.status} {answer.reason}"
        + (f": {words}" if words else ""),
        hint=f"`docker login {host}` with an account that may"
        if answer.status in _DENIED
        else None,
    )
