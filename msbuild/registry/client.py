"""Asks a registry whether it has an image, and gives images other names without moving them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import RequestException, Timeout

from msbuild.errors import EnvironmentFault, TransientFault
from msbuild.registry.auth import Authorization, Credentials
from msbuild.registry.names import repository_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_SECONDS = 30
_MISSING = 404
_SERVER = 500
_TOO_MANY = 429


class Registry:
    """What msbuild asks of registries. Safe to use from several threads at once."""

    def __init__(self) -> None:
        self._credentials = Credentials()

    def digest(self, name: str, tag: str) -> str | None:
        """The digest behind a tag, by one HEAD; ``None`` where the registry has no such tag.

        Args:
            name: a repository: ``registry.example.com/team/shop/gateway``.
            tag: a tag in it.

        Raises:
            EnvironmentFault: the registry does not answer, or does not let us ask.
        """
        answer = self._ask("HEAD", name, tag)
        if answer.status_code == _MISSING:
            return None
        _check(answer, f"ask for `{name}:{tag}`")
        return answer.headers.get("Docker-Content-Digest", "")

    def name(self, name: str, tag: str, more: Iterable[str]) -> None:
        """Have more tags mean what a tag means. Only the manifest travels.

        Raises:
            EnvironmentFault: there is no such image, or the registry does not take the tags.
        """
        manifest = self._ask("GET", name, tag)
        _check(manifest, f"read `{name}:{tag}`")
        kind = manifest.headers.get("Content-Type", _MANIFESTS[1])
        for other in more:
            answer = self._ask("PUT", name, other, manifest.content, kind)
            _check(answer, f"write `{name}:{other}`")

    def _ask(
        self, method: str, name: str, tag: str, body: bytes | None = None, kind: str = ""
    ) -> requests.Response:
        repository = repository_of(name)
        headers = {"Accept": ", ".join(_MANIFESTS), **({"Content-Type": kind} if kind else {})}
        with requests.Session() as session:
            # a proxy of the environment is for the world outside
            session.trust_env = repository.url.startswith("https://")
            auth = Authorization(session, self._credentials.of(repository.host))
            url = f"{repository.url}/manifests/{tag}"
            ask = partial(
                session.request, method, url, data=body, headers=headers, auth=auth,
                timeout=_SECONDS,
            )  # fmt: skip
            try:
                answer = ask()
                return ask() if auth.satisfy(answer) else answer
            except (NoConnection, Timeout) as error:
                raise TransientFault(
                    f"the registry `{repository.host}` does not answer: {_cause(error)}",
                    hint="is the network up, and is `registry:` right?",
                ) from error
            except RequestException as error:
                raise EnvironmentFault(f"cannot ask `{repository.host}`: {error}") from error


def _check(answer: requests.Response, what: str) -> None:
    if answer.ok:
        return
    status = answer.status_code
    kind = TransientFault if status >= _SERVER or status == _TOO_MANY else EnvironmentFault
    denied = status in (401, 403)
    host = urlsplit(answer.url).netloc
    raise kind(
        f"the registry does not let us {what}: {status} {answer.reason}",
        hint=f"`docker login {host}` with an account that may" if denied else None,
    )


def _cause(error: RequestException) -> str:
    """The innermost words of an error: what wraps them says where in a library it came up."""
    inner: BaseException = error
    while inner.args and isinstance(inner.args[-1], BaseException):
        inner = inner.args[-1]
    reason = getattr(inner, "reason", None)
    return str(reason if reason is not None else inner)
