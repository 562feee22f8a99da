"""Long responses of the engine, which another thread can cancel; pulls and pushes with them."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from docker.errors import APIError
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from msbuild.errors import TransientError
from msbuild.execute.api import Cancelled
from msbuild.execute.docker.engine import connection_error, translated
from msbuild.execute.failures import registry_error
from msbuild.execute.job_run import running_step
from msbuild.registry.retrying import MANY_REQUESTS, retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from docker import APIClient
    from requests import Response

    from msbuild.execute.api import Progress
    from msbuild.execute.docker.engine import Engine

_POLL_SECONDS = 0.1
_CHUNK = 64 << 10


@contextmanager
def cancelable(engine: Engine, cancel: threading.Event) -> Iterator[Any]:
    """A client whose connections are closed as soon as ``cancel`` is set.

    The engine cancels a build when its client disconnects. Shutting the socket down also wakes a
    thread that waits for a silent engine, both before and during its response.

    Raises:
        Cancelled: ``cancel`` was set; it takes precedence over any other error.
    """
    if cancel.is_set():
        raise Cancelled
    with translated():
        api = engine.connect()
    sockets = _Sockets(api)
    done = threading.Event()
    watcher = threading.Thread(
        target=_watch, args=(cancel, done, sockets.cut), name="cancel", daemon=True
    )
    watcher.start()
    try:
        with translated(at_work=True):
            yield api
    except Exception as error:
        if cancel.is_set():
            raise Cancelled from error
        raise
    finally:
        done.set()
        api.close()
    if cancel.is_set():
        raise Cancelled


def _watch(cancel: threading.Event, done: threading.Event, cut: Callable[[], None]) -> None:
    while not done.is_set():
        if cancel.wait(_POLL_SECONDS):
            cut()
            return


class _Sockets:
    """The sockets that a client opens from now on."""

    def __init__(self, api: APIClient) -> None:
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._is_cut = False
        adapter: Any = api.get_adapter(api.base_url)
        find_pool = adapter.get_connection_with_tls_context

        def with_record(*args: Any, **kwargs: Any) -> Any:
            pool = find_pool(*args, **kwargs)
            new_connection = pool._new_conn  # noqa: SLF001 - no public API gives the socket
            pool._new_conn = lambda: self._recorded(new_connection())  # noqa: SLF001
            return pool

        adapter.get_connection_with_tls_context = with_record

    def cut(self) -> None:
        """Shut down all of them, and any opened later."""
        with self._lock:
            self._is_cut = True
            for opened in self._open:
                _shut(opened)

    def _recorded(self, connection: Any) -> Any:
        connect = connection.connect

        def connect_and_record() -> None:
            connect()
            with self._lock:
                self._open.append(connection.sock)
                if self._is_cut:
                    _shut(connection.sock)

        connection.connect = connect_and_record
        return connection


def _shut(opened: Any) -> None:
    with suppress(OSError, AttributeError):
        opened.shutdown(socket.SHUT_RDWR)
        return
    # the replacement of a socket over ssh can only be closed
    with suppress(OSError, AttributeError):
        opened.close()


def messages(response: Response) -> Iterator[dict[str, Any]]:
    """The JSON objects of a response, as they arrive.

    Raises:
        TransientError: the connection to the engine broke.
    """
    try:
        for line in response.iter_lines(_CHUNK):
            if line.strip():
                yield _message(line)
    except (RequestException, HTTPError, OSError) as error:
        raise connection_error(error, at_work=True) from error


def decoded(stream: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same for responses decoded by docker-py."""
    try:
        yield from stream
    except (RequestException, HTTPError, OSError, ValueError) as error:
        raise connection_error(error, at_work=True) from error


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError as error:
        raise TransientError(f"the engine's response is truncated: {line[:80]!r}") from error
    return message if isinstance(message, dict) else {}


def split_tag(reference: str) -> tuple[str, str]:
    """Repository and tag of a reference without a digest; the default tag is ``latest``."""
    repository, colon, tag = reference.rpartition(":")
    if not colon or "/" in tag:
        return reference, "latest"
    return repository, tag


def pull(engine: Engine, pin: str, progress: Progress, cancel: threading.Event) -> None:
    """Pull the image ``name[:tag]@sha256:…``, or the current image of a tag.

    Raises:
        UnavailableError: the registry does not have it, or denies access.
        Cancelled: ``cancel`` was set.
    """
    name, _, digest = pin.partition("@")
    repository, tag = split_tag(name)

    def request(api: APIClient) -> Any:
        return api.pull(repository, tag=digest or tag, stream=True, decode=True)

    _transfer(engine, request, f"pull {name}", f"cannot pull `{name}`", progress, cancel)


def push(engine: Engine, tag: str, progress: Progress, cancel: threading.Event) -> None:
    """Push the image of a tag.

    Raises:
        UnavailableError: the registry rejects it.
        Cancelled: ``cancel`` was set.
    """
    repository, name = split_tag(tag)

    def request(api: APIClient) -> Any:
        return api.push(repository, tag=name, stream=True, decode=True)

    _transfer(engine, request, f"push {tag}", f"cannot push `{tag}`", progress, cancel)


def _transfer(  # noqa: PLR0913, PLR0917
    engine: Engine,
    request: Callable[[APIClient], Any],
    step: str,
    what: str,
    progress: Progress,
    cancel: threading.Event,
) -> None:
    """Push or pull an image; a retry does not transfer completed layers again."""

    def attempt() -> None:
        with cancelable(engine, cancel) as api, _api_errors(what):
            _follow(request(api), what, step, progress)

    def wait(seconds: float) -> None:
        progress.line(step, f"failed; retrying in {seconds:.1f} s")
        if cancel.wait(seconds):
            raise Cancelled

    with running_step(progress, "", step):
        retry(attempt, MANY_REQUESTS, wait=wait)


@contextmanager
def _api_errors(what: str) -> Iterator[None]:
    try:
        yield
    except APIError as error:
        raise registry_error(what, str(error.explanation or error)) from error


def _follow(answer: Iterable[dict[str, Any]], what: str, step: str, progress: Progress) -> None:
    """Report what the engine does with each layer, without its progress bars."""
    for message in decoded(answer):
        if text := message.get("error"):
            raise registry_error(what, str(text))
        status, layer = message.get("status"), message.get("id")
        if status and not message.get("progressDetail"):
            progress.line(step, f"{layer}: {status}" if layer else str(status))
