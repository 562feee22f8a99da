"""A scheduler without a critical path: it starts whatever is ready, in a given order."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.scheduler.graphs import Case


def makespan(case: Case, order: Callable[[], float]) -> float:
    """The makespan of the case in seconds.

    Args:
        case: the graph.
        order: called when a job becomes ready; the job with the lowest value starts first.
    """
    children: dict[str, list[str]] = {job: [] for job in case.needs}
    missing = {job: len(needs) for job, needs in case.needs.items()}
    for job, needs in case.needs.items():
        for need in needs:
            children[need].append(job)
    ready = [(order(), job) for job, count in missing.items() if not count]
    heapq.heapify(ready)
    running: list[tuple[float, str]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < case.slots:
            job = heapq.heappop(ready)[1]
            heapq.heappush(running, (now + case.seconds[job], job))
        now, job = heapq.heappop(running)
        for child in children[job]:
            missing[child] -= 1
            if not missing[child]:
                heapq.heappush(ready, (order(), child))
    return now
