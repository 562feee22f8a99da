"""The options of a run, as one value: parsed in `commands/`, read from there to the scheduler.

A named tuple, as the fast path must start quickly and dataclasses take milliseconds to import.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Affects = Literal["result", "run", "plan", "load"]
"""The effect of an option.

``result``: what is built. It is part of the key of the build record.
``run``: only how a run is executed and reported.
``plan``: up-to-date images are not enough, so the run is planned even if nothing changed.
``load``: the same, and it depends on stages that have not changed, so all of them are loaded.
"""


class RunOptions(NamedTuple):
    """The options of a command line and of the environment.

    Attributes:
        file: the config; ``None`` for the nearest one.
        executor: ``docker``, ``local`` or ``auto``; other names come from the environment.
        compression: of the layers of images; ``None`` for the default.
        tags: the tags of the images, without repository.
        no_cache: rebuild even if up to date.
        push: push the images to the registry.
        cache_from: where to look for shared stages of other machines; empty for the default.
        cache_to: where to push shared stages; empty for the default, ``None`` for nowhere.
        offline: do not contact registries.
        jobs: the maximum number of parallel jobs.
        fail_fast: stop all jobs at the first failure, not only those that need the failed one.
        timeout: seconds that one attempt at a job may take; ``None`` for no limit.
        retries: retries of a job after a transient error.
        junit: the JUnit file to write, if any.
        trace: the trace file to write, if any.
        json: print events as JSON lines.
        quiet: print only failures and the result.
        verbose: from 1 on, also print the output of steps.
        github_actions: the run is a step of GitHub Actions, which shows annotations.
        result: the values of the options that affect the result, as JSON values.
        plan: the names of the given options with which the run must be planned.
        load: the names of the given options with which all stages must be loaded.
    """

    file: Path | None = None
    executor: str = "auto"
    compression: str | None = None
    tags: tuple[str, ...] = ("latest",)
    no_cache: bool = False
    push: bool = False
    cache_from: str = ""
    cache_to: str | None = None
    offline: bool = False
    jobs: int = 2
    fail_fast: bool = False
    timeout: float | None = None
    retries: int = 2
    junit: Path | None = None
    trace: Path | None = None
    json: bool = False
    quiet: bool = False
    verbose: int = 0
    github_actions: bool = False
    result: Mapping[str, Any] = MappingProxyType({})
    plan: tuple[str, ...] = ()
    load: tuple[str, ...] = ()
