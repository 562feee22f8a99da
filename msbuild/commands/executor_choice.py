"""Chooses the executor and reports which and why, in one line."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.commands.options import EXECUTOR, print_executor
from msbuild.errors import UnavailableError, UsageError
from msbuild.execute.evidence import engine_may_be_running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.execute.api import Executor
    from msbuild.execute.docker import DockerExecutor
    from msbuild.execute.local import LocalExecutor
    from msbuild.run_options import RunOptions
    from msbuild.workspace.loading import Loaded

_NAMES = ("auto", "docker", "local")


@dataclass(frozen=True, slots=True)
class Choice:
    """An executor, and a line that names it with the reason; empty if the user chose it."""

    executor: Executor
    note: str


def choose(options: RunOptions, loaded: Loaded, services: Sequence[str]) -> Executor:
    """The executor for a command, as ``find_executor``; prints which."""
    choice = find_executor(options, loaded, services)
    print_executor(options, choice.note)
    return choice.executor


def find_executor(
    options: RunOptions,
    loaded: Loaded,
    services: Sequence[str],
    toolchains: Mapping[str, Any] | None = None,
) -> Choice:
    """The executor for the options of a run.

    Args:
        options: the executor to use, and how.
        loaded: the workspace.
        services: the services to build or plan.
        toolchains: those that the last run found on this host, if they are the same.

    Raises:
        ConfigErrors: the local executor cannot build one of the services.
        UsageError: ``MSBUILD_EXECUTOR`` names an unknown executor.
    """
    name, why = chosen(options)
    if name == "docker":
        made = docker_executor(loaded, offline=options.offline)
        return Choice(made, f"executor: docker, {why}" if why else "")
    from msbuild.execute.local.executor import check_services  # noqa: PLC0415

    if sys.platform != "linux":
        raise UnavailableError(
            f"{why or 'cannot build on this host'}: local builds need Linux",
            hint="start Docker: programs compiled on this host would not run in a container",
        )
    executor = local_executor(
        loaded, options.compression, offline=options.offline, toolchains=toolchains
    )
    check_services(loaded.workspace, services)
    note = f"executor: local, {why}; {executor.describe()}" if why else ""
    return Choice(executor, note)


def chosen(options: RunOptions) -> tuple[str, str]:
    """``docker`` or ``local``, and the reason if the user did not choose it."""
    name = options.executor
    if name not in _NAMES:
        raise UsageError(
            f"unknown executor `{name}` in `{EXECUTOR}`", hint=f"use one of {', '.join(_NAMES)}"
        )
    if name != "auto":
        return name, ""
    if not engine_may_be_running():
        return "local", "no Docker engine is available"
    return _asked_engine()


def _asked_engine() -> tuple[str, str]:
    from msbuild.execute.docker import Engine  # noqa: PLC0415

    engine = Engine()
    try:
        engine.version()
    except UnavailableError as error:
        return "local", error.message
    finally:
        engine.close()
    return "docker", "an engine is available"


def available(loaded: Loaded) -> Iterator[Executor]:
    """Every executor that may have built images on this machine."""
    yield local_executor(loaded)
    if engine_may_be_running() and _asked_engine()[0] == "docker":
        yield docker_executor(loaded)


def docker_executor(loaded: Loaded, *, offline: bool = False) -> DockerExecutor:
    """The Docker executor."""
    from msbuild.execute.certificates import ca_bundle  # noqa: PLC0415
    from msbuild.execute.docker import make  # noqa: PLC0415
    from msbuild.state.files import STATE_DIRECTORY  # noqa: PLC0415

    return make(
        ca_bundle=ca_bundle(loaded.workspace),
        sources=loaded.sources,
        marks=loaded.workspace.root / STATE_DIRECTORY / "renewed.json",
        offline=offline,
    )


def local_executor(
    loaded: Loaded,
    compression: str | None = None,
    *,
    offline: bool = False,
    toolchains: Mapping[str, Any] | None = None,
) -> LocalExecutor:
    """The local executor."""
    from msbuild.execute.certificates import ca_bundle  # noqa: PLC0415
    from msbuild.execute.local import make  # noqa: PLC0415

    return make(
        ca_bundle=ca_bundle(loaded.workspace),
        sources=loaded.sources,
        compression=compression,
        offline=offline,
        toolchains=toolchains,
    )
