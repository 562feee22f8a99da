"""Authentication: the user's Docker config, its credential helpers, and registry tokens."""

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

from msbuild.errors import MalformedResponse, UnavailableError
from msbuild.registry.names import is_loopback
from msbuild.registry.transport import exchange

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeGuard

    from requests import PreparedRequest, Session

    from msbuild.registry.transport import HttpResponse

HINT_BETWEEN = "a proxy or a login page may be responding in place of the registry"
_UNAUTHORIZED = 401
_LONGEST = 100
# RFC 6750, plus anything else that cannot end a header.
_TOKEN = re.compile(r"[\x21-\x7e]{1,65536}")
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


class Credentials:
    """The user's credentials for registries, each looked up once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Mapping[str, str]] = {}
        self._config: Any = None

    def of(self, host: str) -> Mapping[str, str]:
        """User name and password, or an identity token; empty if the user has none.

        Raises:
            UnavailableError: a credential helper failed.
        """
        with self._lock:
            if host not in self._known:
                self._known[host] = self._look_up(host)
            return self._known[host]

    def _look_up(self, host: str) -> Mapping[str, str]:
        try:
            with warnings.catch_warnings():
                # a missing helper is reported below, once
                warnings.simplefilter("ignore")
                self._config = self._config or load_config()
                found = self._config.resolve_authconfig(INDEX_NAME if host == "docker.io" else host)
        except DockerException as error:
            raise UnavailableError(
                f"cannot load the credentials for `{host}`: {error}",
                hint=f"run `docker login {host}`",
            ) from error
        return {key.lower(): value for key, value in (found or {}).items() if value}


class Authorization:
    """Responds to a registry's challenges, and stores the token for one repository.

    Args:
        session: the session for token requests.
        host: the registry.
        credentials: the user's credentials for this registry.
    """

    def __init__(self, session: Session, host: str, credentials: Mapping[str, str]) -> None:
        self._session = session
        self._host = host
        self._credentials = credentials
        self._header = ""
        self._challenge: Mapping[str, str] | None = None

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the credentials that the last challenge requires to a request."""
        if self._header:
            request.headers["Authorization"] = self._header
        return request

    def satisfy(self, response: HttpResponse) -> bool:
        """Whether the request should be repeated, with credentials, after this response.

        Raises:
            UnavailableError: the challenge would send credentials where they must not go.
            TransientError: the token service does not respond, or sends no token.
        """
        if response.status != _UNAUTHORIZED:
            return False
        scheme, _, rest = response.headers.get("WWW-Authenticate", "").strip().partition(" ")
        before = self._header
        if scheme.lower() == "bearer":
            self._challenge = dict(_PARAMETER.findall(rest))
            self.fetch_token()
        elif scheme.lower() == "basic" and "password" in self._credentials:
            self._header = self._basic()
        return bool(self._header) and self._header != before

    def fetch_token(self) -> None:
        """Fetch the token for the last challenge, if that has not succeeded yet.

        Raises:
            UnavailableError: as ``satisfy``.
        """
        if self._challenge is not None:
            self._header = self._bearer(self._challenge)
            self._challenge = None

    def _bearer(self, challenge: Mapping[str, str]) -> str:
        query = {key: challenge[key] for key in ("service", "scope") if key in challenge}
        realm = self._realm(challenge.get("realm", ""))
        if token := self._credentials.get("identitytoken"):
            form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "msbuild"}
            response = exchange(self._session, "POST", realm, data={**query, **form})
        else:
            name, password = (self._credentials.get(key) for key in ("username", "password"))
            basic = HTTPBasicAuth(name, password) if name and password else None
            suffix = f"{'&' if urlsplit(realm).query else '?'}{urlencode(query)}" if query else ""
            response = exchange(self._session, "GET", f"{realm}{suffix}", authorize=basic)
        if not response.ok:
            return ""
        return f"Bearer {_token(response)}"

    def _realm(self, realm: str) -> str:
        """The address of the token service, if credentials may be sent there.

        Raises:
            MalformedResponse: it is not a valid address.
            UnavailableError: it is on another machine and does not use TLS.
        """
        try:
            parts = urlsplit(realm)
            valid = bool(parts.hostname) and "@" not in parts.netloc
        except ValueError:
            valid = False
        if not valid or parts.scheme not in {"http", "https"}:
            raise MalformedResponse(
                f"the registry `{self._host}` requires a token, but the address of its token "
                f"service is not valid: {realm[:_LONGEST]!r}"
            )
        if parts.scheme == "http" and not (is_loopback(parts.netloc) and is_loopback(self._host)):
            raise UnavailableError(
                f"the registry `{self._host}` requires sending credentials to `{parts.netloc}` "
                "without TLS",
                hint="nothing was sent; contact the operator of the registry",
            )
        return realm

    def _basic(self) -> str:
        pair = f"{self._credentials.get('username', '')}:{self._credentials['password']}"
        return f"Basic {b64encode(pair.encode()).decode()}"


def _token(response: HttpResponse) -> str:
    """The token in the response of a token service.

    Raises:
        MalformedResponse: it contains no token.
    """
    try:
        content = json.loads(response.body)
    except (ValueError, RecursionError):
        content = None
    tokens = [content.get(key) for key in ("token", "access_token")] if _is_map(content) else []
    found = next((token for token in tokens if token), None)
    if not isinstance(found, str) or not _TOKEN.fullmatch(found):
        # JSON may contain part of a token: do not print it
        quoted = "" if _is_map(content) else f": {response.message()}"
        raise MalformedResponse(
            f"the token service `{urlsplit(response.url).netloc}` returned no token{quoted}",
            hint=HINT_BETWEEN,
        )
    return found


def _is_map(content: object) -> TypeGuard[dict[str, object]]:
    return isinstance(content, dict)
