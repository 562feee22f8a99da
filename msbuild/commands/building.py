"""What `all` and `build` share: plan, execute, report."""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild import pipeline
from msbuild.commands.executor_choice import find_executor
from msbuild.commands.fast_path import note_unchanged
from msbuild.commands.interrupt import interruptible
from msbuild.commands.options import OFFLINE, offline, print_executor, warn
from msbuild.commands.workspace import find, make_registry, print_warnings
from msbuild.delivery import publish
from msbuild.errors import EXIT_OK, UnavailableError, UsageError
from msbuild.events import JobFinished, RunFinished
from msbuild.execute.api import StagePublisher
from msbuild.planning.planner import Request
from msbuild.report.console import make_reporter, with_ci, with_times
from msbuild.state.files import STATE_DIRECTORY
from msbuild.uptodate.incremental import load_incrementally
from msbuild.workspace import loading

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from msbuild.commands.executor_choice import Choice
    from msbuild.events import Event, Outcome
    from msbuild.execute.api import Executor, JobResult
    from msbuild.model import Workspace
    from msbuild.report.console import Mode, Reporter
    from msbuild.uptodate.fast_path import RecordedRun


@dataclass(frozen=True, slots=True)
class Run:
    """A successful run.

    Attributes:
        planned: its plan.
        loaded: the workspace, before the executor prepared its stages.
        choice: its executor.
        built: the result for each service that it built.
        before: the record of the previous run, for an incremental load.
    """

    planned: pipeline.Planned
    loaded: loading.Loaded
    choice: Choice
    built: Mapping[str, JobResult]
    before: RecordedRun | None


def build(
    arguments: argparse.Namespace, services: Sequence[str], found: RecordedRun | None = None
) -> int:
    """Build services and report progress; return the exit code.

    Args:
        arguments: the command line.
        services: the services to build; empty for all.
        found: the record of the previous run of all services, if there is one.
    """
    started = time.monotonic()
    file = find(arguments)
    change = load_incrementally(file.parent / STATE_DIRECTORY, found) if found else None
    loaded = change.loaded if change else loading.load(file)
    _check(arguments, loaded.workspace)
    print_warnings(loaded)
    request = Request(
        services=change.services if change else loading.select(loaded.workspace, services),
        tags=tuple(dict.fromkeys(arguments.tag or ("latest",))),
        no_cache=arguments.no_cache,
        push=arguments.push,
        cache_from=_cache_from(arguments, loaded.workspace),
        up_to_date=change.up_to_date if change else {},
        separate=arguments.cache_to is not None,
    )
    # an incremental load has only stages; the previous run checked that they can be built here
    choice = find_executor(arguments, loaded, () if change else request.services)
    print_executor(arguments, choice.note)
    publisher = _publisher(choice.executor) if arguments.cache_to is not None else None
    with (
        closing(choice.executor) as executor,
        interruptible() as cancel,
        closing(_reporter(arguments, loaded.workspace)) as reporter,
    ):
        registry = make_registry(arguments, loaded)
        planned = pipeline.plan(loaded, executor, request, started, registry)
        warn(planned.warnings)
        outcomes: dict[str, Outcome] = {}
        built: dict[str, JobResult] = {}

        def listen(event: Event) -> None:
            reporter(event)
            if isinstance(event, JobFinished) and event.result and event.result.image:
                built[event.job] = event.result
            if isinstance(event, RunFinished):
                outcomes.update(event.outcomes)

        code = pipeline.execute(planned, executor, _options(arguments), listen, cancel)
        if publisher and not cancel.is_set():
            repository = _cache(arguments.cache_to, loaded.workspace)
            for problem in publish(planned.plan, publisher, outcomes, repository):
                sys.stderr.write(f"warning: {problem}\n")
        if code == EXIT_OK and not services:
            before = found if change else None
            note_unchanged(arguments, Run(planned, loaded, choice, built, before))
        return code


def _options(arguments: argparse.Namespace) -> pipeline.RunOptions:
    return pipeline.RunOptions(
        slots=arguments.jobs,
        fail_fast=arguments.fail_fast,
        push=arguments.push,
        timeout=arguments.timeout,
        retries=arguments.retries,
    )


def _reporter(arguments: argparse.Namespace, workspace: Workspace) -> Reporter:
    reporter = make_reporter(_mode(arguments), arguments.verbose, sys.stdout)
    prefix = None if arguments.json else os.path.relpath(workspace.source_root)
    reporter = with_ci(reporter, sys.stdout, junit=arguments.junit, prefix=prefix)
    return with_times(reporter, workspace.root, arguments.trace)


def _cache_from(arguments: argparse.Namespace, workspace: Workspace) -> str:
    return "" if offline(arguments) else _cache(arguments.cache_from or "", workspace)


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


def _mode(arguments: argparse.Namespace) -> Mode:
    if arguments.json:
        return "json"
    return "quiet" if arguments.quiet else "auto"


def _check(arguments: argparse.Namespace, workspace: Workspace) -> None:
    if offline(arguments) and (arguments.push or arguments.cache_to is not None):
        option = "--push" if arguments.push else "--cache-to"
        raise UsageError(
            f"`{option}` needs a registry and cannot be used offline",
            hint=f"remove `{option}`, or remove `--offline` and `{OFFLINE}`",
        )
    for option, wants in (("--push", arguments.push), ("--cache-to", arguments.cache_to == "")):
        if not wants or workspace.registry:
            continue
        raise UsageError(
            f"`{option}` needs a registry, and the config does not name one",
            hint=f"add `registry: registry.example.com/team` to `{workspace.file.name}`",
        )
