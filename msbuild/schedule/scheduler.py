"""Runs the jobs of a plan in parallel and reports what happens.

One thread, the caller's, takes all decisions and calls the listener. Attempts at jobs run on other
threads, which only send messages, so nothing here needs a lock.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from msbuild.events import JobFinished, JobRetried, JobStarted, LogLine, Outcome, StepChanged
from msbuild.schedule.attempts import (
    Attempt,
    Ended,
    Printed,
    Stepped,
    Workers,
    delay_before,
    failure_of,
    may_retry,
    outcome_of,
)
from msbuild.schedule.joblog import JobLog
from msbuild.schedule.order import Schedule, fill_gaps

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from msbuild.events import Listener
    from msbuild.planning.planner import Plan
    from msbuild.run_options import RunOptions
    from msbuild.schedule.attempts import Execute, Inbox, Message


POLL = 0.05
"""Seconds between checks of the cancel event and the deadlines."""

GRACE = 2.5
"""Seconds that a job may take to stop before it is abandoned."""

BATCH = 500
"""The maximum number of messages handled between two checks."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a run; the fields are the arguments of ``run``."""

    execute: Execute
    listener: Listener
    options: RunOptions
    log_dir: Path | None


@dataclass(slots=True)
class Tally:
    """The log, attempts and seconds of a job over all its attempts."""

    log: JobLog
    attempts: int = 0
    seconds: float = 0


