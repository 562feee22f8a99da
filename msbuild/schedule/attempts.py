"""Attempts at jobs: their messages, their threads, and their outcomes."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

from msbuild.errors import BuildError, TransientError, environment_error
from msbuild.events import Outcome
from msbuild.execute.api import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from msbuild.execute.api import Job, JobResult, Progress, Vertex
    from msbuild.planning.planner import PlannedJob

    Execute: TypeAlias = Callable[[PlannedJob, Progress, threading.Event], JobResult]
    Inbox: TypeAlias = "SimpleQueue[Message]"

TAIL_LINES = 20


@dataclass(eq=False, slots=True)
class Attempt:
    """One attempt at a job, and its state; only the scheduler's thread changes it.

    Attributes:
        number: counts from 1.
        began: when it got its slot.
        cancel: stops only this attempt.
        stop_requested: when ``cancel`` was set.
        timed_out: whether it was stopped because it took too long.
        step: the step that started last.
        tail: the last lines of its output.
    """

    planned: PlannedJob
    number: int
    began: float
    cancel: threading.Event = field(default_factory=threading.Event)
    stop_requested: float | None = None
    timed_out: bool = False
    step: str = ""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))

    @property
    def name(self) -> str:
        """The job's name."""
        return self.planned.job.name

    def note(self, vertex: Vertex) -> None:
        """Remember the running step, for errors."""
        if vertex.stage and vertex.completed is None:
            self.step = vertex.name

    def stop(self, now: float) -> None:
        """Request that it stops."""
        if self.stop_requested is None:
            self.stop_requested = now
            self.cancel.set()


@dataclass(frozen=True, slots=True)
class Stepped:
    """A step of the attempt began or ended."""

    attempt: Attempt
    vertex: Vertex


@dataclass(frozen=True, slots=True)
class Printed:
    """A step of the attempt printed a line."""

    attempt: Attempt
    step: str
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The attempt ended with a result or an error."""

    attempt: Attempt
    result: JobResult | None
    error: BaseException | None


Message: TypeAlias = Stepped | Printed | Ended


class Messenger:
    """The ``Progress`` for an executor: sends everything to the scheduler's inbox."""

    def __init__(self, attempt: Attempt, inbox: Inbox) -> None:
        self._attempt = attempt
        self._inbox = inbox

    def step(self, vertex: Vertex) -> None:
        """A step began or ended."""
        self._inbox.put(Stepped(self._attempt, vertex))

    def line(self, step: str, text: str) -> None:
        """A step printed a line."""
        self._inbox.put(Printed(self._attempt, step, text))


LONGEST_DELAY = 30.0


def outcome_of(result: JobResult, job: Job) -> Outcome:
    """``CACHED`` if every step of the job's stages was cached, ``BUILT`` if any ran.

    The executor's own steps do not count. A result without any steps is ``BUILT``: nothing counts
    as reused without proof.
    """
    stages = {stage.name for stage in job.stages}
    steps = [vertex for vertex in result.vertices if vertex.stage in stages]
    if steps and all(vertex.cached for vertex in steps):
        return Outcome.CACHED
    return Outcome.BUILT


def delay_before(attempt: int) -> float:
    """Seconds to wait before an attempt: 1 before the second, then twice as long each time."""
    return min(2.0 ** (attempt - 2), LONGEST_DELAY)


def may_retry(attempt: Attempt, error: BaseException, retries: int) -> bool:
    """Whether the attempt ended with a transient error and may be repeated."""
    wanted = attempt.stop_requested is None
    return wanted and isinstance(error, TransientError) and attempt.number <= retries


def failure_of(
    attempt: Attempt, error: BaseException, timeout: float | None
) -> tuple[Outcome, Exception | None]:
    """The outcome of an attempt that ended with an error, and the error to show.

    An attempt that was stopped may end with any error: it means nothing.
    """
    if attempt.timed_out:
        return Outcome.FAILED, timeout_failure(attempt, timeout)
    if attempt.stop_requested is not None or isinstance(error, Cancelled):
        return Outcome.CANCELLED, None
    if isinstance(error, OSError):
        return Outcome.FAILED, environment_error(error)
    return Outcome.FAILED, error if isinstance(error, Exception) else RuntimeError(repr(error))


def timeout_failure(attempt: Attempt, timeout: float | None) -> BuildError:
    """The error of an attempt that took longer than the timeout."""
    return BuildError(
        f"timed out after {timeout or 0:g} s",
        stage=attempt.planned.job.target.name,
        step=attempt.step,
        tail=tuple(attempt.tail),
        hint="allow more time with `--timeout`, or check the log to see where it hangs",
    )


class Workers:
    """Runs each attempt immediately, on an idle thread or a new one.

    Threads are reused because starting one costs more than everything else a scheduler does for a
    job. They are daemons: one that ignores its cancel event must not keep the process alive. All
    methods are called from one thread.

    Args:
        execute: runs an attempt.
        inbox: receives the messages of attempts.
    """

    def __init__(self, execute: Execute, inbox: Inbox) -> None:
        self._execute = execute
        self._inbox = inbox
        self._waiting: SimpleQueue[Attempt | None] = SimpleQueue()
        self._idle = 0
        self._threads = 0

    def launch(self, attempt: Attempt) -> None:
        """Run an attempt."""
        self._waiting.put(attempt)
        if self._idle:
            self._idle -= 1
            return
        self._threads += 1
        threading.Thread(target=self._work, name=f"worker-{self._threads}", daemon=True).start()

    def returned(self) -> None:
        """An attempt sent ``Ended``, so its thread is idle."""
        self._idle += 1

    def stop_threads(self) -> None:
        """End every thread, now or after its last attempt."""
        for _ in range(self._threads):
            self._waiting.put(None)

    def _work(self) -> None:
        while (attempt := self._waiting.get()) is not None:
            self._inbox.put(self._ended(attempt))

    def _ended(self, attempt: Attempt) -> Ended:
        try:
            result = self._execute(attempt.planned, Messenger(attempt, self._inbox), attempt.cancel)
        except BaseException as error:  # noqa: BLE001 - the last place to catch it
            return Ended(attempt, None, error)
        return Ended(attempt, result, None)
