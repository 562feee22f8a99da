"""The Docker engine: finds it, checks its version, and connects to it."""

from __future__ import annotations

import os
import threading
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, cast

from docker import APIClient
from docker.context import ContextAPI
from docker.errors import APIError, DockerException
from docker.utils import kwargs_from_env
from requests.exceptions import RequestException

from msbuild.errors import TransientError, UnavailableError
from msbuild.execute.failures import HINT_CONTEXT, environment_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Docker 23 is the first with heredocs in its built-in Dockerfile frontend.
_OLDEST_API = (1, 42)
_CONTAINERD = "io.containerd.snapshotter"
_CONTAINERD_SINCE = (27, 5)
_SECONDS = 60
_HINT_START = "start Docker, or select another engine with `DOCKER_HOST` or `docker context use`"
_HINT_SOCKET = "join the group `docker` (`sudo usermod -aG docker $USER`) and log in again"
_HINT_PODMAN = "builds need BuildKit, which Podman's API does not offer: start Docker"


@dataclass(frozen=True, slots=True)
class Version:
    """Version information reported by an engine."""

    name: str
    version: str
    api: str
    platform: str


class Engine:
    """An engine and a pool of idle clients for it.

    A client is a ``requests`` session and not thread-safe, so each call takes one from the pool.

    Args:
        address: arguments of ``docker.APIClient`` that select the engine; ``None`` to use the
            environment and the current Docker context.
    """

    def __init__(self, address: Mapping[str, Any] | None = None) -> None:
        self._address = dict(address) if address is not None else None
        self._idle: SimpleQueue[APIClient] = SimpleQueue()
        self._lock = threading.Lock()
        self._version: Version | None = None
        self._store_lock = threading.Lock()
        self._containerd_store: bool | None = None

    def version(self) -> Version:
        """The engine's version, requested once.

        Raises:
            UnavailableError: no engine is available, or it is not usable.
        """
        with self._lock:
            if self._version is None:
                self._version = self._request_version()
            return self._version

    def uses_containerd_store(self) -> bool:
        """Whether the engine uses the containerd image store; requested once."""
        with self._store_lock:
            if self._containerd_store is None:
                with self.client() as api:
                    status = dict(api.info().get("DriverStatus") or [])
                self._containerd_store = status.get("driver-type", "").startswith(_CONTAINERD)
            return self._containerd_store

    def check_store(self) -> None:
        """Check that builds work with the engine's image store.

        Raises:
            UnavailableError: they do not (moby issue 47717).
        """
        version = self.version().version
        if self.uses_containerd_store() and _numbers(version)[:2] < _CONTAINERD_SINCE:
            raise UnavailableError(
                f"Docker {version} cannot run msbuild's builds with the containerd image store",
                hint=HINT_CONTEXT,
            )

    @contextmanager
    def client(self) -> Iterator[Any]:
        """A client for short calls, which is returned to the pool.

        It is an ``APIClient``; its type stubs are incomplete.
        """
        api = self._take()
        try:
            with translated():
                yield api
        except BaseException:
            # its connection may contain half a response
            api.close()
            raise
        self._idle.put(api)

    def connect(self) -> APIClient:
        """A client for one long response, without a read timeout."""
        return self._client(self.version().api, None)

    def close(self) -> None:
        """Close the idle clients."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    def _take(self) -> APIClient:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._client(self.version().api, _SECONDS)

    def _request_version(self) -> Version:
        oldest = ".".join(map(str, _OLDEST_API))
        with translated(), closing(self._client(oldest, _SECONDS)) as api:
            found = api.version(api_version=False)
        components = [part.get("Name", "") for part in found.get("Components") or []]
        if any("podman" in name.lower() for name in components):
            raise UnavailableError("the engine is Podman", hint=_HINT_PODMAN)
        version = Version(
            name="Docker",
            version=str(found.get("Version", "")),
            api=str(found.get("ApiVersion", "0")),
            platform=f"{found.get('Os', 'linux')}/{found.get('Arch', 'amd64')}",
        )
        if _numbers(version.api) < _OLDEST_API:
            raise UnavailableError(
                f"Docker {version.version} is too old (API {version.api})",
                hint=f"update to Docker 23 (API {oldest}) or newer",
            )
        return version

    def _client(self, api_version: str, seconds: float | None) -> APIClient:
        if self._address is None:
            self._address = _address()
        ssh = str(self._address.get("base_url", "")).startswith("ssh://")
        return APIClient(
            **self._address,
            version=api_version,
            timeout=cast("int", seconds),  # the stubs do not allow `None`
            use_ssh_client=ssh,
        )


@contextmanager
def translated(*, at_work: bool = False) -> Iterator[None]:
    """Translates errors of docker-py and requests into errors for the user.

    Args:
        at_work: whether the engine has responded in this run, so that it may come back if it is
            gone now.
    """
    try:
        yield
    except APIError as error:
        raise api_error("the engine reported an error", error) from error
    except RequestException as error:
        raise connection_error(error, at_work=at_work) from error
    except DockerException as error:
        raise UnavailableError(f"cannot use the engine: {error}", hint=_HINT_START) from error


def api_error(what: str, error: APIError) -> UnavailableError:
    """The error for a failed request to the engine."""
    text = str(error.explanation or error)
    return environment_error(what, text) or UnavailableError(f"{what}: {text}")


def connection_error(error: BaseException, *, at_work: bool = False) -> UnavailableError:
    """The error for a connection that failed or broke."""
    cause = _os_error(error)
    if isinstance(cause, PermissionError):
        return UnavailableError(
            "cannot connect to the engine: permission denied", hint=_HINT_SOCKET
        )
    if isinstance(cause, FileNotFoundError | ConnectionRefusedError) and not at_work:
        return UnavailableError(f"cannot connect to the engine: {cause.strerror}", hint=_HINT_START)
    return TransientError(f"lost the connection to the engine: {error}", hint=_HINT_START)


def _os_error(error: BaseException) -> OSError | None:
    """The system error wrapped by errors of requests and urllib3."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        found = waiting.pop(0)
        if not isinstance(found, BaseException) or id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, OSError) and not isinstance(found, RequestException):
            return found
        waiting += [*found.args, getattr(found, "reason", None), found.__cause__, found.__context__]
    return None


def _address() -> dict[str, Any]:
    """The address of the engine, by the rules of the Docker command line."""
    with translated():
        if os.environ.get("DOCKER_HOST"):
            return dict(kwargs_from_env())
        name = os.environ.get("DOCKER_CONTEXT")
        context = ContextAPI.get_context(name)
        if context is None:
            raise UnavailableError(
                f"the Docker context `{name or 'current'}` does not exist",
                hint="`docker context ls` lists them",
            )
        address = {"base_url": context.Host} if context.Host else {}
        return address | ({"tls": context.TLSConfig} if context.TLSConfig else {})


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: ``26.1.5+dfsg1`` is ``(26, 1, 5)``."""
    numbers: list[int] = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
        if digits != part:
            break
    return tuple(numbers)
