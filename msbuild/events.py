"""The events of a run. The scheduler emits them; reporters and history listen.

Times are seconds since the run began, on a monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
