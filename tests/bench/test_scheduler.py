"""The scheduler benchmark computes correct bounds, optima and makespans."""

from __future__ import annotations

from random import Random

import pytest

from bench.scheduler import makespan, naive, overhead
from bench.scheduler.bounds import sharper_bound
from bench.scheduler.graphs import SHAPES, Case, draw
from bench.scheduler.optimum import optimum
from bench.table import markdown
from msbuild.schedule.order import lower_bound, parents_first, simulate


def case(slots: int, seconds: dict[str, float], **needs: str) -> Case:
    return Case("", "", {job: frozenset(needs.get(job, "")) for job in seconds}, seconds, slots)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_acyclic_and_reproducible(shape: str) -> None:
    for size in (5, 40):
        needs, again = (SHAPES[shape](Random(7), size) for _ in range(2))  # noqa: S311 - no secret
        assert len(parents_first(needs)) == len(needs) > 3
        assert needs == again


def test_no_order_beats_the_lower_bound() -> None:
    for one in makespan.measure(40, seed=3):
        assert not one.exceeds_bound
        assert min(one.ratios.values()) >= 1 - 1e-9


def test_the_naive_scheduler_ignores_the_critical_path() -> None:
    numbers = iter(range(9))
    one = case(2, {"a": 1, "b": 1, "c": 4}, c="")
    assert naive.makespan(one, lambda: next(numbers)) == 5
    assert simulate(one.needs, one.seconds, one.slots).makespan == 4


def test_the_optimum_is_found() -> None:
    # 3+3 | 2+2+2 takes 6; longest first would take 7
    assert optimum(case(2, {"a": 3, "b": 3, "c": 2, "d": 2, "e": 2})) == 6
    # the bound of 5 cannot be reached: nothing can run in parallel with `a`
    assert optimum(case(2, {"a": 4, "b": 3, "c": 3}, b="a", c="a")) == 7


def test_the_optimum_may_leave_a_slot_idle() -> None:
    # at 1 only `x` is ready; waiting until 2 lets `c` and `d` run in parallel, with `e` after them
    seconds = {"a": 1.0, "b": 2.0, "x": 6.0, "c": 5.0, "d": 5.0, "e": 5.0}
    one = case(2, seconds, x="a", c="b", d="b", e="cd")
    assert simulate(one.needs, one.seconds, one.slots).makespan == 17
    assert optimum(one) == 13


def test_the_optimum_lies_between_bound_and_schedule() -> None:
    random = Random(5)  # noqa: S311 - no secret
    for _ in range(25):
        one = draw(random, 7)
        ours = simulate(one.needs, one.seconds, one.slots).makespan
        least = lower_bound(one.needs, one.seconds, one.slots)
        assert least - 1e-9 <= sharper_bound(one) <= optimum(one) + 1e-9 <= ours + 2e-9


def test_the_sharper_bound_counts_jobs_before_a_fan_out() -> None:
    one = case(2, {"a": 4, "b": 3, "c": 3, "d": 3, "e": 3}, b="a", c="a", d="a", e="a")
    assert lower_bound(one.needs, one.seconds, one.slots) == 8
    assert sharper_bound(one) == optimum(one) == 10


def test_the_overhead_table_has_a_row_per_number_of_slots() -> None:
    text, _ = overhead.table(30, slots=(1, 3))
    assert len(text.splitlines()) == 4


def test_markdown_aligns_columns() -> None:
    assert markdown(["a", "bb"], [["long", "1"]]) == (
        "| a    | bb  |\n| ---  | --- |\n| long | 1   |\n"
    )
