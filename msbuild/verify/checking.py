"""Checks one stage: builds it on this host under the tracer and compares what it used."""

from __future__ import annotations

import os
import posixpath
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msbuild.errors import UnavailableError
from msbuild.execute.job_run import run_name
from msbuild.execute.local.files import remove_tree
from msbuild.execute.local.locks import locked
from msbuild.model import CopyArtifact, Run, StageKind, StageRef
from msbuild.verify.compare import Comparison
from msbuild.verify.results import Finding, StageChecked
from msbuild.verify.stages import Names, Views
from msbuild.verify.strace import TracedIsolation, read_accesses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from msbuild.execute.api import Job, Progress
    from msbuild.execute.local import LocalExecutor
    from msbuild.execute.local.stage_store import StageStore
    from msbuild.execute.local.stages import StageMaker
    from msbuild.model import Stage
    from msbuild.plugin.api import HarmlessAccess


@dataclass(frozen=True, slots=True)
class Tree:
    """The source tree as checked stages see it.

    Attributes:
        names: every file.
        links: the targets of those that are links.
        is_ignored: whether a path is a file that exists and is not a source.
    """

    names: Names
    links: Mapping[str, str]
    is_ignored: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Subject:
    """A stage to check.

    Attributes:
        stage: the stage, which copies all files of the tree.
        declared: the files that it copies in a normal build.
        below: the files that the dependencies stages below it copy.
        harmless: accesses of its language's tools that have no effect on their output.
    """

    stage: Stage
    declared: frozenset[str]
    below: frozenset[str] = frozenset()
    harmless: Sequence[HarmlessAccess] = ()


class Checker(Protocol):
    """Builds stages under the tracer."""

    def check(
        self, job: Job, subject: Subject, tree: Tree, progress: Progress, cancel: threading.Event
    ) -> StageChecked:
        """Build one stage of a job with all files of the tree, and compare."""

    def forget(self) -> None:
        """Remove the results of checked stages: they were built from more than they declare."""


class OnHost:
    """Builds stages in sandboxes on this host.

    Args:
        executor: the local executor.
    """

    def __init__(self, executor: LocalExecutor) -> None:
        self._executor = executor
        self._lock = threading.Lock()
        self._left: set[str] = set()

    def check(
        self, job: Job, subject: Subject, tree: Tree, progress: Progress, cancel: threading.Event
    ) -> StageChecked:
        """Build one stage under the tracer, and compare.

        Raises:
            BuildError: a step failed.
            Cancelled: the job was cancelled.
        """
        executor, stage = self._executor, subject.stage
        executor.store.prepare()
        # keeps `msbuild prune` out of the store
        with (
            locked(executor.store.lock("use"), shared=True, cancel=cancel),
            executor.store.scratch(f"{stage.name}-trace") as scratch,
        ):
            run = executor.job_run(job, progress, cancel)
            with self._lock:
                self._left.add(job.fingerprints[stage.name])
            isolation = TracedIsolation(executor.isolation(), scratch)
            maker = executor.stage_maker(run, lambda: isolation)
            maker.make(stage.name, complete=_is_base(job, stage))
            return compared(
                subject, _views(maker, job, subject, tree), isolation.traces, isolation.root
            )

    def forget(self) -> None:
        """Remove the results of the stages from the store."""
        for key in self._left:
            remove_tree(self._executor.store.stages / key)


def compared(subject: Subject, views: Views, traces: Sequence[Path], root: str) -> StageChecked:
    """Files that the steps of a stage used but the stage does not declare.

    Args:
        subject: the stage.
        views: the tree, and the files that the stage declares.
        traces: one for each script, in order.
        root: the working directory as the scripts saw it.
    """
    comparison = Comparison(views, subject.harmless)
    steps = [step for step in subject.stage.steps if isinstance(step, Run)]
    results = [
        (run_name(step), comparison.step(read_accesses(_nonempty(trace), root), root))
        for trace, step in zip(traces, steps, strict=True)
    ]
    findings = [
        Finding(
            miss.path,
            miss.how,
            miss.programs,
            names=miss.names,
            among=miss.among,
            stage=subject.stage.name,
            step=step,
        )
        for step, found in results
        for miss in found.misses
    ]
    return StageChecked(
        name=subject.stage.name,
        findings=tuple(sorted(findings)),
        ignored=frozenset(path for _, found in results for path in found.ignored),
        used=frozenset(path for _, found in results for path in found.used),
        declared=subject.declared,
    )


def _nonempty(trace: Path) -> Path:
    """A trace that is not empty: every step starts at least a shell.

    Raises:
        UnavailableError: it is missing or empty.
    """
    if not trace.is_file() or not trace.stat().st_size:
        raise UnavailableError(
            "the trace of a step is empty", hint="check that there is free disk space"
        )
    return trace


def _is_base(job: Job, stage: Stage) -> bool:
    bases = (other.base for other in job.stages)
    return any(isinstance(base, StageRef) and base.stage == stage.name for base in bases)


def _views(maker: StageMaker, job: Job, subject: Subject, tree: Tree) -> Views:
    """The names a stage would see without the rest of the tree."""
    stage = subject.stage
    made = {*stage.stand_ins}
    for step in stage.steps:
        if isinstance(step, CopyArtifact):
            with maker.reading(step.stage) as stored:
                made.update(_placed(step, stored))
    if isinstance(stage.base, StageRef) and _has_files(job, stage.base.stage):
        with maker.reading(stage.base.stage, complete=True) as stored:
            made.update(_files(stored.root / "work"))
    below = subject.below - subject.declared
    return Views(
        tree.names,
        tree.links,
        declared=subject.declared,
        below=below,
        made=frozenset(made) - below,
        is_ignored=tree.is_ignored,
    )


def _has_files(job: Job, name: str) -> bool:
    """Whether the files in a base stage are those its child would see without the tree."""
    return job.stage(name).kind is StageKind.DEPENDENCIES


def _placed(step: CopyArtifact, stored: StageStore) -> Iterator[str]:
    """Where an artifact is copied to, by the rules of `place_artifact`."""
    source = stored.out / step.source
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
