"""Who we are to a registry: the user's Docker config, its credential helpers, and tokens."""

from __future__ import annotations

import re
import threading
import warnings
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from docker.auth import INDEX_NAME, load_config
from docker.errors import DockerException
from requests.auth import HTTPBasicAuth

from msbuild.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests import PreparedRequest, Response, Session

_UNAUTHORIZED = 401
_SECONDS = 30
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
            raise EnvironmentFault(
                f"the credentials for `{host}` cannot be had: {error}",
                hint=f"`docker login {host}`",
            ) from error
        return {key.lower(): value for key, value in (found or {}).items() if value}


class Authorization:
    """Answers a registry's challenges, and keeps the tokens for one repository.

    Args:
        session: asks for tokens.
        credentials: the user's, for this registry.
    """

    def __init__(self, session: Session, credentials: Mapping[str, str]) -> None:
        self._session = session
        self._credentials = credentials
        self._header = ""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put on a request what the last challenge asked for."""
        if self._header:
            request.headers["Authorization"] = self._header
        return request

    def satisfy(self, response: Response) -> bool:
        """Whether another try may be let in after this response."""
        if response.status_code != _UNAUTHORIZED:
            return False
        scheme, _, rest = response.headers.get("WWW-Authenticate", "").partition(" ")
        before = self._header
        if scheme.lower() == "bearer":
            self._header = self._bearer(dict(_PARAMETER.findall(rest)))
        elif scheme.lower() == "basic" and "password" in self._credentials:
            self._header = self._basic()
        return bool(self._header) and self._header != before

    def _bearer(self, challenge: Mapping[str, str]) -> str:
        asked = {key: challenge[key] for key in ("service", "scope") if key in challenge}
        realm = challenge.get("realm", "")
        if token := self._credentials.get("identitytoken"):
            form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "msbuild"}
            answer = self._session.post(realm, data={**asked, **form}, timeout=_SECONDS)
        else:
            name, password = (self._credentials.get(key) for key in ("username", "password"))
            auth = HTTPBasicAuth(name, password) if name and password else None
            answer = self._session.get(realm, params=asked, auth=auth, timeout=_SECONDS)
        if not answer.ok:
            return ""
        content = answer.json()
        return f"Bearer {content.get('token') or content.get('access_token') or ''}"

    def _basic(self) -> str:
        pair = f"{self._credentials.get('username', '')}:{self._credentials['password']}"
        return f"Basic {b64encode(pair.encode()).decode()}"
