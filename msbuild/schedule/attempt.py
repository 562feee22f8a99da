"""One try at a job, and the messages it sends home."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from queue import SimpleQueue

    from msbuild.execute.api import JobResult, Progress, Vertex
    from msbuild.planning.plan import PlannedJob

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
