"""A sharper lower bound: it counts what must come before and after a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.schedule.order import children, paths_ahead

if TYPE_CHECKING:
    from bench.scheduler.graphs import Case


def sharper_bound(case: Case) -> float:
    """A makespan in seconds that no order can beat.

    For any times r and q: jobs with at least r seconds of other jobs before them and at least q
    seconds after them must do all their work between r after the start and q before the end.
    Unlike the usual bound, this one counts the sequential parts at both ends of a graph. It is
    never below the usual one: r = q = 0 gives the work, and the ends of a chain give the chain.
    """
    seconds = case.seconds
    behind = {job: ahead - seconds[job] for job, ahead in paths_ahead(case.needs, seconds).items()}
    turned = {job: frozenset(after) for job, after in children(case.needs).items()}
    before = {job: ahead - seconds[job] for job, ahead in paths_ahead(turned, seconds).items()}
    best = max(before[job] + seconds[job] + behind[job] for job in seconds)
    by_tail = sorted(seconds, key=lambda job: -behind[job])
    for start in set(before.values()):
        work = 0.0
        for job in by_tail:
            if before[job] >= start:
                work += seconds[job]
                best = max(best, start + work / case.slots + behind[job])
    return best
