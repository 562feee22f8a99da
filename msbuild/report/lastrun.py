"""Which slots each job had and when; stored for `msbuild timing`.

The times are stored in ``.msbuild/timing.json``. Like all state it may be deleted at any moment; if
it cannot be read, it counts as missing.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from msbuild.events import (
    Event,
    JobFinished,
    JobRetried,
    JobStarted,
    RunFinished,
    RunStarted,
    StepChanged,
)
from msbuild.schedule.order import longest_chain
from msbuild.state.files import (
    STATE_DIRECTORY,
    checksummed,
    read_regular,
    verify_checksum,
    write_atomically,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

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


VERSION = 1


@dataclass(frozen=True, slots=True)
class JobTimes:
    """One job of the last run.

    Attributes:
        needs: the jobs that it waited for, of those that ran.
        cores: how many slots it took.
        outcome: how it ended.
        spans: each attempt: start and end in seconds since the start of the run, and its slots.
    """

    needs: tuple[str, ...]
    cores: int
    outcome: str
    spans: tuple[tuple[float, float, tuple[int, ...]], ...]

    @property
    def seconds(self) -> float:
        """How long it had its slots, over all attempts."""
        return sum(ended - began for began, ended, _ in self.spans)

    @property
    def began(self) -> float:
        """When it first had a slot."""
        return self.spans[0][0]

    @property
    def ended(self) -> float:
        """When it ended."""
        return self.spans[-1][1]


@dataclass(frozen=True, slots=True)
class LastRun:
    """A run that ran jobs.

    Attributes:
        at: when it ended, in seconds since the epoch.
        slots: the number of slots.
        seconds: the time of the run, including planning.
        jobs: those that ran, by name, in the order in which they started.
    """

    at: float
    workspace: str
    executor: str
    slots: int
    seconds: float
    exit_code: int
    jobs: Mapping[str, JobTimes]


def file_of(root: Path) -> Path:
    """The file for the workspace in a directory."""
    return root / STATE_DIRECTORY / "timing.json"


def write(file: Path, run: LastRun) -> None:
    """Store a run. An error here does not fail the run."""
    with suppress(OSError):
        write_atomically(file, [checksummed({"version": VERSION, **asdict(run)})])


def read(file: Path) -> LastRun | None:
    """The last run; ``None`` if there was none or its file is damaged."""
    try:
        found = verify_checksum(read_regular(file))
        if found.pop("version") != VERSION:
            return None
        jobs = {name: _job(job) for name, job in found.pop("jobs").items()}
        run = LastRun(**found, jobs=jobs)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return (
        run
        if jobs and all(job.spans and jobs.keys() >= {*job.needs} for job in jobs.values())
        else None
    )


def _job(found: dict[str, Any]) -> JobTimes:
    spans = tuple((float(a), float(b), tuple(map(int, slots))) for a, b, slots in found["spans"])
    return JobTimes(tuple(found["needs"]), int(found["cores"]), str(found["outcome"]), spans)


class LastRunReporter:
    """Stores the times of a run at its end, if any job ran.

    Args:
        file: the file to write, in an existing directory.
        clock: seconds since the epoch.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._timeline = Timeline()

    def __call__(self, event: Event) -> None:
        """Record an event; the last one writes the file."""
        self._timeline.note(event)
        if isinstance(event, RunFinished) and self._timeline.spans:
            write(self._file, self._run(event))

    def close(self) -> None:
        """Nothing to close."""

    def _run(self, end: RunFinished) -> LastRun:
        start = self._timeline.start
        if start is None:
            raise AssertionError("a run ended that never started")
        needs = self._timeline.needs()
        spans: dict[str, list[tuple[float, float, tuple[int, ...]]]] = {}
        outcomes: dict[str, str] = {}
        for span in self._timeline.spans:
            times = (round(span.began, 3), round(self._timeline.until(span), 3), span.slots)
            spans.setdefault(span.job, []).append(times)
            outcomes[span.job] = span.outcome
        return LastRun(
            at=self._clock(),
            workspace=start.plan.workspace,
            executor=start.executor,
            slots=start.jobs,
            seconds=round(end.seconds, 3),
            exit_code=end.exit_code,
            jobs={
                job: JobTimes(
                    needs=tuple(sorted(needs[job])),
                    cores=min(start.plan.jobs[job].cores, start.jobs),
                    outcome=outcomes[job],
                    spans=tuple(spans[job]),
                )
                for job in spans
            },
        )
