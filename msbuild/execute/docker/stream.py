"""Long responses of the engine, which another thread can cancel."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from msbuild.errors import TransientError
from msbuild.execute.api import Cancelled
from msbuild.execute.docker.engine import connection_error, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from docker import APIClient
    from requests import Response

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
