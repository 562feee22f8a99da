"""Makes the stages of one job on this host under the tracer, and compares what they read."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import EnvironmentFault
from msbuild.execute.local.runs import run_name
from msbuild.model import CopyArtifact, Run, StageKind, StageRef
from msbuild.verify.accesses import read_accesses
from msbuild.verify.compare import Comparison
from msbuild.verify.found import Finding, StageChecked
from msbuild.verify.tracer import TracingWall
from msbuild.verify.views import Names, Views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from msbuild.execute.local import LocalExecutor
    from msbuild.execute.local.kept import Kept
    from msbuild.execute.local.runs import JobRun
    from msbuild.execute.local.stages import StageMaker
    from msbuild.model import Stage
    from msbuild.plugin_api import Glance
    from msbuild.verify.compare import Compared


@dataclass(frozen=True, slots=True)
class Tree:
    """The source tree, as stages see it while they are checked.

    Attributes:
        names: every file.
        links: where those that are links lead.
        is_ignored: whether a path is a file that is there and is no source.
    """

    names: Names
    links: Mapping[str, str]
    is_ignored: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Subject:
    """A stage that is checked.

    Attributes:
        stage: it copies the whole tree.
        declared: the files that it copies when it is built as usual.
        below: the files that the stages copy which only make it faster.
        glances: what its language's tools look at without any effect.
    """

    stage: Stage
    declared: frozenset[str]
    below: frozenset[str] = frozenset()
    glances: Sequence[Glance] = ()


def check_stage(executor: LocalExecutor, run: JobRun, subject: Subject, tree: Tree) -> StageChecked:
    """Make one stage with the whole tree there, and compare.

    Args:
        executor: of this host.
        run: the job that the stage belongs to.
        subject: the stage.
        tree: the source tree.

    Raises:
        BuildFailure: a step failed.
        Cancelled: the job was told to stop.
    """
    stage = subject.stage
    with executor.store.scratch(f"{stage.name}-trace") as scratch:
        wall = TracingWall(executor.wall(), scratch)
        maker = executor.stage_maker(lambda: wall)
        maker.make(run, stage.name, whole=_is_stood_on(run, stage))
        comparison = Comparison(_views(maker, run, subject, tree), subject.glances)
        steps = [step for step in stage.steps if isinstance(step, Run)]
        compared = [
            (run_name(step), comparison.step(read_accesses(_whole(trace), wall.root), wall.root))
            for trace, step in zip(wall.traces, steps, strict=True)
        ]
    return _checked(subject, compared)


def _checked(subject: Subject, compared: Sequence[tuple[str, Compared]]) -> StageChecked:
    findings = [
        Finding(miss.path, miss.how, miss.programs, miss.names, subject.stage.name, step)
        for step, found in compared
        for miss in found.misses
    ]
    return StageChecked(
        name=subject.stage.name,
        findings=tuple(sorted(findings)),
        ignored=frozenset(path for _, found in compared for path in found.ignored),
        used=frozenset(path for _, found in compared for path in found.used),
        declared=subject.declared,
    )


def _whole(trace: Path) -> Path:
    """A trace that has something in it: a step at least starts a shell.

    Raises:
        EnvironmentFault: it is missing or empty.
    """
    if not trace.is_file() or not trace.stat().st_size:
        raise EnvironmentFault(
            "a step left no trace of what it read", hint="is there space on the disk?"
        )
    return trace


def _is_stood_on(run: JobRun, stage: Stage) -> bool:
    bases = (other.base for other in run.job.stages)
    return any(isinstance(base, StageRef) and base.stage == stage.name for base in bases)


def _views(maker: StageMaker, run: JobRun, subject: Subject, tree: Tree) -> Views:
    """What a stage is compared with, as it would be without the rest of the tree."""
    stage = subject.stage
    made = {*stage.stand_ins}
    for step in stage.steps:
        if isinstance(step, CopyArtifact):
            with maker.reading(run, step.stage) as kept:
                made.update(_placed(step, kept))
    if isinstance(stage.base, StageRef) and _has_files(run, stage.base.stage):
        with maker.reading(run, stage.base.stage, whole=True) as kept:
            made.update(_files(kept.root / "work"))
    below = subject.below - subject.declared
    return Views(
        tree.names,
        tree.links,
        declared=subject.declared,
        below=below,
        made=frozenset(made) - below,
        is_ignored=tree.is_ignored,
    )


def _has_files(run: JobRun, name: str) -> bool:
    """Whether what a stage left tells what a stage on top of it would see without the tree."""
    return run.stage(name).kind is StageKind.DEPENDENCIES


def _placed(step: CopyArtifact, kept: Kept) -> Iterator[str]:
    """Where an artifact ends up, by the rules of `place_artifact`."""
    source = kept.out / step.source
    if source.is_dir():
        yield from (posixpath.normpath(f"{step.destination}/{path}") for path in _files(source))
        return
    yield posixpath.normpath(step.destination)
    yield posixpath.normpath(f"{step.destination}/{source.name}")


def _files(directory: Path) -> Iterator[str]:
    """Every file and link below a directory, as paths from there."""
    for place, directories, names in os.walk(directory):
        links = [name for name in directories if (Path(place) / name).is_symlink()]
        for name in (*names, *links):
            yield (Path(place) / name).relative_to(directory).as_posix()
