"""Simulated runs."""

from __future__ import annotations

import pytest

from msbuild.schedule.simulate import lower_bound, simulate

NEEDS: dict[str, set[str]] = {"deps": set(), "a": {"deps"}, "b": {"deps"}, "other": set()}
SECONDS = {"deps": 10.0, "a": 5.0, "b": 4.0, "other": 12.0}


def test_two_slots_run_two_jobs_at_once() -> None:
    ran = simulate(NEEDS, SECONDS, 2)
    assert ran.began == {"deps": 0, "other": 0, "a": 10, "b": 12}
    assert ran.ended == {"deps": 10, "other": 12, "a": 15, "b": 16}
    assert ran.makespan == 16


def test_one_slot_takes_the_sum_of_all_jobs() -> None:
    assert simulate(NEEDS, SECONDS, 1).makespan == 31


def test_estimates_decide_the_order_and_durations_the_time() -> None:
    needs: dict[str, set[str]] = {"short": set(), "long": set()}
    ran = simulate(needs, {"short": 1.0, "long": 9.0}, 1, estimates={"short": 9.0, "long": 1.0})
    assert ran.ended == {"short": 1, "long": 10}


@pytest.mark.parametrize(
    ("slots", "weights", "seconds"),
    [(1, {}, 31), (2, {}, 15.5), (3, {}, 15), (3, {"other": 2}, 15), (2, {"other": 9}, 21.5)],
)
def test_no_order_is_faster_than_the_lower_bound(
    slots: int, weights: dict[str, int], seconds: float
) -> None:
    assert lower_bound(NEEDS, SECONDS, slots, weights) == seconds
    assert simulate(NEEDS, SECONDS, slots, weights=weights).makespan >= seconds


def test_an_empty_run_takes_no_time() -> None:
    assert simulate({}, {}, 3).makespan == 0
    assert lower_bound({}, {}, 3) == 0
