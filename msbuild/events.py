"""The events of a run, and the state they add up to. The scheduler emits them; reporters listen.

Times are seconds since the run began, on a monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from msbuild.graph.algorithms import reachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from msbuild.execute.api import JobResult, Vertex
    from msbuild.planning.planner import Plan


class Outcome(StrEnum):
    """How a job ended."""

    BUILT = "built"
    CACHED = "cached"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Planning is finished; the jobs start."""

    at: float
    plan: Plan
    executor: str
    jobs: int


@dataclass(frozen=True, slots=True)
class JobStarted:
    """A job got a slot. ``attempt`` counts from 1."""

    at: float
    job: str
    attempt: int


@dataclass(frozen=True, slots=True)
class StepChanged:
    """A step of a job began or ended, as named by the executor."""

    at: float
    job: str
    vertex: Vertex


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a step printed, without its line end."""

    at: float
    job: str
    step: str
    text: str


@dataclass(frozen=True, slots=True)
class JobRetried:
    """A transient error; the job is retried after ``delay`` seconds."""

    at: float
    job: str
    reason: str
    delay: float


@dataclass(frozen=True, slots=True)
class JobFinished:
    """A job ended.

    Attributes:
        seconds: how long it had a slot; 0 if it never had one.
        result: the result from the executor, if it succeeded.
        error: the error, if the job failed.
        log: the path of the job's full log, if one was written.
        because: the failed job that caused this job to be skipped.
    """

    at: float
    job: str
    outcome: Outcome
    seconds: float = 0
    result: JobResult | None = None
    error: Exception | None = None
    log: str | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over.

    Attributes:
        seconds: the time of the run, including planning.
        exit_code: the exit code of the process.
        outcomes: the outcome of every service and job of the plan by name.
        builder_sizes: bytes of the stage that compiled each service, if the executor reports it.
    """

    at: float
    seconds: float
    exit_code: int
    outcomes: dict[str, Outcome]
    builder_sizes: Mapping[str, int] = field(default_factory=dict)


Event = RunStarted | JobStarted | StepChanged | LogLine | JobRetried | JobFinished | RunFinished
Listener: TypeAlias = "Callable[[Event], None]"


class RunRecord:
    """Collects the events of a run for reporters.

    Attributes:
        start: the start of the run, once it has started.
        end: the end of the run, once it is over.
        running: when each running job got its slot.
        finished: how each job ended, in that order.
    """

    def __init__(self) -> None:
        self.start: RunStarted | None = None
        self.end: RunFinished | None = None
        self.running: dict[str, float] = {}
        self.finished: dict[str, JobFinished] = {}
        self._seen: dict[str, set[tuple[str, str, str]]] = {}

    def note(self, event: Event) -> None:
        """Record an event."""
        match event:
            case RunStarted():
                self.start = event
            case JobStarted():
                self.running[event.job] = event.at
                self._seen[event.job] = set()
            case JobRetried():
                self.running.pop(event.job, None)
            case JobFinished():
                self.running.pop(event.job, None)
                self.finished[event.job] = event
            case RunFinished():
                self.end = event

    @property
    def plan(self) -> Plan | None:
        """The plan, once the run has started."""
        return self.start.plan if self.start else None

    @property
    def failures(self) -> list[JobFinished]:
        """The failed jobs, in the order in which they failed."""
        return [job for job in self.finished.values() if job.outcome is Outcome.FAILED]

    def is_service(self, job: str) -> bool:
        """Whether the job builds a service; otherwise it is a shared stage."""
        return self.plan is None or job not in self.plan.jobs or self.plan.jobs[job].is_service

    def services(self) -> Iterator[tuple[str, Outcome]]:
        """Every service with its outcome, including those that were up to date."""
        if self.plan is None:
            return
        for name, planned in self.plan.jobs.items():
            if planned.is_service and name in self.finished:
                yield name, self.finished[name].outcome
        for name in self.plan.cached:
            yield name, self.end.outcomes.get(name, Outcome.CACHED) if self.end else Outcome.CACHED

    def new_step(self, event: StepChanged) -> str | None:
        """The new state of a step: ``begun``, ``cached``, ``done`` or ``failed``.

        ``None`` if it was already reported: engines repeat themselves.
        """
        vertex = event.vertex
        if vertex.error:
            state = "failed"
        elif vertex.cached:
            state = "cached"
        elif vertex.completed is not None:
            state = "done"
        else:
            state = "begun"
        key = (vertex.stage, vertex.name, state)
        seen = self._seen.setdefault(event.job, set())
        if key in seen:
            return None
        seen.add(key)
        return state

    def why_skipped(self, event: JobFinished) -> str:
        """``needs go-deps, which failed``."""
        because = event.because or ""
        other = self.finished.get(because)
        ended = "was cancelled" if other and other.outcome is Outcome.CANCELLED else "failed"
        if self._needs(event.job, because):
            return f"needs {because}, which {ended}"
        return f"{because} {ended}"

    def _needs(self, job: str, other: str) -> bool:
        jobs = self.plan.jobs if self.plan else {}
        ahead = reachable((job,), lambda name: jobs[name].needs if name in jobs else ())
        return job != other and other in ahead
