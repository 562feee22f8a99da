"""The shortest possible makespan, found by trying all orders; for graphs of about ten jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild.schedule.order import lower_bound, paths_ahead, simulate

if TYPE_CHECKING:
    from bench.scheduler.graphs import Case

_EPSILON = 1e-9


def optimum(case: Case) -> float:
    """The makespan of the shortest schedule in seconds.

    In some shortest schedule every job, in order of start, starts as soon as the jobs before it
    allow: moving a job to an earlier possible start delays no other. So it is enough to try every
    order in which starts never decrease, even if a slot waits.
    """
    least = lower_bound(case.needs, case.seconds, case.slots)
    first = simulate(case.needs, case.seconds, case.slots).makespan
    search = _Search(case, paths_ahead(case.needs, case.seconds), least, first)
    search.go({}, (0.0,) * case.slots, 0.0)
    return search.best


@dataclass(slots=True)
class _Search:
    case: Case
    ahead: dict[str, float]
    least: float
    best: float
    seen: set[object] = field(default_factory=set)

    def go(self, ended: dict[str, float], free: tuple[float, ...], last: float) -> None:
        """Try every job that can come next.

        Args:
            ended: end times of the jobs placed so far.
            free: when each slot becomes free, earliest first.
            last: start time of the job placed last.
        """
        if self.best <= self.least + _EPSILON:
            return
        if len(ended) == len(self.case.needs):
            self.best = min(self.best, max(ended.values()))
            return
        state = (frozenset(ended.items()), last)
        if state in self.seen:
            return
        self.seen.add(state)
        for job, needs in self.case.needs.items():
            if job in ended or not needs <= ended.keys():
                continue
            start = max(last, free[0], *(ended[need] for need in needs), 0.0)
            if start + self.ahead[job] >= self.best - _EPSILON:
                continue
            end = start + self.case.seconds[job]
            self.go({**ended, job: end}, tuple(sorted((*free[1:], end))), start)
