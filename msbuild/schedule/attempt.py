"""One try at a job: a thread of its own, and the messages it sends home."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from queue import SimpleQueue

    from msbuild.execute.protocol import JobResult, Progress, Vertex
    from msbuild.plan import PlannedJob

    Execute: TypeAlias = Callable[[PlannedJob, Progress, threading.Event], JobResult]
    Inbox: TypeAlias = "SimpleQueue[Message]"

TAIL_LINES = 20


@dataclass(eq=False, slots=True)
class Attempt:
    """A try at a job and what is known of it so far; only the scheduler's own thread changes it.

    Attributes:
        number: counts from 1.
        began: when it got its slot.
        cancel: tells this attempt alone to stop.
        told_to_stop: when ``cancel`` was set.
        timed_out: whether it was told to stop for taking too long.
        step: the step that began last.
        tail: the last lines it printed.
    """

    planned: PlannedJob
    number: int
    began: float
    cancel: threading.Event = field(default_factory=threading.Event)
    told_to_stop: float | None = None
    timed_out: bool = False
    step: str = ""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))

    @property
    def name(self) -> str:
        """The job's name."""
        return self.planned.job.name

    def note(self, vertex: Vertex) -> None:
        """Remember the step that is at work, for a failure to name."""
        if vertex.stage and vertex.completed is None:
            self.step = vertex.name

    def stop(self, now: float) -> None:
        """Tell it to stop, once."""
        if self.told_to_stop is None:
            self.told_to_stop = now
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
    """The attempt is over, with a result or with an error."""

    attempt: Attempt
    result: JobResult | None
    error: BaseException | None


Message: TypeAlias = Stepped | Printed | Ended


class Messenger:
    """The ``Progress`` an executor gets: puts everything into the scheduler's inbox."""

    def __init__(self, attempt: Attempt, inbox: Inbox) -> None:
        self._attempt = attempt
        self._inbox = inbox

    def step(self, vertex: Vertex) -> None:
        """A step began or ended."""
        self._inbox.put(Stepped(self._attempt, vertex))

    def line(self, step: str, text: str) -> None:
        """A step printed a line."""
        self._inbox.put(Printed(self._attempt, step, text))


def launch(attempt: Attempt, execute: Execute, inbox: Inbox) -> None:
    """Run the attempt on a new thread; whatever comes of it ends up in the inbox.

    The thread is a daemon: one that ignores its cancel event must not keep the process alive.
    """

    def work() -> None:
        try:
            result = execute(attempt.planned, Messenger(attempt, inbox), attempt.cancel)
        except BaseException as error:  # noqa: BLE001 - nobody else is there to catch it
            inbox.put(Ended(attempt, None, error))
        else:
            inbox.put(Ended(attempt, result, None))

    threading.Thread(target=work, name=f"job-{attempt.name}", daemon=True).start()
