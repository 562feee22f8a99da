"""What the last run teaches: its critical path, how its slots were used, what would help. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.schedule.costs import longest_chain
from msbuild.schedule.simulate import lower_bound, simulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild.report.lastrun import LastRun

_LONGEST_JOBS = 6
"""As many of the path and as many of all are tried: each takes a simulation of the whole run."""

_MOST_JOBS = 3
_LEAST_SHARE = 0.01
"""What saves less of the run is not worth a line."""


@dataclass(frozen=True, slots=True)
class Link:
    """A job of the critical path.

    Attributes:
        seconds: how long it had its slots.
        share: that as a share of the path.
        waited: seconds from the end of what it needs, or the begin of the jobs, to its own begin.
    """

    job: str
    seconds: float
    share: float
    waited: float


@dataclass(frozen=True, slots=True)
class SlotUse:
    """One slot.

    Attributes:
        busy: the share of the jobs' time in which it had a job.
        over_time: the same for equal parts of that time, in their order.
    """

    slot: int
    busy: float
    over_time: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Help:
    """Something that would make the run shorter, by a simulation with the real scheduler.

    Attributes:
        kind: ``job`` for one that takes half of its time, ``slots`` for more of them, ``order`` for
            the same again, now that durations are known.
        job: which one; empty where it is about all.
        slots: how many there would be.
        seconds: how long the jobs would take then.
        saves: seconds less than without it.
    """

    kind: str
    job: str
    slots: int
    seconds: float
    saves: float


@dataclass(frozen=True, slots=True)
class Lesson:
    """All of it.

    Attributes:
        took: seconds from the begin of the first job to the end of the last.
        work: seconds of all jobs together, times the slots each took.
        bound: seconds below which no order of these jobs comes on these slots.
        path: the critical path.
        use: how each slot was used.
        helps: what would help, the best first.
    """

    took: float
    work: float
    bound: float
    path: tuple[Link, ...]
    use: tuple[SlotUse, ...]
    helps: tuple[Help, ...]

    @property
    def chain(self) -> float:
        """Seconds of the critical path."""
        return sum(link.seconds for link in self.path)

    @property
    def busy(self) -> float:
        """The share of all slots that was used."""
        return sum(slot.busy for slot in self.use) / len(self.use)


def learn(run: LastRun, parts: int = 40) -> Lesson:
    """What a run teaches.

    Args:
        run: a run with at least one job.
        parts: into how many parts the use of a slot over time is cut.
    """
    needs = {name: job.needs for name, job in run.jobs.items()}
    seconds = {name: job.seconds for name, job in run.jobs.items()}
    cores = {name: job.cores for name, job in run.jobs.items()}
    first = min(job.began for job in run.jobs.values())
    took = max(job.ended for job in run.jobs.values()) - first
    return Lesson(
        took=took,
        work=sum(seconds[name] * cores[name] for name in run.jobs),
        bound=lower_bound(needs, seconds, run.slots, cores),
        path=tuple(_path(run, longest_chain(needs, seconds), first)),
        use=tuple(_use(run, slot, first, took, parts) for slot in range(1, run.slots + 1)),
        helps=_Alternatives(needs, seconds, cores, run.slots).best(took),
    )


def _path(run: LastRun, chain: tuple[str, ...], first: float) -> Iterator[Link]:
    whole = sum(run.jobs[name].seconds for name in chain)
    for name in chain:
        job = run.jobs[name]
        could = max((run.jobs[need].ended for need in job.needs), default=first)
        share = job.seconds / whole if whole else 0.0
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
    """The share of a time that spans cover; they do not overlap."""
    covered = sum(max(0.0, min(ended, end) - max(began, start)) for began, ended in spans)
    return covered / (end - start) if end > start else 0.0


@dataclass(frozen=True, slots=True)
class _Alternatives:
    needs: Mapping[str, tuple[str, ...]]
    seconds: Mapping[str, float]
    cores: Mapping[str, int]
    slots: int

    def best(self, took: float) -> tuple[Help, ...]:
        """What saves the most; at most a few jobs, and more slots, and the order."""
        again = self._takes(self.seconds, self.slots)
        chain = longest_chain(self.needs, self.seconds)
        tried = dict.fromkeys((*self._longest(chain), *self._longest(self.seconds)))
        jobs = [self._half(name, again) for name in tried]
        jobs.sort(key=lambda one: (-one.saves, one.job))
        more = self._takes(self.seconds, 2 * self.slots)
        found = [
            *jobs[:_MOST_JOBS],
            Help("slots", "", 2 * self.slots, more, again - more),
            Help("order", "", self.slots, again, took - again),
        ]
        worth = [one for one in found if one.saves > _LEAST_SHARE * took]
        return tuple(sorted(worth, key=lambda one: -one.saves))

    def _longest(self, names: Iterable[str]) -> list[str]:
        return sorted(names, key=lambda name: (-self.seconds[name], name))[:_LONGEST_JOBS]

    def _half(self, name: str, again: float) -> Help:
        seconds = self._takes({**self.seconds, name: self.seconds[name] / 2}, self.slots)
        return Help("job", name, self.slots, seconds, again - seconds)

    def _takes(self, seconds: Mapping[str, float], slots: int) -> float:
        return simulate(self.needs, seconds, slots, weights=self.cores).makespan
