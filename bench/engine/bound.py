"""The least time that a build can take: its critical path, or its work spread over all cores."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Bound:
    """Seconds, and the two that it is the larger of."""

    critical_path: float
    cpu_share: float

    @property
    def seconds(self) -> float:
        """No build can be faster."""
        return max(self.critical_path, self.cpu_share)


def bound(
    needs: Mapping[str, Collection[str]],
    seconds: Mapping[str, float],
    cpu_seconds: float,
    cores: int,
) -> Bound:
    """The bound of a graph of jobs.

    Args:
        needs: what every job has to wait for.
        seconds: how long the steps of every job take when nothing runs beside them.
        cpu_seconds: of all steps together.
        cores: of the machine.

    Raises:
        CycleError: the needs form a cycle.
    """
    ends: dict[str, float] = {}
    for job in TopologicalSorter(needs).static_order():
        before = max((ends[need] for need in needs.get(job, ())), default=0.0)
        ends[job] = before + seconds.get(job, 0.0)
    return Bound(max(ends.values(), default=0.0), cpu_seconds / cores)


def step_seconds(events: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """The seconds that the steps of every job took, from the events of `msbuild --json`.

    Steps of the engine itself, such as the export of an image, are none of the stages'.
    """
    found: dict[str, float] = {}
    for event in events:
        if event["event"] == "step" and event["state"] == "done" and event["stage"]:
            found[event["job"]] = found.get(event["job"], 0.0) + event["seconds"]
    return found


def needs_of(events: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What every job had to wait for, from the same events."""
    for event in events:
        if event["event"] == "run_started":
            return {name: job["needs"] for name, job in event["jobs"].items()}
    return {}
