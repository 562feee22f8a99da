"""Analyzes the last run: critical path, use of slots, what would help. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.schedule.order import longest_chain, lower_bound, simulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild.report.lastrun import LastRun

_LONGEST_JOBS = 6
"""The number of jobs of the path, and of all, to try: each requires a simulation of the run."""

_MOST_JOBS = 3
_LEAST_SHARE = 0.01
"""Savings below this share of the run are not reported."""


@dataclass(frozen=True, slots=True)
class Link:
    """A job of the critical path.

    Attributes:
        seconds: how long it had its slots.
        share: its share of the path.
        waited: seconds between when it could have started and when it did.
    """

    job: str
    seconds: float
    share: float
    waited: float


@dataclass(frozen=True, slots=True)
class SlotUse:
    """One slot.

    Attributes:
        busy: the share of the time in which it had a job.
        over_time: the same for equal intervals of that time.
    """

    slot: int
    busy: float
    over_time: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Improvement:
    """Something that would make the run shorter, simulated with the real scheduler.

    Attributes:
        kind: ``job`` for halving the time of a job, ``slots`` for more slots, ``order`` for running
            again, now that durations are known.
        job: the job; empty for other kinds.
        slots: the number of slots.
        seconds: how long the jobs would take.
        saves: the seconds it would save.
    """

    kind: str
    job: str
    slots: int
    seconds: float
    saves: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """The analysis of a run.

    Attributes:
        took: seconds from the start of the first job to the end of the last.
        work: seconds of all jobs, each times its slots.
        bound: a lower bound on the seconds that these jobs take on these slots.
        path: the critical path.
        use: how each slot was used.
        helps: what would help, best first.
    """

    took: float
    work: float
    bound: float
    path: tuple[Link, ...]
    use: tuple[SlotUse, ...]
    helps: tuple[Improvement, ...]

    @property
    def chain(self) -> float:
        """Seconds of the critical path."""
        return sum(link.seconds for link in self.path)

    @property
    def busy(self) -> float:
        """The share of all slots that was busy."""
        return sum(slot.busy for slot in self.use) / len(self.use)


def analyze(run: LastRun, parts: int = 40) -> Analysis:
    """Analyze a run.

    Args:
        run: a run with at least one job.
        parts: the number of intervals for the use of a slot over time.
    """
    needs = {name: job.needs for name, job in run.jobs.items()}
    seconds = {name: job.seconds for name, job in run.jobs.items()}
    cores = {name: job.cores for name, job in run.jobs.items()}
    first = min(job.began for job in run.jobs.values())
    took = max(job.ended for job in run.jobs.values()) - first
    return Analysis(
        took=took,
        work=sum(seconds[name] * cores[name] for name in run.jobs),
        bound=lower_bound(needs, seconds, run.slots, cores),
        path=tuple(_path(run, longest_chain(needs, seconds), first)),
        use=tuple(_use(run, slot, first, took, parts) for slot in range(1, run.slots + 1)),
        helps=_Alternatives(needs, seconds, cores, run.slots).best(took),
    )


def _path(run: LastRun, chain: tuple[str, ...], first: float) -> Iterator[Link]:
    total = sum(run.jobs[name].seconds for name in chain)
    for name in chain:
        job = run.jobs[name]
        could = max((run.jobs[need].ended for need in job.needs), default=first)
        share = job.seconds / total if total else 0.0
        yield Link(name, job.seconds, share, max(job.began - could, 0.0))


def _use(run: LastRun, slot: int, first: float, took: float, parts: int) -> SlotUse:
    spans = [
        (began - first, ended - first)
        for job in run.jobs.values()
        for began, ended, slots in job.spans
        if slot in slots
    ]
    width = took / parts
    return SlotUse(
        slot,
        _covered(spans, 0, took),
        tuple(_covered(spans, part * width, (part + 1) * width) for part in range(parts)),
    )


def _covered(spans: list[tuple[float, float]], start: float, end: float) -> float:
    """The share of an interval that non-overlapping spans cover."""
    covered = sum(max(0.0, min(ended, end) - max(began, start)) for began, ended in spans)
    return covered / (end - start) if end > start else 0.0


@dataclass(frozen=True, slots=True)
class _Alternatives:
    needs: Mapping[str, tuple[str, ...]]
    seconds: Mapping[str, float]
    cores: Mapping[str, int]
    slots: int

    def best(self, took: float) -> tuple[Improvement, ...]:
        """The improvements that save the most: faster jobs, more slots, a better order."""
        again = self._takes(self.seconds, self.slots)
        chain = longest_chain(self.needs, self.seconds)
        tried = dict.fromkeys((*self._longest(chain), *self._longest(self.seconds)))
        jobs = [self._half(name, again) for name in tried]
        jobs.sort(key=lambda one: (-one.saves, one.job))
        more = self._takes(self.seconds, 2 * self.slots)
        found = [
            *jobs[:_MOST_JOBS],
            Improvement("slots", "", 2 * self.slots, more, again - more),
            Improvement("order", "", self.slots, again, took - again),
        ]
        worth = [one for one in found if one.saves > _LEAST_SHARE * took]
        return tuple(sorted(worth, key=lambda one: -one.saves))

    def _longest(self, names: Iterable[str]) -> list[str]:
        return sorted(names, key=lambda name: (-self.seconds[name], name))[:_LONGEST_JOBS]

    def _half(self, name: str, again: float) -> Improvement:
        seconds = self._takes({**self.seconds, name: self.seconds[name] / 2}, self.slots)
        return Improvement("job", name, self.slots, seconds, again - seconds)

    def _takes(self, seconds: Mapping[str, float], slots: int) -> float:
        return simulate(self.needs, seconds, slots, weights=self.cores).makespan
