"""One exchange with a registry: read to its end, redirects followed with care."""

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

from msbuild.errors import MalformedAnswer, TransientError, UnavailableError
from msbuild.registry.names import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

    from requests import PreparedRequest, Response, Session

_CONNECT_SECONDS, _READ_SECONDS = 5, 30
_MOST_REDIRECTS = 5
_LARGEST = 8_000_000
_LONGEST_WORDS = 200
_TRANSIENT = frozenset({408, 425, 429})
_SERVER = 500
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = range(200, 300)
_HINT_TLS = "the certificate is not trusted: name its authority with `REQUESTS_CA_BUNDLE`"
_HINT_NETWORK = "is the network up, and is `registry:` right?"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read to its end."""

    url: str
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether it is what was asked for."""
        return self.status in _OK

    def words(self) -> str:
        """What the registry itself says, on one line; empty where it says nothing."""
        return _message(self.body) or _printable(self.body)


def exchange(  # noqa: PLR0913 - a request has as many sides
    session: Session,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: object = None,
    sign: Callable[[PreparedRequest], PreparedRequest] | None = None,
) -> Answer:
    """Ask once and read the answer.

    Args:
        session: asks.
        method: ``GET`` for example.
        url: of a registry or its token service.
        headers: sent along.
        data: the body, or a form.
        sign: puts credentials on a request; never asked for another host than that of ``url``.

    Raises:
        TransientFault: nobody answers, or the answer says to come back later.
        EnvironmentFault: it leads where credentials and data must not go.
    """
    home = _origin(url)
    for _ in range(_MOST_REDIRECTS):
        own = _origin(url) == home
        auth = sign if own and sign else _unsigned
        answer = _ask(session, method, url, headers=headers, data=data, auth=auth)
        if answer.status not in _REDIRECTS or "Location" not in answer.headers:
            _raise_if_transient(answer)
            return answer
        url = _followed(answer, method, home)
        if answer.status == 303:  # noqa: PLR2004 - See Other
            method, data = ("HEAD" if method == "HEAD" else "GET"), None
    raise UnavailableError(f"`{_host(url)}` redirects in a circle")


def _ask(session: Session, method: str, url: str, **more: Any) -> Answer:
    timeout = (_CONNECT_SECONDS, _READ_SECONDS)
    more |= {"timeout": timeout, "allow_redirects": False, "stream": True}
    try:
        with session.request(method, url, **more) as response:
            return Answer(
                url, response.status_code, response.reason or "", response.headers, _read(response)
            )
    except (RequestException, HTTPError, ValueError) as error:
        # a host that cannot be one, or headers that are none, come as values that are wrong
        _raise_error(url, error)


def _read(response: Response) -> bytes:
    """The body; as much as an answer may have."""
    found = bytearray()
    for chunk in response.iter_content(1 << 16):
        found += chunk
        if len(found) > _LARGEST:
            raise MalformedAnswer(
                f"`{_host(response.url)}` answers with more than {_LARGEST // 1_000_000} MB"
            )
    return bytes(found)


def _raise_if_transient(answer: Answer) -> None:
    if answer.status < _SERVER and answer.status not in _TRANSIENT:
        return
    words = answer.words()
    raise TransientError(
        f"`{_host(answer.url)}` answers {answer.status} {answer.reason}".rstrip()
        + (f": {words}" if words else ""),
        hint="it may help to wait",
        after=_seconds_after(answer.headers.get("Retry-After", "")),
    )


def _followed(answer: Answer, method: str, home: str) -> str:
    """Where a redirect leads.

    Raises:
        EnvironmentFault: to another host with something to deliver, or out of TLS.
    """
    url = urljoin(answer.url, answer.headers["Location"])
    here, there = _host(answer.url), _host(url)
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (
        parts.scheme == "http" and answer.url.startswith("http:") and is_loopback(there)
    )
    if not secure:
        raise UnavailableError(f"`{here}` redirects to `{there or url}` without TLS")
    if method not in {"GET", "HEAD"} and _origin(url) != home:
        raise UnavailableError(
            f"`{here}` redirects to another host, `{there}`, which gets no credentials and no data"
        )
    return url


def _raise_error(url: str, error: Exception) -> NoReturn:
    host = _host(url)
    cause = _innermost(error)
    words = _told(cause)
    if isinstance(error, SSLError) and "certificate" in str(error).lower():
        message = f"cannot trust the registry `{host}`: {words}"
        raise UnavailableError(message, hint=_HINT_TLS) from error
    if isinstance(error, NoConnection | Timeout | HTTPError) or isinstance(cause, HTTPError):
        unreachable = isinstance(cause, NewConnectionError | NameResolutionError)
        message = f"the registry `{host}` does not answer: {words}"
        raise TransientError(message, hint=_HINT_NETWORK, unreachable=unreachable) from error
    if isinstance(error, RequestException):
        raise MalformedAnswer(f"cannot understand what `{host}` answers: {words}") from error
    raise UnavailableError(f"cannot ask `{host}`: {words}") from error


def _told(cause: BaseException) -> str:
    """What an error says, without how the library calls the connection."""
    words = " ".join(str(getattr(cause, "reason", None) or cause).split())
    return re.sub(r"^HTTPS?Connection(Pool)?\([^)]*\): ", "", words)[:_LONGEST_WORDS]


def _innermost(error: BaseException) -> BaseException:
    """The innermost error: what wraps it says where in a library it came up."""
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
    """The seconds that a ``Retry-After`` means, as a number or as a date."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _message(body: bytes) -> str:
    """The message of an error in the form of the distribution API."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    errors = content.get("errors") if isinstance(content, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else content
    if not isinstance(first, dict):
        return ""
    told = first.get("message") or first.get("details") or first.get("error")
    return _printable(told.encode("utf-8", "replace")) if isinstance(told, str) else ""


def _printable(body: bytes) -> str:
    """The beginning of a text without markup and control characters."""
    text = re.sub(r"<[^>]{0,200}>", " ", body[:4000].decode("utf-8", "replace"))
    words = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return f"{words[:_LONGEST_WORDS]}…" if len(words) > _LONGEST_WORDS else words


def _unsigned(request: PreparedRequest) -> PreparedRequest:
    """Keeps the HTTP library from looking for credentials of its own."""
    return request


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
