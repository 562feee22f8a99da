"""Who we are to a registry: the user's Docker config, its credential helpers, and tokens."""

from __future__ import annotations

import json
import re
import threading
import warnings
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from docker.auth import INDEX_NAME, load_config
from docker.errors import DockerException
from requests.auth import HTTPBasicAuth

from msbuild.errors import MalformedAnswer, UnavailableError
from msbuild.registry.names import is_loopback
from msbuild.registry.transport import exchange

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeGuard

    from requests import PreparedRequest, Session

    from msbuild.registry.transport import Answer

HINT_BETWEEN = "is something between here and the registry, a proxy or a login page?"
_UNAUTHORIZED = 401
_LONGEST = 100
# RFC 6750, and what else may stand in a header: nothing that ends it.
_TOKEN = re.compile(r"[\x21-\x7e]{1,65536}")
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


class Credentials:
    """The user's credentials for registries, looked up once each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Mapping[str, str]] = {}
        self._config: Any = None

    def of(self, host: str) -> Mapping[str, str]:
        """User name and password, or an identity token; empty where the user has none.

        Raises:
            EnvironmentFault: a credential helper does not work.
        """
        with self._lock:
            if host not in self._known:
                self._known[host] = self._look_up(host)
            return self._known[host]

    def _look_up(self, host: str) -> Mapping[str, str]:
        try:
            with warnings.catch_warnings():
                # a helper that is missing is told below, once
                warnings.simplefilter("ignore")
                self._config = self._config or load_config()
                found = self._config.resolve_authconfig(INDEX_NAME if host == "docker.io" else host)
        except DockerException as error:
            raise UnavailableError(
                f"the credentials for `{host}` cannot be had: {error}",
                hint=f"`docker login {host}`",
            ) from error
        return {key.lower(): value for key, value in (found or {}).items() if value}


class Authorization:
    """Answers a registry's challenges, and keeps the tokens for one repository.

    Args:
        session: asks for tokens.
        host: the registry.
        credentials: the user's, for this registry.
    """

    def __init__(self, session: Session, host: str, credentials: Mapping[str, str]) -> None:
        self._session = session
        self._host = host
        self._credentials = credentials
        self._header = ""
        self._challenge: Mapping[str, str] | None = None

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put on a request what the last challenge asked for."""
        if self._header:
            request.headers["Authorization"] = self._header
        return request

    def satisfy(self, answer: Answer) -> bool:
        """Whether another try may be let in after this answer.

        Raises:
            EnvironmentFault: the challenge leads where credentials must not go.
            TransientFault: the token service does not answer, or not with a token.
        """
        if answer.status != _UNAUTHORIZED:
            return False
        scheme, _, rest = answer.headers.get("WWW-Authenticate", "").strip().partition(" ")
        before = self._header
        if scheme.lower() == "bearer":
            self._challenge = dict(_PARAMETER.findall(rest))
            self.get_ready()
        elif scheme.lower() == "basic" and "password" in self._credentials:
            self._header = self._basic()
        return bool(self._header) and self._header != before

    def get_ready(self) -> None:
        """Get the token that was asked for, where an earlier try to get it failed.

        Raises:
            EnvironmentFault: as ``satisfy``.
        """
        if self._challenge is not None:
            self._header = self._bearer(self._challenge)
            self._challenge = None

    def _bearer(self, challenge: Mapping[str, str]) -> str:
        asked = {key: challenge[key] for key in ("service", "scope") if key in challenge}
        realm = self._realm(challenge.get("realm", ""))
        if token := self._credentials.get("identitytoken"):
            form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "msbuild"}
            answer = exchange(self._session, "POST", realm, data={**asked, **form})
        else:
            name, password = (self._credentials.get(key) for key in ("username", "password"))
            sign = HTTPBasicAuth(name, password) if name and password else None
            question = f"{'&' if urlsplit(realm).query else '?'}{urlencode(asked)}" if asked else ""
            answer = exchange(self._session, "GET", f"{realm}{question}", sign=sign)
        if not answer.ok:
            return ""
        return f"Bearer {_token(answer)}"

    def _realm(self, realm: str) -> str:
        """Where tokens are given, if it may be told who we are.

        Raises:
            GarbledAnswer: it is no address.
            EnvironmentFault: it is one without TLS, on another machine.
        """
        try:
            parts = urlsplit(realm)
            named = bool(parts.hostname) and "@" not in parts.netloc
        except ValueError:
            named = False
        if not named or parts.scheme not in {"http", "https"}:
            raise MalformedAnswer(
                f"the registry `{self._host}` asks for a token, and names no place that gives any: "
                f"{realm[:_LONGEST]!r}"
            )
        if parts.scheme == "http" and not (is_loopback(parts.netloc) and is_loopback(self._host)):
            raise UnavailableError(
                f"the registry `{self._host}` sends credentials to `{parts.netloc}` without TLS",
                hint="nothing was sent; ask who runs the registry",
            )
        return realm

    def _basic(self) -> str:
        pair = f"{self._credentials.get('username', '')}:{self._credentials['password']}"
        return f"Basic {b64encode(pair.encode()).decode()}"


def _token(answer: Answer) -> str:
    """The token in what a token service answers.

    Raises:
        GarbledAnswer: there is none.
    """
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        content = None
    tokens = [content.get(key) for key in ("token", "access_token")] if _is_map(content) else []
    found = next((token for token in tokens if token), None)
    if not isinstance(found, str) or not _TOKEN.fullmatch(found):
        # what it says may hold a token that is half of one
        said = "" if _is_map(content) else f": {answer.words()}"
        raise MalformedAnswer(
            f"the token service `{urlsplit(answer.url).netloc}` answers without a token{said}",
            hint=HINT_BETWEEN,
        )
    return found


def _is_map(content: object) -> TypeGuard[dict[str, object]]:
    return isinstance(content, dict)
