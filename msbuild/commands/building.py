"""The common part of `all` and `build`: plan, execute, report."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild import pipeline
from msbuild.commands.executor_choice import find_executor
from msbuild.commands.interrupt import interruptible
from msbuild.commands.options import OFFLINE, print_executor, warn
from msbuild.commands.workspace import find, make_registry, print_warnings
from msbuild.errors import EXIT_OK, UnavailableError, UsageError
from msbuild.events import JobFinished, RunFinished
from msbuild.execute.api import StagePublisher
from msbuild.planning.planner import Request
from msbuild.report.console import run_reporter
from msbuild.state.files import STATE_DIRECTORY
from msbuild.uptodate import record_file
from msbuild.uptodate.incremental import load_incrementally
from msbuild.workspace import loading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.commands.executor_choice import Choice
    from msbuild.events import Event, Outcome
    from msbuild.execute.api import Executor
    from msbuild.model import Workspace
    from msbuild.run_options import RunOptions
    from msbuild.uptodate.fast_path import RecordedRun
    from msbuild.uptodate.incremental import IncrementalLoad


@dataclass(frozen=True, slots=True)
class Run:
    """A successful run.

    Attributes:
        planned: its plan.
        loaded: the workspace, before the executor prepared its stages.
        choice: its executor.
        built: how the job of each service that it built ended.
        change: the incremental load, if it was one.
    """

    planned: pipeline.Planned
    loaded: loading.Loaded
    choice: Choice
    built: Mapping[str, JobFinished]
    change: IncrementalLoad | None


def build(options: RunOptions, services: Sequence[str], found: RecordedRun | None = None) -> int:
    """Build services and report progress; return the exit code.

    Args:
        options: the options of the run.
        services: the services to build; empty for all.
        found: the record of the previous run of all services, if there is one.
    """
    started = time.monotonic()
    file = find(options.file)
    change = load_incrementally(file.parent / STATE_DIRECTORY, found) if found else None
    loaded = change.loaded if change else loading.load(file)
    _check(options, loaded.workspace)
    print_warnings(loaded)
    request = Request(
        services=change.services if change else loading.select(loaded.workspace, services),
        options=options,
        cache_from="" if options.offline else _cache(options.cache_from, loaded.workspace),
        up_to_date=change.up_to_date if change else {},
    )
    # an incremental load has only stages; the previous run checked that they can be built here
    known = change.since.build_record.evidence.toolchains if change else None
    choice = find_executor(options, loaded, () if change else request.services, known)
    print_executor(options, choice.note)
    publisher = _publisher(choice.executor) if options.cache_to is not None else None
    with (
        closing(choice.executor) as executor,
        interruptible() as cancel,
        closing(run_reporter(options, loaded.workspace, sys.stdout)) as reporter,
    ):
        registry = make_registry(options, loaded)
        planned = pipeline.plan(loaded, executor, request, started, registry)
        warn(planned.warnings)
        outcomes: dict[str, Outcome] = {}
        built: dict[str, JobFinished] = {}

        def listen(event: Event) -> None:
            reporter(event)
            if isinstance(event, JobFinished) and event.result and event.result.image:
                built[event.job] = event
            if isinstance(event, RunFinished):
                outcomes.update(event.outcomes)

        code = pipeline.execute(planned, executor, options, listen, cancel)
        if publisher and not cancel.is_set():
            repository = _cache(options.cache_to or "", loaded.workspace)
            for problem in pipeline.publish(planned.plan, publisher, outcomes, repository):
                sys.stderr.write(f"warning: {problem}\n")
        if code == EXIT_OK and not services:
            _record(options, Run(planned, loaded, choice, built, change))
        return code


def _record(options: RunOptions, run: Run) -> None:
    """Store the build record of a run in which every service was built or up to date."""
    from msbuild.uptodate.recording import FinishedRun, record_run, update_record  # noqa: PLC0415

    key = record_file.request(options, run.loaded.workspace.file)
    if key is None:
        return
    ended = FinishedRun(key, run.choice.executor, run.choice.note, run.built)
    if run.change is None:
        record_run(run.planned, run.loaded, ended)
    else:
        update_record(run.change, run.planned, ended)


def _cache(given: str, workspace: Workspace) -> str:
    """The repository for shared stages: the given one, else one next to the services."""
    return given or (workspace.repository("msbuild-cache") if workspace.registry else "")


def _publisher(executor: Executor) -> StagePublisher:
    if isinstance(executor, StagePublisher):
        return executor
    raise UnavailableError(
        f"the {executor.name} executor cannot push shared stages to a registry",
        hint="remove `--cache-to`, or build in containers with `--executor docker`",
    )


def _check(options: RunOptions, workspace: Workspace) -> None:
    if options.offline and (options.push or options.cache_to is not None):
        option = "--push" if options.push else "--cache-to"
        raise UsageError(
            f"`{option}` needs a registry and cannot be used offline",
            hint=f"remove `{option}`, or remove `--offline` and `{OFFLINE}`",
        )
    for option, wants in (("--push", options.push), ("--cache-to", options.cache_to == "")):
        if not wants or workspace.registry:
            continue
        raise UsageError(
            f"`{option}` needs a registry, and the config does not name one",
            hint=f"add `registry: registry.example.com/team` to `{workspace.file.name}`",
        )
