"""Whether an image holds the programs that it is started and checked with, as far as can be known.

Only `scratch` is known: it holds what the stage puts there. Of any other base nothing is said.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, ConfigErrors
from msbuild.model import SCRATCH, AddUser, Certificates, Copy, CopyArtifact, ImageRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.model import Runtime, Service, Stage

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SHELLS = {"sh", "bash", "ash", "dash", "busybox", "CMD-SHELL"}


def check_programs(service: Service, stage: Stage) -> None:
    """Pass if the image may hold the programs of its commands.

    Args:
        service: declares it.
        stage: the runtime stage.

    Raises:
        ConfigErrors: it cannot.
    """
    if problems := list(missing_programs(service, stage)):
        raise ConfigErrors(problems)


def missing_programs(service: Service, stage: Stage) -> Iterator[ConfigError]:
    """A problem for each command of a runtime stage whose program its image cannot hold."""
    runtime = stage.runtime
    if stage.base != ImageRef(SCRATCH) or runtime is None:
        return
    commands = {"entrypoint": runtime.entrypoint}
    if runtime.healthcheck:
        commands["healthcheck"] = runtime.healthcheck.command
    held = set(_held(stage, runtime.workdir))
    for name, command in commands.items():
        if command and not _is_held(command[0], held, runtime):
            yield ConfigError(
                f"the {name} of service `{service.name}` is `{command[0]}`, "
                "which its image does not hold: it stands on `scratch`",
                hint=_hint(command[0], held, runtime.workdir),
                at=service.at,
            )


def _held(stage: Stage, workdir: str) -> Iterator[str]:
    """The absolute paths that the steps of a stage put into its image."""
    for step in stage.steps:
        match step:
            case Copy():
                yield from (posixpath.join(workdir, step.placed(path)) for path in step.files)
            case CopyArtifact():
                yield posixpath.normpath(posixpath.join(workdir, step.destination))
            case Certificates():
                yield "/etc/ssl/certs/ca-certificates.crt"
            case AddUser():
                yield from ("/etc/passwd", "/etc/group")
            case _:
                pass


def _is_held(program: str, held: set[str], runtime: Runtime) -> bool:
    if "/" in program:
        return _is_below(posixpath.join(runtime.workdir, program), held)
    directories = runtime.env.get("PATH", _PATH).split(":")
    return any(
        _is_below(posixpath.join(runtime.workdir, each, program), held) for each in directories
    )


def _is_below(path: str, held: set[str]) -> bool:
    """Whether a path is held; what an artifact that is a directory holds is not known."""
    path = posixpath.normpath(path)
    while path not in held:
        if path == "/":
            return False
        path = posixpath.dirname(path)
    return True


def _hint(program: str, held: set[str], workdir: str) -> str:
    if program in _SHELLS or posixpath.basename(program) in _SHELLS:
        return "it has no shell: write the command word by word, or name a `base` that has one"
    beside = posixpath.normpath(posixpath.join(workdir, program))
    if "/" not in program and beside in held:
        return f"only `PATH` is searched: write `./{program}`"
    here = sorted(each for each in held if posixpath.basename(each) == posixpath.basename(program))
    if here:
        return f"it holds `{here[0]}`"
    return "add it to `assets`, or name a `base` that has it"
