"""Starts an image as a container of the engine, for a quick look."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from docker.errors import APIError, ImageNotFound

from msbuild.errors import UnavailableError
from msbuild.execute.docker.engine import api_error, translated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.execute.docker.engine import Engine

_GRACE = 5


def run(
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
