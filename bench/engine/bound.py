"""A lower bound for the time of a build: its critical path, or its work divided by the cores."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Bound:
    """The two lower bounds of a build, in seconds."""

    critical_path: float
    cpu_share: float

    @property
    def seconds(self) -> float:
        """The larger of the two: no build can be faster."""
        return max(self.critical_path, self.cpu_share)


def bound(
    needs: Mapping[str, Collection[str]],
    seconds: Mapping[str, float],
    cpu_seconds: float,
    cores: int,
) -> Bound:
    """The bound of a graph of jobs.

    Args:
        needs: the jobs that every job waits for.
        seconds: how long the steps of every job take when no other job runs.
        cpu_seconds: CPU seconds of all steps.
        cores: the machine's cores.

    Raises:
        CycleError: the needs form a cycle.
    """
    ends: dict[str, float] = {}
    for job in TopologicalSorter(needs).static_order():
        before = max((ends[need] for need in needs.get(job, ())), default=0.0)
        ends[job] = before + seconds.get(job, 0.0)
    return Bound(max(ends.values(), default=0.0), cpu_seconds / cores)


def step_seconds(events: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """The seconds taken by the steps of every job, from the events of `msbuild --json`.

    Steps of the engine itself, such as exporting an image, do not count.
    """
    found: dict[str, float] = {}
    for event in events:
        if event["event"] == "step" and event["state"] == "done" and event["stage"]:
            found[event["job"]] = found.get(event["job"], 0.0) + event["seconds"]
    return found


def needs_of(events: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The jobs that every job waited for, from the same events."""
    for event in events:
        if event["event"] == "run_started":
            return {name: job["needs"] for name, job in event["jobs"].items()}
    return {}
