"""Random graphs of jobs in several shapes with several kinds of durations, reproducible by seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Needs = dict[str, frozenset[str]]

_RARELY = 0.1

SLOTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Few slots are as likely as many: with enough slots for everything any order is good."""


@dataclass(frozen=True, slots=True)
class Case:
    """A graph to schedule.

    Attributes:
        shape: the kind of graph.
        times: the kind of durations.
        seconds: the duration of each job.
        slots: the number of slots.
    """

    shape: str
    times: str
    needs: Needs
    seconds: dict[str, float]
    slots: int


def draw(random: Random, largest: int = 250) -> Case:
    """A random case of 5 to ``largest`` jobs; small sizes are as likely as large ones."""
    shape, make = random.choice(list(SHAPES.items()))
    times, take = random.choice(list(TIMES.items()))
    size = round(5 * (largest / 5) ** random.random())
    needs = make(random, size)
    seconds = {job: take(random) for job in needs}
    return Case(shape, times, needs, seconds, random.choice(SLOTS))


def _layers(random: Random, size: int) -> Needs:
    """Layers; each job needs some jobs of the layer before."""
    needs: Needs = {}
    layers = random.randint(2, max(2, min(12, size // 2)))
    before: list[str] = []
    for layer in range(layers):
        width = max(1, size // layers + random.randint(-1, 1))
        now = [f"l{layer}-{place}" for place in range(width)]
        for job in now:
            needs[job] = _some(random, before, 1, 3)
        before = now
    return needs


def _builders(random: Random, size: int) -> Needs:
    """A monorepo: chains of toolchain and dependencies, wide fans of services, some on others."""
    needs: Needs = {}
    ends = []
    for builder in range(random.randint(1, 4)):
        before: frozenset[str] = frozenset()
        for part in ("toolchain", "deps", "codegen")[: random.randint(1, 3)]:
            needs[name := f"{part}{builder}"] = before
            before = frozenset([name])
        ends.append(before)
    services: list[str] = []
    while len(needs) < size:
        other = _some(random, services, 1, 1) if random.random() < _RARELY else frozenset()
        needs[name := f"service{len(services)}"] = random.choice(ends) | other
        services.append(name)
    return needs


def _arbitrary(random: Random, size: int) -> Needs:
    """Any job may need any job before it."""
    probability = random.choice((0.5, 1, 2, 4)) / size
    names = [f"j{place}" for place in range(size)]
    return {
        job: frozenset(other for other in names[:place] if random.random() < probability)
        for place, job in enumerate(names)
    }


def _chains(random: Random, size: int) -> Needs:
    """Parallel chains with an occasional link from one to another."""
    needs: Needs = {}
    ends = [frozenset[str]() for _ in range(random.randint(2, max(2, size // 4)))]
    for place in range(size):
        chain = random.randrange(len(ends))
        other = random.choice(ends) if random.random() < _RARELY else frozenset()
        needs[name := f"c{place}"] = ends[chain] | other
        ends[chain] = frozenset([name])
    return needs


def _some(random: Random, names: list[str], least: int, most: int) -> frozenset[str]:
    return frozenset(random.sample(names, min(len(names), random.randint(least, most))))


SHAPES: dict[str, Callable[[Random, int], Needs]] = {
    "layers": _layers,
    "builders": _builders,
    "anything": _arbitrary,
    "chains": _chains,
}
TIMES: dict[str, Callable[[Random], float]] = {
    "equal": lambda _random: 10.0,
    "uniform": lambda random: random.uniform(1, 20),
    "lognormal": lambda random: random.lognormvariate(2, 1),
    "heavy tail": lambda random: min(random.paretovariate(1.2), 500.0),
    "two kinds": lambda random: random.choice((1.0, 1.0, 1.0, 30.0)),
}
