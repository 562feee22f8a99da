"""The front door: load, assemble, plan, execute. The one module that sees every part.

load()      msbuild.yaml and plugins            -> Loaded: workspace, stages, jobs
plan()      + engine, history, lock file        -> Plan: what runs, what stands, why
execute()   + scheduler, reporters              -> the exit code
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from msbuild import planner
from msbuild.config import load as load_config
from msbuild.errors import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EnvironmentFault,
    MsbuildError,
    UsageError,
)
from msbuild.events import JobFinished, Outcome, RunFinished, RunStarted
from msbuild.fingerprint import fingerprint_all
from msbuild.graph.assemble import Assembly, assemble
from msbuild.graph.jobs import cut
from msbuild.graph.stage_graph import StageGraph
from msbuild.history import History, Record
from msbuild.lockfile import read_lock
from msbuild.memory import remembered, rename
from msbuild.model import SCRATCH, ImageRef
from msbuild.plugin_manager import load_plugins
from msbuild.schedule import run as schedule
from msbuild.sources import SourceTree
from msbuild.state import NAME as STATE
from msbuild.state import state_directory
from msbuild.suggest import did_you_mean

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from msbuild.events import Event
    from msbuild.execute.protocol import BuiltImage, Executor, JobResult, Progress
    from msbuild.fingerprint import Fingerprint
    from msbuild.model import Location, Workspace
    from msbuild.plan import Plan, PlannedJob
    from msbuild.plugin_api import Language
    from msbuild.plugin_manager import Plugin
    from msbuild.registry import Registry


@dataclass(frozen=True, slots=True)
class Loaded:
    """A workspace, read and put together.

    Attributes:
        jobs: which stages each job is there to make.
    """

    workspace: Workspace
    plugins: Mapping[str, Plugin]
    sources: SourceTree
    assembly: Assembly
    jobs: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what is remembered once its jobs are done."""

    loaded: Loaded
    plan: Plan
    fingerprints: Mapping[str, Fingerprint]
    started: float
    registry: Registry | None = None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a plan is carried out.

    Attributes:
        slots: how many jobs run beside each other.
        timeout: seconds that one job may take; ``None`` for as long as it likes.
        retries: how often a job is tried again after a fault of the world.
    """

    slots: int
    fail_fast: bool = False
    push: bool = False
    timeout: float | None = None
    retries: int = 2


def load(file: Path) -> Loaded:
    """Read a workspace and put its stages together.

    Raises:
        ConfigErrors: everything that is wrong with the config, at once.
    """
    plugins: dict[str, Plugin] = {}

    def languages_of(modules: tuple[str, ...], _at: Location | None) -> Mapping[str, Language]:
        plugins.update(load_plugins(modules))
        return {name: plugin.language for name, plugin in plugins.items()}

    workspace = load_config(file, languages_of)
    languages = {name: plugin.language for name, plugin in plugins.items()}
    sources = SourceTree(workspace.source_root)
    assembly = assemble(workspace, languages, sources)
    return Loaded(workspace, plugins, sources, assembly, cut(assembly.graph, workspace.services))


def select(workspace: Workspace, names: Sequence[str]) -> tuple[str, ...]:
    """The services that were asked for, in the order of the config; all of them for none.

    Raises:
        UsageError: there is no such service.
    """
    for name in names:
        if name not in workspace.services:
            raise UsageError(
                f"there is no service `{name}`",
                hint=did_you_mean(name, workspace.services) or "`msbuild graph` shows them all",
            )
    return tuple(name for name in workspace.services if not names or name in names)


def plan(
    loaded: Loaded,
    executor: Executor,
    request: planner.Request,
    started: float,
    registry: Registry | None = None,
) -> Planned:
    """Decide what has to be built. Nothing is changed anywhere.

    Args:
        loaded: the workspace.
        executor: says which images there are, and what is behind the base images.
        request: what the user asked for.
        started: when the run began, on the monotonic clock.
        registry: remembers images that the executor does not hold. With it and a lock file,
            nothing to build takes no executor.
    """
    loaded = _prepared(loaded, executor)
    workspace = loaded.workspace
    pins = resolve_bases(base_images(loaded, request.services), executor, workspace)
    platform, held, absent = _look_at(executor, workspace, registry)
    fingerprints = fingerprint(loaded, request.services, pins, platform)
    facts = planner.Facts(
        workspace=workspace,
        graph=loaded.assembly.graph,
        jobs=loaded.jobs,
        fingerprints=fingerprints,
        hash_of=loaded.sources.hash,
        pins=pins,
        images=held,
        records=_history(workspace).records(),
    )
    planned = planner.make_plan(facts, request)
    if registry and not request.no_cache:
        services = request.services
        asked = services if request.push else [s for s in services if s in planned.jobs]
        found = remembered(registry, workspace, asked, fingerprints)
        planned = planner.make_plan(replace(facts, images=[*held, *found]), request)
    if absent and planned.jobs:
        raise absent
    return Planned(loaded, planned, fingerprints, started, registry)


def _look_at(
    executor: Executor, workspace: Workspace, registry: Registry | None
) -> tuple[str, Sequence[BuiltImage], EnvironmentFault | None]:
    """What is built for, the images there are, and why nobody knows where an executor is absent."""
    try:
        return executor.platform(), executor.images(workspace.name), None
    except EnvironmentFault as fault:
        if registry is None:
            raise
        return host_platform(), (), fault


def host_platform() -> str:
    """What an engine on this machine would build for: ``linux/amd64``."""
    machine = os.uname().machine
    return f"linux/{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"


def base_images(loaded: Loaded, services: Sequence[str]) -> list[str]:
    """The images that the stages of services start from, sorted; ``scratch`` is none."""
    stages = loaded.assembly.graph.needed_by(services)
    bases = {stage.base.reference for stage in stages if isinstance(stage.base, ImageRef)}
    return sorted(bases - {SCRATCH})


def fingerprint(
    loaded: Loaded, services: Sequence[str], pins: Mapping[str, str], platform: str
) -> Mapping[str, Fingerprint]:
    """The fingerprints of every stage that services need, parents first.

    Args:
        loaded: the workspace.
        services: the services that are asked for.
        pins: the exact image behind each of their ``base_images``.
        platform: what is built for, ``linux/amd64``.
    """
    graph = loaded.assembly.graph
    names = [stage.name for stage in graph.needed_by(services)]
    return fingerprint_all(graph, names, loaded.sources.hash, pins, platform)


def _prepared(loaded: Loaded, executor: Executor) -> Loaded:
    """The workspace with its stages as an executor makes them."""
    graph = loaded.assembly.graph
    stages = [graph[name] for name in graph]
    prepared = executor.prepare(stages)
    if prepared is stages:
        return loaded
    return replace(loaded, assembly=replace(loaded.assembly, graph=StageGraph(prepared)))


def resolve_bases(
    references: Sequence[str], executor: Executor, workspace: Workspace
) -> Mapping[str, str]:
    """The exact image behind each reference: from the lock file, else from the executor."""
    locked = read_lock(workspace.root)
    known = {reference: locked[reference] for reference in references if reference in locked}
    unknown = [reference for reference in references if reference not in known]
    return {**known, **(executor.pin(unknown) if unknown else {})}


def execute(
    planned: Planned,
    executor: Executor,
    options: RunOptions,
    listener: Callable[[Event], None],
    cancel: threading.Event,
) -> int:
    """Carry out a plan and tell the listener. Returns the exit code."""
    plan = planned.plan
    listener(RunStarted(_since(planned), plan, executor.name, options.slots))
    logs = state_directory(planned.loaded.workspace.root) / "logs" if plan.jobs else None

    def do(job: PlannedJob, progress: Progress, cancelled: threading.Event) -> JobResult:
        result = executor.execute(job.job, progress, cancelled)
        if options.push and job.job.tags:
            executor.push(job.job.tags, progress)
        return result

    def listen(event: Event) -> None:
        if isinstance(event, JobFinished):
            _remember(event, planned)
        listener(event)

    for service in plan.cached.values():
        if service.retag and not service.image.remote:
            executor.tag(service.image.id, service.retag)
    outcomes = schedule(
        plan,
        do,
        jobs=options.slots,
        listener=listen,
        fail_fast=options.fail_fast,
        retries=options.retries,
        timeout=options.timeout,
        cancel=cancel,
        log_dir=logs,
        started=planned.started,
    )
    if options.push:
        _push_cached(plan, executor)
        if planned.registry:
            rename(planned.registry, [each for each in plan.cached.values() if each.image.remote])
    outcomes |= dict.fromkeys(plan.cached, Outcome.CACHED)
    exit_code = _exit_code(outcomes, cancelled=cancel.is_set())
    listener(RunFinished(_since(planned), _since(planned), exit_code, outcomes))
    return exit_code


def publish(
    planned: Planned, executor: Executor, outcomes: Mapping[str, Outcome], repository: str
) -> list[str]:
    """Leave the shared stages that this run has made in a registry, for other machines.

    The run is over by then: what cannot be left there is no reason for it to have failed.

    Args:
        planned: the plan that was carried out.
        executor: has the stages.
        outcomes: how its jobs ended.
        repository: where to.

    Returns:
        What went wrong.
    """
    problems: list[str] = []
    for name, job in planned.plan.jobs.items():
        if job.is_service or outcomes.get(name) is not Outcome.BUILT:
            continue
        try:
            reference = planner.cache_tag(repository, name, job.fingerprint)
            executor.publish(job.job, reference, _Silent())
        except MsbuildError as error:
            problems.append(f"`{name}` was not left for other machines: {error.message}")
    return problems


def _exit_code(outcomes: Mapping[str, Outcome], *, cancelled: bool) -> int:
    if cancelled:
        return EXIT_INTERRUPTED
    fine = {Outcome.BUILT, Outcome.CACHED}
    return EXIT_OK if fine.issuperset(outcomes.values()) else EXIT_FAILED


def _push_cached(plan: Plan, executor: Executor) -> None:
    """What stands here already may be missing in the registry."""
    silent = _Silent()
    here = {name: each for name, each in plan.cached.items() if not each.image.remote}
    for name, service in here.items():
        repository = plan.tags[name][0].rpartition(":")[0]
        tags = {tag for tag in service.image.tags if tag.startswith(f"{repository}:fp-")}
        executor.push(sorted(tags | set(plan.tags[name])), silent)


class _Silent:
    """Progress that nobody watches."""

    def step(self, vertex: object) -> None:
        """Ignore a step."""

    def line(self, step: str, text: str) -> None:
        """Ignore a line."""


def _remember(event: JobFinished, planned: Planned) -> None:
    """Keep how long a build took and what from; a build found in the cache took no time."""
    if event.outcome not in (Outcome.BUILT, Outcome.CACHED):
        return
    job = planned.plan.jobs[event.job]
    inputs = {name: planned.fingerprints[name].inputs for name in job.job.own}
    seconds = event.seconds
    if event.outcome is Outcome.CACHED and job.estimate is not None:
        seconds = job.estimate
    history = _history(planned.loaded.workspace)
    history.write(event.job, Record(job.fingerprint, inputs, seconds))


def last_inputs(loaded: Loaded) -> Mapping[str, Mapping[str, Any]]:
    """The named inputs of every stage when it was built last, by stage."""
    records = _history(loaded.workspace).records().values()
    return {stage: inputs for record in records for stage, inputs in record.inputs.items()}


def _history(workspace: Workspace) -> History:
    return History(workspace.root / STATE / "history.sqlite")


def _since(planned: Planned) -> float:
    return time.monotonic() - planned.started
