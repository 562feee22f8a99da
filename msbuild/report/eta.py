"""How far a run is and how long it may still take, from what its jobs took last time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.schedule.costs import fill_gaps
from msbuild.schedule.simulate import lower_bound

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from msbuild.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far a run is.

    Attributes:
        share: of the work that is done, from 0 to 1.
        remaining: seconds until the end; ``None`` where no job has ever been measured.
    """

    share: float
    remaining: float | None


class Forecast:
    """Foresees the end of a run.

    No schedule ends before its longest chain does, nor before all slots together have done all
    the work: the greater of the two is a fair guess.

    Args:
        plan: the jobs, with their estimates.
        slots: how many run at a time.
    """

    def __init__(self, plan: Plan, slots: int) -> None:
        estimates = {name: planned.estimate for name, planned in plan.jobs.items()}
        self._known = any(estimate is not None for estimate in estimates.values())
        self._costs = fill_gaps(estimates)
        self._needs = {name: planned.needs for name, planned in plan.jobs.items()}
        self._cores = {name: planned.cores for name, planned in plan.jobs.items()}
        self._slots = slots

    def look(self, finished: Collection[str], elapsed: Mapping[str, float]) -> Outlook:
        """Where the run stands, given what has ended and how long each running job has run."""
        left = {name: self._left(name, finished, elapsed) for name in self._costs}
        total = sum(self._costs.values())
        share = 1 - sum(left.values()) / total if total else 1.0
        if not self._known:
            return Outlook(share, None)
        return Outlook(share, lower_bound(self._needs, left, self._slots, self._cores))

    def _left(self, name: str, finished: Collection[str], elapsed: Mapping[str, float]) -> float:
        if name in finished:
            return 0.0
        return max(self._costs[name] - elapsed.get(name, 0.0), 0.0)
