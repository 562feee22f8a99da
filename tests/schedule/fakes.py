"""Plans made of text, a manual clock, and a harness that runs the scheduler with them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msbuild.events import Event, JobFinished, Outcome
from msbuild.execute.api import Job, JobResult, Progress, Vertex
from msbuild.model import ImageRef, Stage, StageKind
from msbuild.planning.planner import Plan, PlannedJob, Reason
from msbuild.run_options import RunOptions
from msbuild.schedule import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

DEADLOCK = 10.0
"""The time limit of a test for events that must happen, in seconds."""


def planned(name: str, needs: frozenset[str] = frozenset()) -> PlannedJob:
    stage = Stage(f"{name}-build", StageKind.BUILD, ImageRef("debian"))
    job = Job(name, (stage,), frozenset({stage.name}), (), {}, {}, {}, {})
    return PlannedJob(job, needs, Reason("new", "new"), None, f"f-{name}", is_service=True)


def plan(text: str) -> Plan:
    """A plan of words: ``a``, or ``b:a,c`` for a job that needs others."""
    jobs = {}
    for word in text.split():
        name, _, needs = word.partition(":")
        jobs[name] = planned(name, frozenset(filter(None, needs.split(","))))
    return Plan("shop", jobs, {}, {})


def result(*cached: bool, stage: str = "x-build") -> JobResult:
    vertices = tuple(Vertex(stage, "RUN make", found, 1.0, 2.0) for found in cached)
    return JobResult("sha256:1", 10, vertices, 0)


class Clock:
    """Shows the time it was set to."""

    def __init__(self) -> None:
        self._now = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds


@dataclass
class Harness:
    """An executor that runs each job's action, and a listener that records everything."""

    actions: Mapping[str, Callable[[Progress, threading.Event], JobResult | None]] = field(
        default_factory=dict
    )
    clock: Clock = field(default_factory=Clock)
    cancel: threading.Event = field(default_factory=threading.Event)
    events: list[Event] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)
    on_event: Callable[[Event], None] = lambda _event: None

    def execute(self, job: PlannedJob, progress: Progress, cancel: threading.Event) -> JobResult:
        self.executed.append(job.job.name)
        action = self.actions.get(job.job.name)
        return (action(progress, cancel) if action else None) or result(False)

    def listen(self, event: Event) -> None:
        self.events.append(event)
        self.on_event(event)

    def run(self, text: str, *, log_dir: Path | None = None, **options: Any) -> dict[str, Outcome]:
        return run(
            plan(text),
            self.execute,
            RunOptions(**options),
            listener=self.listen,
            cancel=self.cancel,
            clock=self.clock,
            log_dir=log_dir,
        )

    def finished(self, job: str) -> JobFinished:
        (event,) = (e for e in self.events if isinstance(e, JobFinished) and e.job == job)
        return event

    def names(self) -> list[str]:
        """The events in order, as ``job:Event``, the outcome in place of ``JobFinished``."""
        return [
            f"{event.job}:{event.outcome}"
            if isinstance(event, JobFinished)
            else f"{getattr(event, 'job', '')}:{type(event).__name__}"
            for event in self.events
        ]
