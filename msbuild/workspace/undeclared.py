"""Says of a step that failed which files it asked for that are there, and that it may not see."""

from __future__ import annotations

import json
import re
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from msbuild.errors import BuildError, Missing, MsbuildError
from msbuild.execute.missing_paths import asks_without_a_name
from msbuild.model import Copy, CopyArtifact, StageKind, StageRef
from msbuild.workspace.missing_files import Search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.execute.api import Job, Progress, Vertex
    from msbuild.model import Stage, Workspace
    from msbuild.sources.tree import SourceTree

_LINES = 2000
_TOLD = 5
_PLAIN = re.compile(r"[\w./][\w./@+*-]*")
_TAKES_INPUTS = (StageKind.BUILD, StageKind.CUSTOM)


class Overheard:
    """Passes progress on, and remembers the last lines that steps printed.

    Args:
        progress: is told everything.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lines: deque[tuple[str, str]] = deque(maxlen=_LINES)

    def step(self, vertex: Vertex) -> None:
        """A step began or ended."""
        self._progress.step(vertex)

    def line(self, step: str, text: str) -> None:
        """A step printed a line."""
        self._lines.append((step, text))
        self._progress.line(step, text)

    def lines_of(self, step: str) -> list[str]:
        """What a step printed, or the end of that."""
        return [text for name, text in self._lines if name == step]


def explained(
    failure: BuildError,
    job: Job,
    lines: Sequence[str],
    workspace: Workspace,
    sources: SourceTree,
) -> BuildError:
    """A failure that also names what the step asked for, where the tree has it and the step not.

    Args:
        failure: the failure of a step.
        job: the job it belongs to.
        lines: what the step printed.
        workspace: the workspace; of a small change it may know no services.
        sources: its source tree.
    """
    # whatever a log has in it: what failed is the step
    with suppress(MsbuildError, OSError, ValueError, RecursionError):
        return _explained(failure, job, lines, workspace, sources)
    return failure


def _explained(
    failure: BuildError,
    job: Job,
    lines: Sequence[str],
    workspace: Workspace,
    sources: SourceTree,
) -> BuildError:
    stages = {stage.name: stage for stage in job.stages}
    stage = stages.get(failure.stage)
    if stage is None or not failure.step or not lines:
        return failure
    owner = _owner(stage, job)
    home = workspace.services[owner].path if owner in workspace.services else ""
    search = Search(_seen_by(stage, stages), sources, home)
    found = tuple(search.missing(lines)[:_TOLD])
    if found:
        told = "\n".join(f"`{each.path}` {each.told(owner)}" for each in found)
        hint = _mend(found, stage, owner, workspace.file.name) or failure.hint
        return _with(failure, f"{failure.message}: {told}", hint, found)
    if failure.hint is None and stage.kind in _TAKES_INPUTS and asks_without_a_name(lines):
        hint = (
            "does the step read files that it does not see here? "
            f"{_verify(stage, owner)}list them in `inputs:` of `{owner}`"
        )
        return _with(failure, failure.message, hint, ())
    return failure


def _with(
    failure: BuildError, message: str, hint: str | None, missing: tuple[Missing, ...]
) -> BuildError:
    return BuildError(
        message,
        stage=failure.stage,
        step=failure.step,
        tail=failure.tail,
        hint=hint,
        missing=missing,
    )


def _owner(stage: Stage, job: Job) -> str:
    """What has the `inputs:` of a stage in the config: a service, or the stage itself."""
    if stage.kind is not StageKind.BUILD:
        return stage.name
    for other in job.stages:
        made = (step.stage for step in other.steps if isinstance(step, CopyArtifact))
        if other.kind is StageKind.RUNTIME and stage.name in made:
            return other.name
    return stage.name.removesuffix("-build") if job.name == stage.name else job.name


def _seen_by(stage: Stage, stages: Mapping[str, Stage]) -> frozenset[str]:
    """The paths in the working directory that stages put there, up to and including one."""
    found: set[str] = set()
    at: Stage | None = stage
    while at is not None:
        copies = (step for step in at.steps if isinstance(step, Copy))
        found.update(step.placed(path) for step in copies for path in step.files)
        at = stages.get(at.base.stage) if isinstance(at.base, StageRef) else None
    return frozenset(found)


def _mend(found: Sequence[Missing], stage: Stage, owner: str, config: str) -> str | None:
    """The line that mends it."""
    listed = dict.fromkeys(each.inputs for each in found if each.inputs)
    if listed and stage.kind in _TAKES_INPUTS:
        what = "stage" if stage.kind is StageKind.CUSTOM else "service"
        paths = ", ".join(path if _PLAIN.fullmatch(path) else json.dumps(path) for path in listed)
        return f"add to {what} `{owner}` in `{config}`: inputs: [{paths}]"
    return next((each.hint for each in found if each.hint), None)


def _verify(stage: Stage, owner: str) -> str:
    return f"`msbuild verify {owner}` names them; " if stage.kind is StageKind.BUILD else ""
