"""What `all` and `build` share: plan, execute, report."""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from msbuild import loading, pipeline
from msbuild.commands.choosing import find_executor
from msbuild.commands.standing import note_standing
from msbuild.commands.workspace import find, make_registry
from msbuild.delivery import publish
from msbuild.errors import EXIT_OK, UsageError
from msbuild.events import JobFinished, RunFinished
from msbuild.interrupt import interruptible
from msbuild.planner import Request
from msbuild.report.console import make_reporter, with_ci

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from msbuild.events import Event, Outcome
    from msbuild.model import Workspace
    from msbuild.report.console import Mode, Reporter


def build(arguments: argparse.Namespace, services: Sequence[str]) -> int:
    """Build services and report; returns the exit code."""
    started = time.monotonic()
    loaded = loading.load(find(arguments))
    _check(arguments, loaded.workspace)
    request = Request(
        services=loading.select(loaded.workspace, services),
        tags=tuple(dict.fromkeys(arguments.tag or ("latest",))),
        no_cache=arguments.no_cache,
        push=arguments.push,
        cache_from=_cache(arguments.cache_from or "", loaded.workspace),
    )
    registry = make_registry(loaded)
    options = pipeline.RunOptions(
        slots=arguments.jobs,
        fail_fast=arguments.fail_fast,
        push=arguments.push,
        timeout=arguments.timeout,
        retries=arguments.retries,
    )
    choice = find_executor(arguments, loaded, request.services)
    if choice.told and not arguments.quiet:
        sys.stderr.write(f"{choice.told}\n")
    with (
        closing(choice.executor) as executor,
        interruptible() as cancel,
        closing(_reporter(arguments, loaded.workspace)) as reporter,
    ):
        planned = pipeline.plan(loaded, executor, request, started, registry)
        outcomes: dict[str, Outcome] = {}
        images: dict[str, str] = {}

        def listen(event: Event) -> None:
            reporter(event)
            if isinstance(event, JobFinished) and event.result and event.result.image:
                images[event.job] = event.result.image
            if isinstance(event, RunFinished):
                outcomes.update(event.outcomes)

        code = pipeline.execute(planned, executor, options, listen, cancel)
        if arguments.cache_to is not None and not cancel.is_set():
            repository = _cache(arguments.cache_to, loaded.workspace)
            for problem in publish(planned.plan, executor, outcomes, repository):
                sys.stderr.write(f"warning: {problem}\n")
        if code == EXIT_OK and not services:
            note_standing(arguments, planned, choice, images)
        return code


def _reporter(arguments: argparse.Namespace, workspace: Workspace) -> Reporter:
    reporter = make_reporter(_mode(arguments), arguments.verbose, sys.stdout)
    prefix = None if arguments.json else os.path.relpath(workspace.source_root)
    return with_ci(reporter, sys.stdout, junit=arguments.junit, prefix=prefix)


def _cache(given: str, workspace: Workspace) -> str:
    """The repository for shared stages: the one that was given, else one beside the services."""
    return given or (workspace.repository("msbuild-cache") if workspace.registry else "")


def _mode(arguments: argparse.Namespace) -> Mode:
    if arguments.json:
        return "json"
    return "quiet" if arguments.quiet else "auto"


def _check(arguments: argparse.Namespace, workspace: Workspace) -> None:
    for option, wants in (("--push", arguments.push), ("--cache-to", arguments.cache_to == "")):
        if not wants or workspace.registry:
            continue
        raise UsageError(
            f"`{option}` has nowhere to go: the config names no registry",
            hint=f"add `registry: registry.example.com/team` to `{workspace.file.name}`",
        )
