"""Checks services: plans their stages with all files of the tree, runs and compares them."""

from __future__ import annotations

import posixpath
import threading
import time
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from msbuild.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK
from msbuild.events import Outcome, RunFinished, RunStarted
from msbuild.execute.api import JobResult
from msbuild.execute.local import LocalExecutor
from msbuild.graph.stage_graph import divide_into_jobs
from msbuild.model import StageRef
from msbuild.planning import planner
from msbuild.planning.planner import Reason
from msbuild.schedule import run as schedule
from msbuild.sources.files import Place
from msbuild.state.file_stat import DIRECTORY, LINK
from msbuild.state.files import state_directory
from msbuild.verify.checking import OnHost, Subject, Tree
from msbuild.verify.results import ServiceChecked, StageChecked
from msbuild.verify.stages import Names, build_stages, files_below, own_stages, with_whole_tree
from msbuild.verify.strace import find_strace
from msbuild.workspace import loading
from msbuild.workspace.lookups import resolve_bases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.events import Listener
    from msbuild.execute.api import Executor, Progress
    from msbuild.planning.planner import Plan, PlannedJob
    from msbuild.plugin.api import HarmlessAccess
    from msbuild.run_options import RunOptions
    from msbuild.sources.tree import SourceTree
    from msbuild.verify.checking import Checker
    from msbuild.workspace.loading import Loaded

_WHY = Reason("asked", "`msbuild verify`")


@dataclass(frozen=True, slots=True)
class Checked:
    """All results, and the exit code of their builds."""

    services: tuple[ServiceChecked, ...]
    exit_code: int


class Check:
    """A check of some services.

    Args:
        loaded: the workspace.
        executor: where stages are built.
        services: the services to check.

    Raises:
        UnavailableError: this host cannot trace.
    """

    def __init__(self, loaded: Loaded, executor: Executor, services: Sequence[str]) -> None:
        find_strace()
        prepared = loading.prepared_for(executor, loaded)
        self._loaded = prepared
        self._executor = executor
        self._services = services
        self._graph = prepared.assembly.graph
        self._tree = _tree_of(prepared.sources)
        self._opened = with_whole_tree(self._graph, services, sorted(self._tree.names.files))
        self._own = set(own_stages(self._graph, services))
        opened = replace(prepared, assembly=replace(prepared.assembly, graph=self._opened))
        bases = loading.base_images(opened, services)
        found = resolve_bases(bases, executor, prepared.workspace)
        if found.missing:
            raise next(iter(found.missing.values()))
        self._pins = found.pins
        self._checker = _checker_for(executor, prepared, self._pins)
        self._lock = threading.Lock()
        self._found: dict[str, StageChecked] = {}

    def run(self, options: RunOptions, listener: Listener, cancel: threading.Event) -> Checked:
        """Build the stages to check, report events, and compare."""
        started = time.monotonic()
        plan = self._plan()
        listener(RunStarted(0, plan, f"{self._executor.name}, traced", options.jobs))
        try:
            outcomes = schedule(
                plan,
                self._do,
                options,
                listener=listener,
                cancel=cancel,
                log_dir=state_directory(self._loaded.workspace.root) / "logs",
                started=started,
            )
        finally:
            self._checker.forget()
        code = EXIT_OK if set(outcomes.values()) <= {Outcome.BUILT, Outcome.CACHED} else EXIT_FAILED
        if cancel.is_set():
            code = EXIT_INTERRUPTED
        seconds = time.monotonic() - started
        listener(RunFinished(seconds, seconds, code, outcomes))
        return Checked(tuple(self._checked()), code)

    def _plan(self) -> Plan:
        loaded = replace(self._loaded, assembly=replace(self._loaded.assembly, graph=self._opened))
        platform = self._executor.platform()
        facts = planner.Facts(
            workspace=loaded.workspace,
            graph=self._opened,
            jobs=divide_into_jobs(self._opened, loaded.workspace.services),
            fingerprints=loading.fingerprint(loaded, self._services, self._pins, platform),
            hash_of=loaded.sources.hash,
            pins=self._pins,
            images=(),
            records={},
            builds_parents=self._executor.builds_parents,
        )
        plan = planner.make_plan(facts, planner.Request(tuple(self._services)))
        return replace(
            plan, jobs={name: replace(job, reason=_WHY) for name, job in plan.jobs.items()}
        )

    def _do(self, planned: PlannedJob, progress: Progress, cancel: threading.Event) -> JobResult:
        """Run one job: traced if it has stages to check, otherwise as usual."""
        job = planned.job
        own = [stage for stage in job.stages if stage.name in self._own & job.own]
        if not own:
            return self._executor.execute(job, progress, cancel)
        for stage in own:
            subject = Subject(
                stage,
                self._declared(stage.name),
                files_below(self._graph, stage.name),
                self._harmless_accesses(job.name),
            )
            found = self._checker.check(job, subject, self._tree, progress, cancel)
            with self._lock:
                self._found[stage.name] = found
        return JobResult("", 0, (), 0)

    def _declared(self, name: str) -> frozenset[str]:
        """The files that a stage and its base stages of the same service copy."""
        stage = self._graph[name]
        files = frozenset(stage.files)
        if isinstance(stage.base, StageRef) and stage.base.stage in self._own:
            return files | self._declared(stage.base.stage)
        return files

    def _harmless_accesses(self, job: str) -> Sequence[HarmlessAccess]:
        workspace = self._loaded.workspace
        user = workspace.services.get(job) or workspace.stages[job]
        language = self._loaded.plugins[workspace.builders[user.builder].plugin].language
        accesses: Sequence[HarmlessAccess] = getattr(language, "harmless_accesses", ())
        return accesses

    def _checked(self) -> Iterator[ServiceChecked]:
        stages = self._found
        for name in self._services:
            own = build_stages(self._graph, name)
            found = tuple(stages[each] for each in reversed(own) if each in stages)
            yield ServiceChecked(name, True, found, failed=len(found) < len(own))
        for name in sorted(self._own & self._loaded.workspace.stages.keys()):
            found = (stages[name],) if name in stages else ()
            yield ServiceChecked(name, False, found, failed=not found)


def _checker_for(executor: Executor, loaded: Loaded, pins: Mapping[str, str]) -> Checker:
    if isinstance(executor, LocalExecutor):
        return OnHost(executor)
    # only if Docker is used: importing its package is slow
    from msbuild.execute.docker import DockerExecutor  # noqa: PLC0415
    from msbuild.verify.containers import InContainers  # noqa: PLC0415

    assert isinstance(executor, DockerExecutor)  # noqa: S101 - for the type checker
    return InContainers(executor, loaded.assembly.graph, loaded.sources, pins)


def _tree_of(sources: SourceTree) -> Tree:
    """The tree as stages see it: links stay links, except those that leave it."""
    files: list[str] = []
    links: dict[str, str] = {}
    for path, kind in _entries(sources, ""):
        if kind != LINK:
            files.append(path)
        elif isinstance(sources.place(path), Place):
            links[path] = sources.link_text(path)
    names = Names([*files, *links])

    @cache
    def is_ignored(path: str) -> bool:
        return (sources.root / path).is_file() and bool(sources.ignored_by(path))

    return Tree(names, links, is_ignored)


def _entries(sources: SourceTree, directory: str) -> Iterator[tuple[str, int]]:
    """Every regular file and link below a directory, with its kind."""
    for name, kind in sources.entries(directory).items():
        path = posixpath.join(directory, name)
        if kind == DIRECTORY:
            yield from _entries(sources, path)
        elif kind == LINK or (sources.root / path).is_file():
            yield path, kind
