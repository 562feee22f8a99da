"""Runs the real schedule in simulated time: how long a run would take. Pure."""

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
    """A run that never happened.

    Attributes:
        makespan: seconds from its begin to its end.
        began, ended: when each job did, in seconds since the run began.
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
    """Let every job take its time, in the order that the scheduler would choose.

    Args:
        needs: what every job has to wait for.
        seconds: what every job takes.
        slots: how many there are.
        weights: how many slots a job takes; one where it is not named.
        estimates: what the scheduler believes that jobs take; the truth if not given.

    Raises:
        ValueError: the needs name an unknown job or form a cycle, or there is no slot.
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
    """Seconds below which no order of the jobs comes, whoever chooses it.

    The longest chain takes its time on any number of slots, and all slots together have to do all
    of the work.
    """
    chain = max(paths_ahead(needs, seconds).values(), default=0.0)
    taken = {job: min((weights or {}).get(job, 1), slots) for job in seconds}
    return max(chain, sum(seconds[job] * taken[job] for job in seconds) / slots)
