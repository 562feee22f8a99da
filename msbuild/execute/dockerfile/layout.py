"""Where things are: in the container, and in the build context that is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.model import Copy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.model import Stage

# No stage may be called this, so no source file can take its place: stage names have no leading
# dot, and every source file of an executed context lies below the name of its stage.
CA_IN_CONTEXT = ".msbuild-ca.pem"
CA_IN_CONTAINER = "/run/msbuild-ca.pem"

WORKDIR = "/work"
OUT = "/out"
CACHE = "/cache"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a Dockerfile refers to its context.

    Attributes:
        by_step: every ``Copy`` has a directory of its own in the context, so that a stage can read
            exactly its own files. Otherwise the context is the source root itself.
        ca: steps that download trust the CA bundle that the context holds.
    """

    by_step: bool
    ca: bool = False


EXECUTED = Layout(by_step=True)
EXPORTED = Layout(by_step=False)


def step_directory(stage: Stage, index: int) -> str:
    """The directory of the context for step number ``index`` of a stage."""
    return f"{stage.name}/{index}"


def context_paths(stages: Sequence[Stage]) -> Mapping[str, str]:
    """The context of ``stages``: the path of every file in it, and the source file it holds."""
    return {
        f"{step_directory(stage, index)}/{step.placed(path).lstrip('/')}": path
        for stage in stages
        for index, step in enumerate(stage.steps)
        if isinstance(step, Copy)
        for path in step.files
    }


def in_container(value: str) -> str:
    """A value with a leading ``$OUT`` or ``$CACHE`` replaced by the directory it stands for."""
    for name, directory in (("$OUT", OUT), ("$CACHE", CACHE)):
        if value == name or value.startswith(f"{name}/"):
            return directory + value.removeprefix(name)
    return value
