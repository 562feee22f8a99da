"""A last stage that makes BuildKit run a shared stage without exporting it as an image.

The Engine API knows no output `cacheonly` (Docker 26 to 29 answer that there is no such exporter),
and exporting a toolchain costs more than building it. A stage that copies one file out of the
shared stage forces all of it, and exports some kilobytes.
"""

from __future__ import annotations

import posixpath
import secrets
from typing import TYPE_CHECKING

from msbuild.execute.dockerfile.layout import WORKDIR
from msbuild.model import Copy, CopyArtifact, Packages, Run, StageRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msbuild.model import Stage

_NAME = "msbuild-end"


def closing_stage(stages: Sequence[Stage]) -> tuple[str, str] | None:
    """Name and text of the stage that forces the last of ``stages``.

    Returns:
        Nothing where that stage has no step that does anything: there is nothing to force.
    """
    target = stages[-1]
    path = next((path for path in map(_made_by, _steps(stages)) if path), None)
    if path is None:
        return None
    name = _NAME
    while any(stage.name == name for stage in stages):
        name += "-"
    # JSON, because a path may have spaces; the target is a directory, because it may be one, too
    quoted = posixpath.join(WORKDIR, path).replace("\\", "\\\\").replace('"', '\\"')
    return name, f'FROM scratch AS {name}\nCOPY --from={target.name} ["{quoted}", "/"]\n'


def unique_labels() -> dict[str, str]:
    """Labels that make the image of a closing stage unlike any other.

    Two builds may export it at the same time while a third removes it. With the containerd image
    store equal images without a tag then fail each other.
    """
    return {"org.msbuild.end": secrets.token_hex(8)}


def _steps(stages: Sequence[Stage]) -> Iterator[object]:
    """The steps of the last stage and of the stages that it stands on."""
    by_name = {stage.name: stage for stage in stages}
    stage = stages[-1]
    while True:
        yield from stage.steps
        if not isinstance(stage.base, StageRef):
            return
        stage = by_name[stage.base.stage]


def _made_by(step: object) -> str | None:
    """A path that is there for sure once the step is done."""
    match step:
        case Run() | Packages():
            return "/bin/sh"
        case Copy() if step.files:
            return step.placed(step.files[0])
        case CopyArtifact():
            return step.destination
        case _:
            return None
