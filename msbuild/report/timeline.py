"""Which slots each job had at what time, from the events of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild.events import (
    Event,
    JobFinished,
    JobRetried,
    JobStarted,
    RunFinished,
    RunStarted,
    StepChanged,
)
from msbuild.schedule.costs import longest_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.execute.api import Vertex

RETRIED = "retried"
UNFINISHED = "unfinished"


@dataclass(slots=True)
class Span:
    """One attempt at a job.

    Attributes:
        slots: the slots it took, counted from 1.
        began, ended: seconds since the run began; ``ended`` is ``None`` while it runs.
        outcome: an outcome, or ``retried`` or ``unfinished``.
        steps: its steps, in the order in which they started.
        last: the event that ended it: the end of the job, or a retry.
    """

    job: str
    attempt: int
    slots: tuple[int, ...]
    began: float
    ended: float | None = None
    outcome: str = UNFINISHED
    steps: list[Vertex] = field(default_factory=list)
    last: JobFinished | JobRetried | None = None


class Timeline:
    """Collects the attempts of a run from its events.

    Attributes:
        start, end: the events of its start and end, once known.
        spans: every attempt, in the order in which they started.
        now: the time of the last event.
    """

    def __init__(self) -> None:
        self.start: RunStarted | None = None
        self.end: RunFinished | None = None
        self.spans: list[Span] = []
        self.now = 0.0
        self._running: dict[str, Span] = {}
        self._taken: set[int] = set()

    def note(self, event: Event) -> None:
        """Record an event."""
        self.now = event.at
        match event:
            case RunStarted():
                self.start = event
            case JobStarted():
                self._begin(event)
            case StepChanged(job=job, vertex=vertex) if job in self._running:
                _note_step(self._running[job].steps, vertex)
            case JobRetried() | JobFinished():
                self._end(event)
            case RunFinished():
                self.end = event

    def seconds(self) -> dict[str, float]:
        """How long each job that ran had its slots, over all attempts."""
        found: dict[str, float] = {}
        for span in self.spans:
            found[span.job] = found.get(span.job, 0.0) + self.until(span) - span.began
        return found

    def until(self, span: Span) -> float:
        """When a span ended; the time of the last event if it has not."""
        return self.now if span.ended is None else span.ended

    def needs(self) -> dict[str, frozenset[str]]:
        """The jobs that each job waited for, of those that ran."""
        jobs = self.start.plan.jobs if self.start else {}
        ran = dict.fromkeys(span.job for span in self.spans)
        return {job: jobs[job].needs & ran.keys() for job in ran}

    def critical(self) -> tuple[str, ...]:
        """The longest chain of jobs that ran, by duration."""
        return longest_chain(self.needs(), self.seconds())

    def _begin(self, event: JobStarted) -> None:
        wanted = 1
        if self.start:
            wanted = min(self.start.plan.jobs[event.job].cores, self.start.jobs)
        slots = tuple(slot for slot, _ in zip(self._free(), range(wanted), strict=False))
        self._taken.update(slots)
        span = Span(event.job, event.attempt, slots, event.at)
        self._running[event.job] = span
        self.spans.append(span)

    def _free(self) -> Iterator[int]:
        slot = 1
        while True:
            if slot not in self._taken:
                yield slot
            slot += 1

    def _end(self, event: JobRetried | JobFinished) -> None:
        span = self._running.pop(event.job, None)
        if span is None:
            return  # skipped, or cancelled before it had a slot
        self._taken.difference_update(span.slots)
        span.ended = event.at
        span.last = event
        span.outcome = event.outcome.value if isinstance(event, JobFinished) else RETRIED


def _note_step(steps: list[Vertex], vertex: Vertex) -> None:
    """Replace the previous state of a step, unless that had ended: then it was started again."""
    for place in reversed(range(len(steps))):
        known = steps[place]
        if (known.stage, known.name) == (vertex.stage, vertex.name):
            if known.completed is None or known.started == vertex.started:
                steps[place] = vertex
                return
            break
    steps.append(vertex)
