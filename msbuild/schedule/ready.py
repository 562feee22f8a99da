"""Decides which job starts next: a state machine without threads or a clock."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from msbuild.graph.algorithms import reachable
from msbuild.schedule.costs import children, parents_first, paths_ahead

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


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
