"""Runs the jobs of a plan side by side, and tells what happens.

One thread, the caller's, decides everything and calls the listener; attempts at jobs run on threads
that only send messages. So nothing here needs a lock.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msbuild.schedule.driver import Driver, Settings

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from msbuild.events import Listener, Outcome
    from msbuild.planning.plan import Plan
    from msbuild.schedule.attempt import Execute


def run(  # noqa: PLR0913 - each is a thing the caller decides
    plan: Plan,
    execute: Execute,
    *,
    jobs: int,
    listener: Listener,
    cancel: threading.Event,
    fail_fast: bool = False,
    retries: int = 2,
    timeout: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    started: float | None = None,
    log_dir: Path | None = None,
) -> dict[str, Outcome]:
    """Execute every job of the plan and give the outcome of each, by name.

    Args:
        plan: its ``jobs`` are run; what it holds as cached is none of the scheduler's business.
        execute: builds one job; called on a thread that does nothing else meanwhile.
        jobs: how many run at a time.
        listener: told of everything that happens, always from the calling thread.
        cancel: once set, nothing more starts and all that runs is told to stop.
        fail_fast: stop everything at the first failure instead of only what needs the failed job.
        retries: how often a job that met a ``TransientFault`` is tried again.
        timeout: seconds that one attempt at a job may take.
        clock: seconds on a monotonic clock.
        started: what that clock showed when the run began, which events count from; else now.
        log_dir: where the full log of each job goes.
    """
    settings = Settings(execute, listener, fail_fast, retries, timeout, log_dir)
    began = clock() if started is None else started
    driver = Driver(plan, jobs, settings, lambda: clock() - began)
    try:
        while not driver.done:
            if cancel.is_set():
                driver.interrupt()
            driver.start_jobs()
            driver.handle_messages()
            driver.check_deadlines()
    finally:
        driver.abandon()
    return driver.outcomes
