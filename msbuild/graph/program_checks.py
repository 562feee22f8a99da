"""Checks that an image contains the programs of its entrypoint and health check.

Only images based on `scratch` are checked, as they contain exactly what the stage copies.
"""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, ConfigErrors
from msbuild.model import SCRATCH, AddUser, Certificates, Copy, CopyArtifact, ImageRef
from msbuild.sources.files import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from msbuild.model import Runtime, Service, Stage
    from msbuild.sources.tree import SourceTree

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LACKS = "does not contain, as it is based on `scratch`"
_FORMS = {"CMD", "NONE"}
_SHELLS = {"sh", "bash", "ash", "dash", "busybox", "CMD-SHELL"}


def check_programs(service: Service, stage: Stage, sources: SourceTree) -> None:
    """Check that the image can start the programs of its commands, as far as is known.

    Args:
        service: the service.
        stage: its runtime stage.
        sources: the source tree, for programs that are assets.

    Raises:
        ConfigErrors: it cannot.
    """
    if problems := list(programs_that_cannot_start(service, stage, sources)):
        raise ConfigErrors(problems)


def programs_that_cannot_start(
    service: Service, stage: Stage, sources: SourceTree
) -> Iterator[ConfigError]:
    """A problem for each command of a runtime stage whose program cannot start."""
    runtime = stage.runtime
    if stage.base != ImageRef(SCRATCH) or runtime is None:
        return
    commands = {"entrypoint": runtime.entrypoint}
    if runtime.healthcheck:
        commands["healthcheck"] = runtime.healthcheck.command
    held = dict(_held(stage, runtime.workdir))
    for name, command in commands.items():
        if command and (found := _problem(command[0], held, runtime, sources)):
            why, hint = found
            yield ConfigError(
                f"the {name} of service `{service.name}` is `{command[0]}`, {why}",
                hint=hint,
                at=service.at,
            )


def _held(stage: Stage, workdir: str) -> Iterator[tuple[str, str]]:
    """The absolute paths that the steps of a stage add to its image.

    Each with its source file, or an empty text if it has none.
    """
    for step in stage.steps:
        match step:
            case Copy():
                for path in step.files:
                    yield posixpath.join(workdir, step.placed(path)), path
            case CopyArtifact():
                yield posixpath.normpath(posixpath.join(workdir, step.destination)), ""
            case Certificates():
                yield "/etc/ssl/certs/ca-certificates.crt", ""
            case AddUser():
                yield from (("/etc/passwd", ""), ("/etc/group", ""))
            case _:
                pass


def _problem(
    program: str, held: Mapping[str, str], runtime: Runtime, sources: SourceTree
) -> tuple[str, str] | None:
    """Why a program cannot start, with a hint; ``None`` if it may be able to."""
    found = _found(program, held, runtime)
    if found is None:
        return f"which its image {_LACKS}", _hint(program, held, runtime.workdir)
    place = sources.place(held[found]) if held[found] else None
    if not isinstance(place, Place):
        return None
    content = sources.content(place.real)
    if content.kind != "executable":
        return f"the asset `{place.real}`, which is not executable", f"`chmod +x {place.real}`"
    interpreter = _interpreter(content.data)
    if interpreter and _found(interpreter, held, runtime) is None:
        hint = "choose a `base` that has it"
        return f"a script for `{interpreter}`, which its image {_LACKS}", hint
    return None


def _found(program: str, held: Mapping[str, str], runtime: Runtime) -> str | None:
    """The path in the image that is a program, or a directory around it."""
    directories = ("",) if "/" in program else runtime.env.get("PATH", _PATH).split(":")
    for directory in directories:
        path = posixpath.join(runtime.workdir, directory, program)
        if found := _held_above(posixpath.normpath(path), held):
            return found
    return None


def _held_above(path: str, held: Mapping[str, str]) -> str | None:
    """The path itself, or an artifact above it, as the contents of artifacts are unknown."""
    while path not in held:
        if path == "/":
            return None
        path = posixpath.dirname(path)
    return path


def _interpreter(data: bytes) -> str:
    """The interpreter of a script; empty for other programs."""
    words = data[2:].split(b"\n", 1)[0].split() if data.startswith(b"#!") else ()
    return os.fsdecode(words[0]) if words else ""


def _hint(program: str, held: Mapping[str, str], workdir: str) -> str:
    first = program.split(" ", 1)[0]
    if first != program and posixpath.normpath(posixpath.join(workdir, first)) in held:
        return f"write each word as an item: `[{', '.join(program.split())}]`"
    if program in _FORMS:
        return f"write the command without `{program}`"
    if program in _SHELLS or posixpath.basename(program) in _SHELLS:
        return (
            "it has no shell: write the command as a list of words, or choose a `base` with a shell"
        )
    beside = posixpath.normpath(posixpath.join(workdir, program))
    if "/" not in program and beside in held:
        return f"only `PATH` is searched: write `./{program}`"
    here = sorted(each for each in held if posixpath.basename(each) == posixpath.basename(program))
    if here:
        return f"it contains `{here[0]}`"
    return "add it to `assets`, or choose a `base` that has it"
