"""A lower bound that knows more than the usual one: what comes before and after takes its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.schedule.costs import children, paths_ahead

if TYPE_CHECKING:
    from bench.scheduler.graphs import Case


def sharper_bound(case: Case) -> float:
    """Seconds below which no order comes.

    For any times r and q: jobs that have at least r of other jobs before them and at least q behind
    them must do all of their work on the slots between r after the begin and q before the end.
    Whatever is not parallel at both ends of a graph is in this bound and not in the usual one,
    which it is never below: r = q = 0 is the work, a chain's own ends are the chain.
    """
    seconds = case.seconds
    behind = {job: ahead - seconds[job] for job, ahead in paths_ahead(case.needs, seconds).items()}
    turned = {job: frozenset(after) for job, after in children(case.needs).items()}
    before = {job: ahead - seconds[job] for job, ahead in paths_ahead(turned, seconds).items()}
    best = max(before[job] + seconds[job] + behind[job] for job in seconds)
    by_tail = sorted(seconds, key=lambda job: -behind[job])
    for begin in set(before.values()):
        work = 0.0
        for job in by_tail:
            if before[job] >= begin:
                work += seconds[job]
                best = max(best, begin + work / case.slots + behind[job])
    return best
