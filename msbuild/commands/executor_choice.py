"""Chooses the executor, and says in one line which and why."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.commands.options import EXECUTOR, offline, tell_executor, wanted_executor
from msbuild.errors import UnavailableError, UsageError
from msbuild.execute.probe import engine_may_answer

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from msbuild.execute.api import Executor
    from msbuild.execute.docker import DockerExecutor
    from msbuild.execute.local import LocalExecutor
    from msbuild.workspace.loading import Loaded

_NAMES = ("auto", "docker", "local")


@dataclass(frozen=True, slots=True)
class Choice:
    """An executor, and the line that says which and why; empty where it was asked for."""

    executor: Executor
    told: str


def choose(arguments: argparse.Namespace, loaded: Loaded, services: Sequence[str]) -> Executor:
    """The executor that a command works with; says which. As ``find_executor``."""
    choice = find_executor(arguments, loaded, services)
    tell_executor(arguments, choice.told)
    return choice.executor


def find_executor(arguments: argparse.Namespace, loaded: Loaded, services: Sequence[str]) -> Choice:
    """The executor for a command line.

    Args:
        arguments: the command line.
        loaded: the workspace.
        services: what it is about to build or to plan.

    Raises:
        ConfigErrors: the local executor cannot build one of the services.
        UsageError: ``MSBUILD_EXECUTOR`` names no executor.
    """
    name, why = chosen(arguments)
    if name == "docker":
        made = docker_executor(loaded, offline=offline(arguments))
        return Choice(made, f"executor: docker, {why}" if why else "")
    from msbuild.execute.local.limits import refuse  # noqa: PLC0415

    if sys.platform != "linux":
        raise UnavailableError(
            f"{why or 'builds on this host were asked for'}, and this host is no Linux",
            hint="start Docker: what this host's compilers make would not run in a container",
        )
    executor = local_executor(
        loaded, getattr(arguments, "compression", None), offline=offline(arguments)
    )
    refuse(loaded.workspace, services)
    told = f"executor: local, {why}; {executor.describe()}" if why else ""
    return Choice(executor, told)


def chosen(arguments: argparse.Namespace) -> tuple[str, str]:
    """``docker`` or ``local``, and why where nobody asked for it."""
    name = wanted_executor(arguments)
    if name not in _NAMES:
        raise UsageError(
            f"`{EXECUTOR}={name}` names no executor", hint=f"there are {', '.join(_NAMES)}"
        )
    if name != "auto":
        return name, ""
    if not engine_may_answer():
        return "local", "no Docker engine answers"
    return _asked_engine()


def _asked_engine() -> tuple[str, str]:
    from msbuild.execute.docker import Engine  # noqa: PLC0415

    engine = Engine()
    try:
        engine.version()
    except UnavailableError as fault:
        return "local", fault.message
    finally:
        engine.close()
    return "docker", "an engine answers"


def available(loaded: Loaded) -> Iterator[Executor]:
    """Every executor that may have built something here."""
    yield local_executor(loaded)
    if engine_may_answer() and _asked_engine()[0] == "docker":
        yield docker_executor(loaded)


def docker_executor(loaded: Loaded, *, offline: bool = False) -> DockerExecutor:
    """The executor of the engine that answers."""
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
    loaded: Loaded, compression: str | None = None, *, offline: bool = False
) -> LocalExecutor:
    """The executor of this host."""
    from msbuild.execute.certificates import ca_bundle  # noqa: PLC0415
    from msbuild.execute.local import make  # noqa: PLC0415

    return make(
        ca_bundle=ca_bundle(loaded.workspace),
        sources=loaded.sources,
        compression=compression,
        offline=offline,
    )
