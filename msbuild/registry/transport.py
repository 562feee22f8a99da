"""One HTTP exchange with a registry: reads the full response and follows redirects safely."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import RequestException, SSLError, Timeout
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from msbuild.errors import MalformedResponse, TransientError, UnavailableError
from msbuild.registry.names import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

    from requests import PreparedRequest, Response, Session

_CONNECT_SECONDS, _READ_SECONDS = 5, 30
_MAX_REDIRECTS = 5
_MAX_BYTES = 8_000_000
_MAX_MESSAGE = 200
_TRANSIENT = frozenset({408, 425, 429})
_SERVER_ERROR = 500
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = range(200, 300)
_HINT_TLS = "set `REQUESTS_CA_BUNDLE` to the certificate of its certificate authority"
_HINT_NETWORK = "check the network connection, and `registry:` in the config"


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response that was read in full."""

    url: str
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the request succeeded."""
        return self.status in _OK

    def message(self) -> str:
        """The registry's own message, on one line; empty if there is none."""
        return _message(self.body) or _printable(self.body)


def exchange(  # noqa: PLR0913
    session: Session,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: object = None,
    authorize: Callable[[PreparedRequest], PreparedRequest] | None = None,
) -> HttpResponse:
    """Send one request and read the response.

    Args:
        session: sends the request.
        method: such as ``GET``.
        url: the address of a registry or its token service.
        headers: request headers.
        data: the body, or a form.
        authorize: adds credentials to a request; never called for a different host than that of
            ``url``.

    Raises:
        TransientError: there is no response, or it requests a later retry.
        UnavailableError: a redirect leads where credentials and data must not go.
    """
    home = _origin(url)
    for _ in range(_MAX_REDIRECTS):
        own = _origin(url) == home
        auth = authorize if own and authorize else _anonymous
        response = _send(session, method, url, headers=headers, data=data, auth=auth)
        if response.status not in _REDIRECTS or "Location" not in response.headers:
            _raise_if_transient(response)
            return response
        url = _redirect_target(response, method, home)
        if response.status == 303:  # noqa: PLR2004 - See Other
            method, data = ("HEAD" if method == "HEAD" else "GET"), None
    raise UnavailableError(f"too many redirects at `{_host(url)}`")


def _send(session: Session, method: str, url: str, **more: Any) -> HttpResponse:
    timeout = (_CONNECT_SECONDS, _READ_SECONDS)
    more |= {"timeout": timeout, "allow_redirects": False, "stream": True}
    try:
        with session.request(method, url, **more) as response:
            return HttpResponse(
                url, response.status_code, response.reason or "", response.headers, _read(response)
            )
    except (RequestException, HTTPError, ValueError) as error:
        # an invalid host or invalid headers are reported as `ValueError`
        _raise_error(url, error)


def _read(response: Response) -> bytes:
    """The body, up to the size limit."""
    found = bytearray()
    for chunk in response.iter_content(1 << 16):
        found += chunk
        if len(found) > _MAX_BYTES:
            raise MalformedResponse(
                f"the response of `{_host(response.url)}` exceeds {_MAX_BYTES // 1_000_000} MB"
            )
    return bytes(found)


def _raise_if_transient(response: HttpResponse) -> None:
    if response.status < _SERVER_ERROR and response.status not in _TRANSIENT:
        return
    message = response.message()
    raise TransientError(
        f"`{_host(response.url)}` returned {response.status} {response.reason}".rstrip()
        + (f": {message}" if message else ""),
        hint="try again later",
        after=_seconds_after(response.headers.get("Retry-After", "")),
    )


def _redirect_target(response: HttpResponse, method: str, home: str) -> str:
    """Where a redirect leads.

    Raises:
        UnavailableError: it goes to another host with data to send, or to a host without TLS.
    """
    url = urljoin(response.url, response.headers["Location"])
    here, there = _host(response.url), _host(url)
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (
        parts.scheme == "http" and response.url.startswith("http:") and is_loopback(there)
    )
    if not secure:
        raise UnavailableError(f"`{here}` redirects to `{there or url}` without TLS")
    if method not in {"GET", "HEAD"} and _origin(url) != home:
        raise UnavailableError(
            f"`{here}` redirects to another host, `{there}`: refusing to send data there"
        )
    return url


def _raise_error(url: str, error: Exception) -> NoReturn:
    host = _host(url)
    cause = _innermost(error)
    reason = _text_of(cause)
    if isinstance(error, SSLError) and "certificate" in str(error).lower():
        message = f"the certificate of the registry `{host}` is not trusted: {reason}"
        raise UnavailableError(message, hint=_HINT_TLS) from error
    if isinstance(error, NoConnection | Timeout | HTTPError) or isinstance(cause, HTTPError):
        unreachable = isinstance(cause, NewConnectionError | NameResolutionError)
        message = f"the registry `{host}` does not respond: {reason}"
        raise TransientError(message, hint=_HINT_NETWORK, unreachable=unreachable) from error
    if isinstance(error, RequestException):
        raise MalformedResponse(f"malformed response from `{host}`: {reason}") from error
    raise UnavailableError(f"cannot send a request to `{host}`: {reason}") from error


def _text_of(cause: BaseException) -> str:
    """The message of an error, without the library's name for the connection."""
    text = " ".join(str(getattr(cause, "reason", None) or cause).split())
    return re.sub(r"^HTTPS?Connection(Pool)?\([^)]*\): ", "", text)[:_MAX_MESSAGE]


def _innermost(error: BaseException) -> BaseException:
    """The innermost error: those around it only show where in a library it was raised."""
    inner = error
    while True:
        reason = getattr(inner, "reason", None)
        if isinstance(reason, BaseException):
            inner = reason
        elif inner.args and isinstance(inner.args[-1], BaseException):
            inner = inner.args[-1]
        else:
            return inner


def _seconds_after(text: str) -> float | None:
    """The seconds in a ``Retry-After`` header, which is a number or a date."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _message(body: bytes) -> str:
    """The message of an error in the format of the distribution API."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    errors = content.get("errors") if isinstance(content, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else content
    if not isinstance(first, dict):
        return ""
    message = first.get("message") or first.get("details") or first.get("error")
    return _printable(message.encode("utf-8", "replace")) if isinstance(message, str) else ""


def _printable(body: bytes) -> str:
    """The start of a text, without markup and control characters."""
    text = re.sub(r"<[^>]{0,200}>", " ", body[:4000].decode("utf-8", "replace"))
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return f"{line[:_MAX_MESSAGE]}…" if len(line) > _MAX_MESSAGE else line


def _anonymous(request: PreparedRequest) -> PreparedRequest:
    """Keeps the HTTP library from looking for credentials of its own."""
    return request


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
