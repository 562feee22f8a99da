"""Paths in the container and in the build context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.model import Copy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.model import Stage

# Cannot collide with a source file: those are below the name of their stage, and stage names have
# no leading dot.
CA_IN_CONTEXT = ".msbuild-ca.pem"
CA_IN_CONTAINER = "/run/msbuild-ca.pem"

WORKDIR = "/work"
OUT = "/out"
CACHE = "/cache"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a Dockerfile refers to its context.

    Attributes:
        by_step: every ``Copy`` has its own directory in the context, so that a stage can read
            exactly its own files. Otherwise the context is the source root.
        ca: downloading steps trust the CA bundle in the context.
    """

    by_step: bool
    ca: bool = False


EXECUTED = Layout(by_step=True)
EXPORTED = Layout(by_step=False)


def step_directory(stage: Stage, index: int) -> str:
    """The directory of the context for step number ``index`` of a stage."""
    return f"{stage.name}/{index}"


def context_paths(stages: Sequence[Stage]) -> Mapping[str, str]:
    """The context of ``stages``: every path in it, with its source file."""
    return {
        f"{step_directory(stage, index)}/{step.placed(path).lstrip('/')}": path
        for stage in stages
        for index, step in enumerate(stage.steps)
        if isinstance(step, Copy)
        for path in step.files
    }


def in_container(value: str) -> str:
    """A value with a leading ``$OUT`` or ``$CACHE`` replaced by its directory."""
    for name, directory in (("$OUT", OUT), ("$CACHE", CACHE)):
        if value == name or value.startswith(f"{name}/"):
            return directory + value.removeprefix(name)
    return value
