"""The order of jobs: their costs, which one starts next, and a simulation of the run. Pure."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from msbuild.graph.algorithms import longest_path, reachable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

UNKNOWN = 1.0


def fill_gaps(estimates: Mapping[str, float | None]) -> dict[str, float]:
    """Seconds for every job: its estimate, else the median of the known ones, else 1."""
    known = sorted(seconds for seconds in estimates.values() if seconds is not None)
    # The upper median: importing `statistics` costs more than this whole module.
    usual = known[len(known) // 2] if known else UNKNOWN
    return {job: usual if seconds is None else seconds for job, seconds in estimates.items()}


def parents_first(needs: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The jobs in an order in which each comes after those it needs.

    Raises:
        ValueError: a job needs an unknown job, or the needs form a cycle.
    """
    for job, parents in needs.items():
        # Not a set difference: with a keys view, that iterates over all keys.
        if missing := [parent for parent in parents if parent not in needs]:
            raise ValueError(f"`{job}` needs {sorted(missing)}, which does not exist")
    # From the standard library: every run needs this, and importing NetworkX takes 150 ms.
    return tuple(TopologicalSorter(needs).static_order())


def children(needs: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """The jobs that need each job directly."""
    found: dict[str, list[str]] = {job: [] for job in needs}
    for job, parents in needs.items():
        for parent in parents:
            found[parent].append(job)
    return found


def paths_ahead(
    needs: Mapping[str, Collection[str]], costs: Mapping[str, float]
) -> dict[str, float]:
    """The seconds of the longest chain that starts with each job, the job itself included."""
    # NetworkX finds the longest chain of all, but not one for each job.
    dependents = children(needs)
    ahead: dict[str, float] = {}
    for job in reversed(parents_first(needs)):
        ahead[job] = costs[job] + max((ahead[child] for child in dependents[job]), default=0.0)
    return ahead


def longest_chain(
    needs: Mapping[str, Collection[str]], costs: Mapping[str, float]
) -> tuple[str, ...]:
    """The jobs of the longest chain in order: the critical path. Empty without jobs.

    Of chains that take the same time, the first by name is chosen.
    """
    return longest_path(((need, job) for job in needs for need in needs[job]), costs)


class Schedule:
    """Starts jobs, the longest path ahead first, and never uses more slots than there are.

    A job waits for those it needs, is ready, runs, possibly pauses, and ends exactly once. It takes
    as many slots as its weight, or all of them. Jobs start strictly in order: slots that are too
    few for the first in line stay free instead of going to a lighter job behind it, or a heavy job
    could wait forever.

    Args:
        needs: the jobs that each job waits for.
        costs: the seconds each job is expected to take.
        slots: the number of slots.
        weights: how many slots a job takes; one if it is not listed.

    Raises:
        ValueError: the needs name an unknown job or form a cycle, or there are no slots.
    """

    def __init__(
        self,
        needs: Mapping[str, Collection[str]],
        costs: Mapping[str, float],
        slots: int,
        weights: Mapping[str, int] | None = None,
    ) -> None:
        if slots < 1:
            raise ValueError("a schedule needs at least one slot")
        self._place = {job: place for place, job in enumerate(parents_first(needs))}
        self._free = slots
        self._weights = dict.fromkeys(needs, 1)
        self._weights |= {job: min(weight, slots) for job, weight in (weights or {}).items()}
        self._children = children(needs)
        self._missing = {job: set(parents) for job, parents in needs.items()}
        ahead = paths_ahead(needs, costs)
        # The position breaks ties, so that equal plans run in the same order.
        self._rank = {job: (-ahead[job], place) for place, job in enumerate(needs)}
        self._ready: list[tuple[tuple[float, int], str]] = []
        self._running: set[str] = set()
        self._paused: set[str] = set()
        self._ended: set[str] = set()
        for job, parents in needs.items():
            if not parents:
                self._make_ready(job)

    @property
    def done(self) -> bool:
        """Whether every job has ended."""
        return len(self._ended) == len(self._place)

    def start(self) -> str | None:
        """The job to start now; ``None`` if none is ready or too few slots are free."""
        if not self._ready or self._weights[self._ready[0][1]] > self._free:
            return None
        _, job = heapq.heappop(self._ready)
        self._running.add(job)
        self._free -= self._weights[job]
        return job

    def finished(self, job: str, *, ok: bool) -> tuple[str, ...]:
        """Note that a running or paused job ended; returns the descendants that are skipped."""
        if job in self._running:
            self._leave(job)
        self._paused.discard(job)
        self._ended.add(job)
        if not ok:
            return self._skip(set(reachable(self._children[job], self._children.__getitem__)))
        for child in self._children[job]:
            self._missing[child].discard(job)
            if not self._missing[child] and child not in self._ended:
                self._make_ready(child)
        return ()

    def pause(self, job: str) -> None:
        """Release the slots of a running job until ``again``."""
        self._leave(job)
        self._paused.add(job)

    def again(self, job: str) -> None:
        """Make a paused job ready."""
        self._paused.remove(job)
        self._make_ready(job)

    def give_up(self) -> tuple[str, ...]:
        """Skip every job that is neither running nor paused; returns them."""
        self._ready.clear()
        return self._skip(self._place.keys() - self._running - self._paused)

    def _leave(self, job: str) -> None:
        self._running.remove(job)
        self._free += self._weights[job]

    def _make_ready(self, job: str) -> None:
        heapq.heappush(self._ready, (self._rank[job], job))

    def _skip(self, jobs: set[str]) -> tuple[str, ...]:
        skipped = tuple(sorted(jobs - self._ended, key=self._place.__getitem__))
        self._ended.update(skipped)
        return skipped


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
