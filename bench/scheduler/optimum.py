"""The best that any order can do, by trying them all; for graphs of some ten jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild.schedule.costs import paths_ahead
from msbuild.schedule.simulate import lower_bound, simulate

if TYPE_CHECKING:
    from bench.scheduler.graphs import Case

_EPSILON = 1e-9


def optimum(case: Case) -> float:
    """Seconds of the shortest schedule there is.

    Some shortest schedule starts every job, taken in the order of their starts, as soon as those
    before it allow: a job that could start earlier can be moved there and hurts nobody. So it
    suffices to try every order in which starts never go back, waiting slots included.
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
        """Try every next job.

        Args:
            ended: when the jobs that were placed end.
            free: when each slot is free, soonest first.
            last: when the job that was placed last begins.
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
