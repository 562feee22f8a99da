"""Containers of the engine: one that runs several programs, and one that runs an image."""

from __future__ import annotations

import io
import sys
import tarfile
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from docker.errors import APIError, ImageNotFound, NotFound

from msbuild.errors import UnavailableError
from msbuild.execute.docker.engine import api_error, translated
from msbuild.execute.docker.stream import cancelable
from msbuild.execute.job_run import LineJoiner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from msbuild.execute.docker.engine import Engine


# Sleeps until it is removed; a shell is the only program that every builder's image has.
_IDLE = ("/bin/sh", "-c", "while :; do sleep 3600; done")
_GRACE = 5


class Container:
    """A container that is idle until a program is run in it.

    Args:
        api: a client for this container alone.
        name: its id.
    """

    def __init__(self, api: Any, name: str) -> None:
        self._api = api
        self._name = name

    def run(
        self,
        command: Sequence[str],
        line: Callable[[str], None],
        *,
        env: Mapping[str, str] | None = None,
        directory: str = "/",
    ) -> int:
        """Run a program to its end; returns its exit code.

        Args:
            command: program and arguments.
            line: called with every line it prints to stdout or stderr.
            env: variables in addition to those of the image.
            directory: its working directory.
        """
        made = self._api.exec_create(
            self._name, list(command), environment=dict(env or {}), workdir=directory
        )
        joiner = LineJoiner()
        for data in self._api.exec_start(made["Id"], stream=True):
            for text in joiner.feed(data):
                line(text)
        for text in joiner.flush():
            line(text)
        return int(self._api.exec_inspect(made["Id"])["ExitCode"])

    def put(self, archive: bytes | Iterable[bytes], directory: str = "/") -> None:
        """Unpack a tar archive in a directory."""
        self._api.put_archive(self._name, directory, archive)

    def save(self, path: str, file: Path) -> None:
        """Copy a file of the container to this host.

        Raises:
            UnavailableError: the file does not exist.
        """
        try:
            chunks, _ = self._api.get_archive(self._name, path)
        except NotFound as error:
            raise UnavailableError(f"`{path}` does not exist in the container") from error
        with (
            tarfile.open(fileobj=_Stream(chunks), mode="r|") as archive,
            file.open("wb") as target,
        ):
            for member in archive:
                if content := archive.extractfile(member):
                    while data := content.read(1 << 20):
                        target.write(data)


@contextmanager
def container(
    engine: Engine, image: str, cancel: threading.Event, *, network: bool
) -> Iterator[Container]:
    """A container in which programs may use ptrace, removed at the end of the block.

    Args:
        engine: the engine.
        image: an image with a shell.
        cancel: ends whatever runs in it.
        network: whether its programs have network access.

    Raises:
        UnavailableError: the engine cannot start it.
        Cancelled: ``cancel`` was set.
    """
    with cancelable(engine, cancel) as api:
        try:
            made = api.create_container(
                image,
                list(_IDLE),
                entrypoint=[],
                user="0",
                host_config=api.create_host_config(
                    cap_add=["SYS_PTRACE"],
                    # older engines block ptrace regardless of capabilities
                    security_opt=["seccomp=unconfined"],
                    network_mode="bridge" if network else "none",
                    init=True,
                ),
            )
        except APIError as error:
            raise api_error(f"cannot create a container of `{image}`", error) from error
        try:
            api.start(made["Id"])
            yield Container(api, str(made["Id"]))
        except APIError as error:
            raise api_error(f"a container of `{image}` failed", error) from error
        finally:
            with suppress(APIError, UnavailableError), engine.client() as other:
                other.remove_container(made["Id"], force=True, v=True)


class _Stream(io.RawIOBase):
    """A file-like object over chunks."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        super().__init__()
        self._chunks = iter(chunks)
        self._rest = b""

    def readable(self) -> bool:
        """Always readable."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes into a buffer."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def run_image(
    engine: Engine,
    tag: str,
    ports: Sequence[str],
    env: Mapping[str, str],
    cancel: threading.Event,
) -> int:
    """Run the image behind a tag until it ends or is cancelled; returns its exit code.

    Args:
        engine: the engine that has the image.
        tag: the tag.
        ports: published on this host's loopback address under the same numbers.
        env: variables in addition to those of the image.
        cancel: ends it.

    Raises:
        UnavailableError: the image does not exist or cannot be started.
    """
    numbers = [port.partition("/")[0] for port in ports]
    with translated():
        api: Any = engine.connect()
    try:
        container = _create(api, tag, numbers, env)
        try:
            api.start(container)
            threading.Thread(target=_print, args=(api, container), daemon=True).start()
            return _wait(engine, container, cancel)
        except APIError as error:
            raise api_error(f"cannot start `{tag}`", error) from error
        finally:
            with suppress(APIError), engine.client() as other:
                other.remove_container(container, force=True, v=True)
    finally:
        api.close()


def _create(api: Any, tag: str, ports: Sequence[str], env: Mapping[str, str]) -> str:
    bindings = {port: ("127.0.0.1", int(port)) for port in ports if port.isdigit()}
    try:
        made = api.create_container(
            tag,
            environment=dict(env),
            ports=[int(port) for port in bindings],
            host_config=api.create_host_config(port_bindings=bindings),
        )
    except ImageNotFound as error:
        raise UnavailableError(
            f"the engine has no image `{tag}`",
            hint="build it with `msbuild build`, or load it from the local executor with "
            "`msbuild load`",
        ) from error
    return str(made["Id"])


def _print(api: Any, container: str) -> None:
    """Print the container's output."""
    with suppress(Exception):
        for data in api.attach(container, stream=True, logs=True):
            sys.stderr.buffer.write(data)
            sys.stderr.buffer.flush()


def _wait(engine: Engine, container: str, cancel: threading.Event) -> int:
    while not cancel.wait(0.2):
        with engine.client() as api:
            state = api.inspect_container(container)["State"]
        if not state["Running"]:
            return int(state["ExitCode"])
    with engine.client() as api:
        api.stop(container, timeout=_GRACE)
        return int(api.inspect_container(container)["State"]["ExitCode"])
