"""The entry point: load, plan, execute, deliver. The only module that uses every part.

loading.load()   msbuild.yaml and plugins            -> Loaded: workspace, stages, jobs
plan()           + executor, registry, history       -> Plan: what runs, what is up to date, why
execute()        + scheduler, reporters              -> the exit code
publish()        + outcomes                          -> shared stages in the registry
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from msbuild.errors import (
    EXIT_ENVIRONMENT,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    BuildError,
    MsbuildError,
    UnavailableError,
)
from msbuild.events import JobFinished, Outcome, RunFinished, RunStarted
from msbuild.execute.api import LABEL_FINGERPRINT, Silent
from msbuild.model import ImageRef
from msbuild.planning import planner
from msbuild.planning.history import Record, history_of
from msbuild.schedule import run as schedule
from msbuild.state.files import state_directory
from msbuild.workspace.loading import (
    base_images,
    check_submodules,
    check_targets,
    fingerprint,
    prepared_for,
)
from msbuild.workspace.lookups import look_up, registry_images, resolve_bases, retag_in_registry
from msbuild.workspace.missing_files import ProgressRecorder, with_missing_files

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

    from msbuild.events import Event
    from msbuild.execute.api import Executor, JobResult, Progress, StagePublisher
    from msbuild.planning.fingerprint import Fingerprint
    from msbuild.planning.planner import Plan, PlannedJob
    from msbuild.registry import Registry
    from msbuild.run_options import RunOptions
    from msbuild.workspace.loading import Loaded


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with everything needed to execute it.

    Attributes:
        warnings: warnings for the user.
        missing: unavailable base images with the errors; jobs that need them fail.
    """

    loaded: Loaded
    plan: Plan
    fingerprints: Mapping[str, Fingerprint]
    pins: Mapping[str, str]
    started: float
    registry: Registry | None = None
    warnings: tuple[str, ...] = ()
    missing: Mapping[str, UnavailableError] = field(default_factory=dict)


def plan(
    loaded: Loaded,
    executor: Executor,
    request: planner.Request,
    started: float,
    registry: Registry | None = None,
) -> Planned:
    """Decide what to build. Changes nothing.

    Args:
        loaded: the workspace.
        executor: lists the existing images and resolves base images.
        request: the user's request.
        started: when the run began, on the monotonic clock.
        registry: may have images that the executor lacks. With it and a lock file, a run with
            nothing to build needs no executor.
    """
    loaded = prepared_for(executor, loaded)
    workspace = loaded.workspace
    bases = resolve_bases(base_images(loaded, request.services), executor, workspace)
    warnings = _about_missing(bases.missing, loaded, request.services)
    pins = bases.pins
    around = look_up(executor, workspace, request.services, needed=registry is None)
    check_targets(loaded, request.services, around.platform)
    check_submodules(loaded, request.services)
    fingerprints = fingerprint(loaded, request.services, pins, around.platform)
    facts = planner.Facts(
        workspace=workspace,
        graph=loaded.assembly.graph,
        jobs=loaded.jobs,
        fingerprints=fingerprints,
        hash_of=loaded.sources.hash,
        pins=pins,
        images=around.images,
        records=history_of(workspace.root).records(loaded.jobs),
        builds_parents=executor.builds_parents,
    )
    planned = planner.make_plan(facts, request)
    if registry and not request.options.no_cache:
        asked = {s: fingerprints[s].value for s in request.services if s in planned.jobs}
        found = registry_images(registry, workspace, asked)
        if found.unknown:
            if request.options.push:
                raise found.unknown
            warnings.append(f"cannot check which images the registry has: {found.unknown.message}")
        facts = replace(facts, images=[*around.images, *found.images])
        planned = planner.make_plan(facts, request)
    if around.absent and planned.jobs:
        raise around.absent
    return Planned(
        loaded, planned, fingerprints, pins, started, registry, tuple(warnings), bases.missing
    )


def _about_missing(
    missing: Mapping[str, UnavailableError], loaded: Loaded, services: Sequence[str]
) -> list[str]:
    """Warnings about base images that are unavailable.

    Raises:
        UnavailableError: every service needs one of them.
    """
    if not missing:
        return []
    needed = {service: set(base_images(loaded, [service])) for service in services}
    if all(bases & missing.keys() for bases in needed.values()):
        raise next(iter(missing.values()))
    return [
        f"{error.message}; services that need it: "
        + ", ".join(f"`{service}`" for service, bases in needed.items() if reference in bases)
        for reference, error in missing.items()
    ]


