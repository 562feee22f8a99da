"""A final stage that makes BuildKit run a shared stage without exporting it as an image.

The Engine API has no `cacheonly` output (Docker 26 to 29 report an unknown exporter), and exporting
a toolchain takes longer than building it. A stage that copies one file out of the shared stage
makes BuildKit run it, and exports only a few kilobytes.
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
    """Name and text of a stage that makes BuildKit run the last of ``stages``.

    Returns:
        ``None`` if neither that stage nor those it is based on have steps: nothing to run.
    """
    target = stages[-1]
    path = next((path for path in map(_made_by, _steps(stages)) if path), None)
    if path is None:
        return None
    name = _NAME
    while any(stage.name == name for stage in stages):
        name += "-"
    # JSON, because the path may contain spaces; the destination is a directory, because the path
    # may be one, too
    quoted = posixpath.join(WORKDIR, path).replace("\\", "\\\\").replace('"', '\\"')
    return name, f'FROM scratch AS {name}\nCOPY --from={target.name} ["{quoted}", "/"]\n'


def unique_labels() -> dict[str, str]:
    """Labels that make the image of every closing stage unique.

    Two builds may export it while a third removes it. With the containerd image store, equal
    untagged images then make each other fail.
    """
    return {"org.msbuild.end": secrets.token_hex(8)}


def _steps(stages: Sequence[Stage]) -> Iterator[object]:
    """The steps of the last stage and of the stages it is based on."""
    by_name = {stage.name: stage for stage in stages}
    stage = stages[-1]
    while True:
        yield from stage.steps
        if not isinstance(stage.base, StageRef):
            return
        stage = by_name[stage.base.stage]


def _made_by(step: object) -> str | None:
    """A path that certainly exists after the step."""
    match step:
        case Run() | Packages():
            return "/bin/sh"
        case Copy() if step.files:
            return step.placed(step.files[0])
        case CopyArtifact():
            return step.destination
        case _:
            return None
