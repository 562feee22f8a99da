"""Compares makespans in simulated time with the lower bound of any order."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from bench.scheduler import naive
from bench.scheduler.bounds import sharper_bound
from bench.scheduler.graphs import SHAPES, SLOTS, draw
from bench.scheduler.optimum import optimum
from bench.table import markdown
from msbuild.schedule.order import lower_bound, paths_ahead, simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.scheduler.graphs import Case

TARGET = 1.05
_EPSILON = 1e-9
_SMALL = 10
_FACTOR = 2
_FEW_SLOTS = (2, 3, 4)


@dataclass(frozen=True, slots=True)
class Measured:
    """The results of one case.

    Attributes:
        ratios: makespan / lower bound, for every order.
        sharper: makespan / sharper bound, for msbuild's order.
        exceeds_bound: whether msbuild's schedule exceeds the bound of list scheduling.
    """

    case: Case
    ratios: dict[str, float]
    sharper: float
    exceeds_bound: bool


def measure(graphs: int, seed: int = 1) -> list[Measured]:
    """Schedule random graphs in every order."""
    random = Random(seed)  # noqa: S311 - no secret
    return [_measure(draw(random), random) for _ in range(graphs)]


def _measure(case: Case, random: Random) -> Measured:
    least = lower_bound(case.needs, case.seconds, case.slots)
    ratios = {name: makespan(case, random) / least for name, makespan in ORDERS.items()}
    sharper = ratios[OURS] * least / sharper_bound(case)
    exceeds_bound = ratios[OURS] > 2 - 1 / case.slots + _EPSILON
    return Measured(case, ratios, sharper, exceeds_bound)


def _ours(case: Case, _random: Random) -> float:
    return simulate(case.needs, case.seconds, case.slots).makespan


def _misjudged(case: Case, random: Random) -> float:
    """Every estimate is off by a factor of 0.5 to 2, too low as often as too high."""
    wrong = {job: took * 2 ** random.uniform(-1, 1) for job, took in case.seconds.items()}
    return simulate(case.needs, case.seconds, case.slots, estimates=wrong).makespan


def _unknown(case: Case, _random: Random) -> float:
    """No history: every job has the same estimate."""
    same = dict.fromkeys(case.needs, 1.0)
    return simulate(case.needs, case.seconds, case.slots, estimates=same).makespan


def _first_in(case: Case, _random: Random) -> float:
    numbers = count()
    return naive.makespan(case, lambda: next(numbers))


def _random_order(case: Case, random: Random) -> float:
    return naive.makespan(case, random.random)


OURS = "msbuild"
ORDERS: dict[str, Callable[[Case, Random], float]] = {
    OURS: _ours,
    "msbuild, estimates wrong by x0.5..x2": _misjudged,
    "msbuild, no estimates": _unknown,
    "first in, first out": _first_in,
    "random order": _random_order,
}


def tight(found: Sequence[Measured]) -> list[Measured]:
    """The cases where the order matters: the two bounds are within a factor of two of each other.

    In the others the longest chain or the work alone decides.
    """
    chosen = []
    for one in found:
        case = one.case
        chain = max(paths_ahead(case.needs, case.seconds).values())
        work = sum(case.seconds.values()) / case.slots
        if 1 / _FACTOR <= chain / work <= _FACTOR:
            chosen.append(one)
    return chosen


def by_order(found: Sequence[Measured]) -> str:
    """The table of all orders."""
    rows = []
    for order in ORDERS:
        ratios = [one.ratios[order] for one in found]
        extra = statistics.mean(one.ratios[order] / one.ratios[OURS] - 1 for one in found)
        rows.append([order, *_spread(ratios), f"{100 * extra:+.1f} %"])
    return markdown(["order", "median", "95th", "max", "mean time over msbuild's"], rows)


def against_sharper_bound(found: Sequence[Measured]) -> str:
    """The table of msbuild's order against the usual bound and the sharper one."""
    over = [sum(ratio > TARGET for ratio in ratios) for ratios in _both(found)]
    rows = [
        [name, *_spread(ratios), str(count)]
        for name, ratios, count in zip(("usual", "sharper"), _both(found), over, strict=True)
    ]
    return markdown(["msbuild against the bound", "median", "95th", "max", f"over {TARGET}"], rows)


def _both(found: Sequence[Measured]) -> tuple[list[float], list[float]]:
    return [one.ratios[OURS] for one in found], [one.sharper for one in found]


def by_kind(found: Sequence[Measured]) -> str:
    """The table of shapes and numbers of slots, for msbuild's order."""
    rows = []
    groups: list[tuple[str, Callable[[Case], bool]]] = [
        *((shape, lambda case, shape=shape: case.shape == shape) for shape in SHAPES),
        *(
            (f"{m} {'slot' if m == 1 else 'slots'}", lambda case, m=m: case.slots == m)
            for m in SLOTS
        ),
    ]
    for name, is_member in groups:
        ratios = [one.ratios[OURS] for one in found if is_member(one.case)]
        if ratios:
            rows.append([name, str(len(ratios)), *_spread(ratios)])
    return markdown(["graphs", "number", "median", "95th", "max"], rows)


def against_optimum(graphs: int, seed: int = 2) -> str:
    """The table of small graphs, where trying all orders finds the optimum."""
    random = Random(seed)  # noqa: S311 - no secret
    over_bound, over_best, best_over_bound = [], [], []
    while len(over_best) < graphs:
        case = replace(draw(random, _SMALL), slots=random.choice(_FEW_SLOTS))
        least = lower_bound(case.needs, case.seconds, case.slots)
        ours, best = _ours(case, random), optimum(case)
        over_bound.append(ours / least)
        over_best.append(ours / best)
        best_over_bound.append(best / least)
    optimal = sum(ratio <= 1 + _EPSILON for ratio in over_best)
    rows = [
        ["msbuild / lower bound", *_spread(over_bound)],
        ["optimum / lower bound", *_spread(best_over_bound)],
        ["msbuild / optimum", *_spread(over_best)],
    ]
    summary = f"{optimal} of {graphs} schedules are optimal."
    head = [f"{graphs} graphs of 5 to {_SMALL} jobs", "median", "95th", "max"]
    return f"{markdown(head, rows)}\n{summary}\n"


def _spread(ratios: Iterable[float]) -> list[str]:
    ordered = sorted(ratios)
    at95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    return [f"{ratio:.3f}" for ratio in (statistics.median(ordered), at95, ordered[-1])]