def execute(
    planned: Planned,
    executor: Executor,
    options: RunOptions,
    listener: Callable[[Event], None],
    cancel: threading.Event,
) -> int:
    """Execute a plan and report events to the listener; returns the exit code."""
    plan = planned.plan
    listener(RunStarted(_since(planned), plan, executor.name, options.jobs))
    logs = state_directory(planned.loaded.workspace.root) / "logs" if plan.jobs else None

    def do(job: PlannedJob, progress: Progress, cancelled: threading.Event) -> JobResult:
        _refuse_missing(job, planned.missing)
        recorder = ProgressRecorder(progress)
        try:
            result = executor.execute(job.job, recorder, cancelled)
        except BuildError as failure:
            raise _explained(failure, job, recorder, planned.loaded) from failure
        if options.push and job.job.tags:
            executor.push(job.job.tags, progress)
        return result

    errors: list[Exception | None] = []

    def listen(event: Event) -> None:
        if isinstance(event, JobFinished):
            if event.outcome is Outcome.FAILED:
                errors.append(event.error)
            _remember(event, planned)
        listener(event)

    for service in plan.cached.values():
        if service.retag and not service.image.remote:
            executor.tag(service.image.id, service.retag)
    outcomes = schedule(
        plan,
        do,
        options,
        listener=listen,
        cancel=cancel,
        log_dir=logs,
        started=planned.started,
    )
    if options.push:
        _deliver_cached(planned, executor)
    sizes = {} if cancel.is_set() else _builder_sizes(plan, executor, outcomes)
    outcomes |= dict.fromkeys(plan.cached, Outcome.CACHED)
    exit_code = _exit_code(outcomes, errors, cancelled=cancel.is_set())
    listener(RunFinished(_since(planned), _since(planned), exit_code, outcomes, sizes))
    return exit_code


def _explained(
    failure: BuildError, planned: PlannedJob, recorder: ProgressRecorder, loaded: Loaded
) -> BuildError:
    lines = recorder.lines_of(failure.step) or failure.tail
    return with_missing_files(failure, planned.job, lines, loaded.workspace, loaded.sources)


def _refuse_missing(job: PlannedJob, missing: Mapping[str, UnavailableError]) -> None:
    for stage in job.job.stages:
        if isinstance(stage.base, ImageRef) and (error := missing.get(stage.base.reference)):
            # not a transient error: planning has already retried
            raise UnavailableError(error.message, hint=error.hint)


def _exit_code(
    outcomes: Mapping[str, Outcome], errors: Sequence[Exception | None], *, cancelled: bool
) -> int:
    if cancelled:
        return EXIT_INTERRUPTED
    if {Outcome.BUILT, Outcome.CACHED}.issuperset(outcomes.values()):
        return EXIT_OK
    if errors and all(isinstance(error, UnavailableError) for error in errors):
        return EXIT_ENVIRONMENT
    return EXIT_FAILED


def _builder_sizes(
    plan: Plan, executor: Executor, outcomes: Mapping[str, Outcome]
) -> Mapping[str, int]:
    """The sizes of the stages that compiled the services, for the report.

    Requested only if shared stages were built: they are most of the size, and with a large cache
    the request takes longer than a small build.
    """
    jobs = [planned.job for planned in plan.jobs.values() if planned.is_service]
    shared = plan.jobs.keys() - {job.name for job in jobs}
    if not any(outcomes.get(name) is Outcome.BUILT for name in shared):
        return {}
    done = [job for job in jobs if outcomes.get(job.name) in (Outcome.BUILT, Outcome.CACHED)]
    with suppress(UnavailableError):
        return executor.builder_sizes(done) if done else {}
    return {}


def _remember(event: JobFinished, planned: Planned) -> None:
    """Store the duration and inputs of a build; a cached build keeps the previous duration."""
    if event.outcome not in (Outcome.BUILT, Outcome.CACHED):
        return
    job = planned.plan.jobs[event.job]
    inputs = {name: planned.fingerprints[name].inputs for name in job.job.own}
    seconds = event.seconds
    if event.outcome is Outcome.CACHED and job.estimate is not None:
        seconds = job.estimate
    history = history_of(planned.loaded.workspace.root)
    history.write(event.job, Record.of(job.fingerprint, seconds, inputs))


def _since(planned: Planned) -> float:
    return time.monotonic() - planned.started


def _deliver_cached(planned: Planned, executor: Executor) -> None:
    """Push the images that are up to date here, and tag those that the registry already has.

    Raises:
        UnavailableError: the registry rejects them, or does not respond.
    """
    plan, registry, workspace = planned.plan, planned.registry, planned.loaded.workspace
    remote = {name: each for name, each in plan.cached.items() if each.image.remote}
    here = {name: each for name, each in plan.cached.items() if name not in remote}
    if registry:
        asked = {name: service.fingerprint for name, service in here.items()}
        found = registry_images(registry, workspace, asked)
        if found.unknown:
            raise found.unknown
        images = {image.labels[LABEL_FINGERPRINT]: image for image in found.images}
        remote |= {
            name: replace(service, image=images[service.fingerprint], retag=plan.tags[name])
            for name, service in here.items()
            if service.fingerprint in images
        }
        retag_in_registry(registry, remote.values())
    silent = Silent()
    for name in [name for name in here if name not in remote]:
        tag = planner.fingerprint_tag(workspace.repository(name), here[name].fingerprint)
        executor.push(sorted({tag, *plan.tags[name]}), silent)


def publish(
    plan: Plan, executor: StagePublisher, outcomes: Mapping[str, Outcome], repository: str
) -> list[str]:
    """Push the shared stages that this run has built, for other machines.

    Errors do not fail the run, which is already over.

    Args:
        plan: the plan that was executed.
        executor: the executor that has the stages.
        outcomes: the outcomes of its jobs.
        repository: where to push.

    Returns:
        A message for each stage that could not be pushed.
    """
    problems: list[str] = []
    for name, job in plan.jobs.items():
        if job.is_service or outcomes.get(name) is not Outcome.BUILT:
            continue
        try:
            reference = planner.cache_tag(repository, name, job.fingerprint)
            executor.publish(job.job, reference, Silent())
        except MsbuildError as error:
            problems.append(f"cannot push shared stage `{name}`: {error.message}")
    return problems
