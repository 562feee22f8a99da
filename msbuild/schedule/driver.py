"""The loop's body: starts attempts, takes in what they send, ends them, and tells the listener."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from msbuild.events import JobFinished, JobRetried, JobStarted, LogLine, Outcome, StepChanged
from msbuild.schedule.attempt import Attempt, Ended, Printed, Stepped
from msbuild.schedule.costs import fill_gaps
from msbuild.schedule.joblog import JobLog
from msbuild.schedule.ready import Schedule
from msbuild.schedule.verdict import delay_before, failure_of, may_retry, outcome_of
from msbuild.schedule.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from msbuild.events import Listener
    from msbuild.planning.plan import Plan
    from msbuild.schedule.attempt import Execute, Inbox, Message

POLL = 0.05
"""Seconds between two looks at the cancel event and the deadlines."""

GRACE = 2.5
"""Seconds that a job which was told to stop may take to do so before it is left behind."""

BATCH = 500
"""Messages handled between two such looks, however fast they come."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run goes about it; the fields are the arguments of ``run``."""

    execute: Execute
    listener: Listener
    fail_fast: bool
    retries: int
    timeout: float | None
    log_dir: Path | None


@dataclass(slots=True)
class Tally:
    """What a job has used up over all its attempts."""

    log: JobLog
    attempts: int = 0
    seconds: float = 0


class Driver:
    """The state of a run. Its methods are called from one thread."""

    def __init__(
        self, plan: Plan, jobs: int, settings: Settings, clock: Callable[[], float]
    ) -> None:
        self._planned = plan.jobs
        self._set = settings
        self._clock = clock
        costs = fill_gaps({name: planned.estimate for name, planned in plan.jobs.items()})
        needs = {name: planned.needs for name, planned in plan.jobs.items()}
        cores = {name: planned.cores for name, planned in plan.jobs.items()}
        self._schedule = Schedule(needs, costs, jobs, cores)
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
        """Wait a little for news of the running jobs, and take in what there is."""
        if self.done:
            return
        with suppress(Empty):
            self._handle(self._inbox.get(timeout=POLL))
            for _ in range(BATCH):
                self._handle(self._inbox.get_nowait())

    def check_deadlines(self) -> None:
        """Stop what takes too long; leave behind what does not stop."""
        now = self._clock()
        timeout = self._set.timeout
        for attempt in list(self._running.values()):
            if attempt.told_to_stop is None:
                if timeout is not None and now - attempt.began >= timeout:
                    attempt.timed_out = True
                    attempt.stop(now)
            elif now - attempt.told_to_stop >= GRACE:
                self._end(Ended(attempt, None, TimeoutError("did not stop when told to")))

    def interrupt(self) -> None:
        """Stop everything, because somebody asked for it."""
        self._stop(None)

    def abandon(self) -> None:
        """Tell all that still runs to stop, without waiting for it; close the logs."""
        for attempt in self._running.values():
            attempt.stop(self._clock())
        self._workers.dismiss()
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
            return  # it was left behind and has nothing to say any more
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
        error = end.error or RuntimeError("the executor gave no result")
        if may_retry(attempt, error, self._set.retries):
            self._retry(name, attempt, error)
            return
        outcome, told = failure_of(attempt, error, self._set.timeout)
        self._tallies[name].log.end(told)
        self._finish(name, outcome, error=told)
        if outcome is Outcome.FAILED and self._set.fail_fast:
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
            self._tell(name, Outcome.CANCELLED if begun else Outcome.SKIPPED, because=because)

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
        self._tell(name, outcome, end=end, error=error)
        for other in skipped:
            self._tell(other, Outcome.SKIPPED, because=name)

    def _tell(
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