class Driver:
    """The state of a run. Its methods are called from one thread."""

    def __init__(self, plan: Plan, settings: Settings, clock: Callable[[], float]) -> None:
        self._planned = plan.jobs
        self._set = settings
        self._clock = clock
        costs = fill_gaps({name: planned.estimate for name, planned in plan.jobs.items()})
        needs = {name: planned.needs for name, planned in plan.jobs.items()}
        cores = {name: planned.cores for name, planned in plan.jobs.items()}
        self._schedule = Schedule(needs, costs, settings.options.jobs, cores)
        self._inbox: Inbox = SimpleQueue()
        self._workers = Workers(settings.execute, self._inbox)
        self._running: dict[str, Attempt] = {}
        self._pauses: dict[str, float] = {}
        self._tallies: dict[str, Tally] = {}
        self._stopping = False
        self.outcomes: dict[str, Outcome] = {}

    @property
    def done(self) -> bool:
        """Whether every job has ended."""
        return self._schedule.done

    def start_jobs(self) -> None:
        """Fill the free slots."""
        now = self._clock()
        for name in [name for name, due in self._pauses.items() if due <= now]:
            del self._pauses[name]
            self._schedule.again(name)
        while (job := self._schedule.start()) is not None:
            self._start(job)

    def handle_messages(self) -> None:
        """Wait briefly for messages of running jobs and handle them."""
        if self.done:
            return
        with suppress(Empty):
            self._handle(self._inbox.get(timeout=POLL))
            for _ in range(BATCH):
                self._handle(self._inbox.get_nowait())

    def check_deadlines(self) -> None:
        """Stop jobs that take too long; abandon those that do not stop."""
        now = self._clock()
        timeout = self._set.options.timeout
        for attempt in list(self._running.values()):
            if attempt.stop_requested is None:
                if timeout is not None and now - attempt.began >= timeout:
                    attempt.timed_out = True
                    attempt.stop(now)
            elif now - attempt.stop_requested >= GRACE:
                self._end(Ended(attempt, None, TimeoutError("did not stop when cancelled")))

    def interrupt(self) -> None:
        """Stop everything because the user interrupted the run."""
        self._stop(None)

    def abandon(self) -> None:
        """Cancel everything that still runs without waiting for it; close the logs."""
        for attempt in self._running.values():
            attempt.stop(self._clock())
        self._workers.stop_threads()
        for tally in self._tallies.values():
            tally.log.close()

    def _start(self, name: str) -> None:
        if name not in self._tallies:
            self._tallies[name] = Tally(JobLog(self._set.log_dir, name))
        tally = self._tallies[name]
        tally.attempts += 1
        attempt = Attempt(self._planned[name], tally.attempts, self._clock())
        self._running[name] = attempt
        self._set.listener(JobStarted(attempt.began, name, attempt.number))
        self._workers.launch(attempt)

    def _handle(self, message: Message) -> None:
        attempt = message.attempt
        if isinstance(message, Ended):
            self._workers.returned()
        if self._running.get(attempt.name) is not attempt:
            return  # it was abandoned
        log = self._tallies[attempt.name].log
        match message:
            case Ended():
                self._end(message)
            case Stepped(vertex=vertex):
                attempt.note(vertex)
                log.step(vertex)
                self._set.listener(StepChanged(self._clock(), attempt.name, vertex))
            case Printed(step=step, text=text):
                attempt.tail.append(text)
                log.line(step, text)
                self._set.listener(LogLine(self._clock(), attempt.name, step, text))

    def _end(self, end: Ended) -> None:
        attempt = end.attempt
        name = attempt.name
        del self._running[name]
        self._tallies[name].seconds += self._clock() - attempt.began
        if end.error is None and end.result is not None:
            self._finish(name, outcome_of(end.result, attempt.planned.job), end=end)
            return
        error = end.error or RuntimeError("the executor returned no result")
        if may_retry(attempt, error, self._set.options.retries):
            self._retry(name, attempt, error)
            return
        outcome, failure = failure_of(attempt, error, self._set.options.timeout)
        self._tallies[name].log.end(failure)
        self._finish(name, outcome, error=failure)
        if outcome is Outcome.FAILED and self._set.options.fail_fast:
            self._stop(name)

    def _retry(self, name: str, attempt: Attempt, error: BaseException) -> None:
        now = self._clock()
        delay = delay_before(attempt.number + 1)
        self._schedule.pause(name)
        self._pauses[name] = now + delay
        self._tallies[name].log.retry(error, delay)
        self._set.listener(JobRetried(now, name, str(error), delay))

    def _stop(self, because: str | None) -> None:
        if self._stopping:
            return
        self._stopping = True
        for attempt in self._running.values():
            attempt.stop(self._clock())
        for name in list(self._pauses):
            del self._pauses[name]
            self._finish(name, Outcome.CANCELLED)
        for name in self._schedule.give_up():
            begun = name in self._tallies or because is None
            self._report(name, Outcome.CANCELLED if begun else Outcome.SKIPPED, because=because)

    def _finish(
        self,
        name: str,
        outcome: Outcome,
        *,
        end: Ended | None = None,
        error: Exception | None = None,
    ) -> None:
        ok = outcome in (Outcome.BUILT, Outcome.CACHED)
        skipped = self._schedule.finished(name, ok=ok)
        self._report(name, outcome, end=end, error=error)
        for other in skipped:
            self._report(other, Outcome.SKIPPED, because=name)

    def _report(
        self,
        name: str,
        outcome: Outcome,
        *,
        end: Ended | None = None,
        error: Exception | None = None,
        because: str | None = None,
    ) -> None:
        tally = self._tallies.get(name)
        if tally is not None:
            tally.log.close()
        self.outcomes[name] = outcome
        self._set.listener(
            JobFinished(
                at=self._clock(),
                job=name,
                outcome=outcome,
                seconds=tally.seconds if tally else 0,
                result=end.result if end else None,
                error=error,
                log=tally.log.path if tally else None,
                because=because,
            )
        )


def run(  # noqa: PLR0913 - each is a thing the caller decides
    plan: Plan,
    execute: Execute,
    options: RunOptions,
    *,
    listener: Listener,
    cancel: threading.Event,
    clock: Callable[[], float] = time.monotonic,
    started: float | None = None,
    log_dir: Path | None = None,
) -> dict[str, Outcome]:
    """Execute every job of the plan; returns the outcome of each by name.

    Args:
        plan: its ``jobs`` are run, its cached services ignored.
        execute: builds one job; called on a separate thread.
        options: how many jobs run in parallel, how long they may take, and what failures stop.
        listener: receives all events, always on the calling thread.
        cancel: once set, no more jobs start and running ones are cancelled.
        clock: seconds on a monotonic clock.
        started: the time of that clock that events count from; default: now.
        log_dir: where to write the full log of each job.
    """
    settings = Settings(execute, listener, options, log_dir)
    began = clock() if started is None else started
    driver = Driver(plan, settings, lambda: clock() - began)
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
