"""Runs the real schedule in simulated time, to predict how long a run takes. Pure."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.schedule.costs import paths_ahead
from msbuild.schedule.ready import Schedule

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulated run.

    Attributes:
        makespan: seconds from start to end.
        began, ended: when each job started and ended, in seconds since the start of the run.
    """

    makespan: float
    began: Mapping[str, float]
    ended: Mapping[str, float]


def simulate(
    needs: Mapping[str, Collection[str]],
    seconds: Mapping[str, float],
    slots: int,
    *,
    weights: Mapping[str, int] | None = None,
    estimates: Mapping[str, float] | None = None,
) -> Simulated:
    """Simulate a run in the order that the scheduler would choose.

    Args:
        needs: the jobs that each job waits for.
        seconds: how long each job takes.
        slots: the number of slots.
        weights: how many slots a job takes; one if it is not listed.
        estimates: how long the scheduler expects jobs to take; default: ``seconds``.

    Raises:
        ValueError: the needs name an unknown job or form a cycle, or there are no slots.
    """
    schedule = Schedule(needs, seconds if estimates is None else estimates, slots, weights)
    now = 0.0
    began: dict[str, float] = {}
    ended: dict[str, float] = {}
    running: list[tuple[float, int, str]] = []
    while not schedule.done:
        while (job := schedule.start()) is not None:
            began[job] = now
            heapq.heappush(running, (now + seconds[job], len(began), job))
        now, _, job = heapq.heappop(running)
        ended[job] = now
        schedule.finished(job, ok=True)
    return Simulated(now, began, ended)


def lower_bound(
    needs: Mapping[str, Collection[str]],
    seconds: Mapping[str, float],
    slots: int,
    weights: Mapping[str, int] | None = None,
) -> float:
    """A lower bound on the seconds that the jobs take in any order.

    It is the larger of the longest chain and the total work divided by the slots.
    """
    chain = max(paths_ahead(needs, seconds).values(), default=0.0)
    taken = {job: min((weights or {}).get(job, 1), slots) for job in seconds}
    return max(chain, sum(seconds[job] * taken[job] for job in seconds) / slots)
