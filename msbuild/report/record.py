"""The state of a run, collected from its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.events import (
    Event,
    JobFinished,
    JobRetried,
    JobStarted,
    Outcome,
    RunFinished,
    RunStarted,
    StepChanged,
)
from msbuild.graph.algorithms import reachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.planning.planner import Plan


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
