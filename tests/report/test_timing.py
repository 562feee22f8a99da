"""The analysis of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from msbuild.report.lastrun import JobTimes
from msbuild.report.timing import Improvement, Link, analyze
from tests.report.last_run import RUN, timed


def test_the_critical_path_has_shares_and_waits() -> None:
    analysis = analyze(RUN)
    assert analysis.path == (
        Link("deps", 10, 10 / 35, 0),
        Link("long", 20, 20 / 35, 5),
        Link("last", 5, 5 / 35, 0),
    )
    assert (analysis.chain, analysis.took, analysis.work, analysis.bound) == (35, 40, 55, 35)


def test_the_use_of_each_slot_is_measured() -> None:
    one, two = analyze(RUN, parts=8).use
    assert (one.busy, two.busy) == (35 / 40, 20 / 40)
    assert one.over_time == pytest.approx((1, 1, 1, 1, 1, 1, 1, 0))
    assert two.over_time == pytest.approx((1, 1, 1, 0, 0, 0, 0, 1))
    assert analyze(RUN).busy == pytest.approx(55 / 80)


def test_improvements_are_simulated_with_the_real_order() -> None:
    assert analyze(RUN).helps == (
        Improvement("job", "long", 2, 25, 10),
        Improvement("job", "deps", 2, 30, 5),
        Improvement("order", "", 2, 35, 5),
        Improvement("job", "last", 2, 32.5, 2.5),
    )


def test_more_slots_help_if_the_work_is_the_bound() -> None:
    wide = replace(RUN, slots=1, jobs={name: timed(n, n + 1, 1) for n, name in enumerate("abcd")})
    analysis = analyze(wide)
    assert analysis.bound == 4
    assert analysis.helps[0] == Improvement("slots", "", 2, 2, 2)


def test_heavy_jobs_count_for_all_their_slots() -> None:
    heavy = JobTimes((), 2, "built", ((0.0, 3.0, (1, 2)),))
    analysis = analyze(replace(RUN, jobs={"heavy": heavy, "a": timed(3, 5, 1)}))
    assert (analysis.work, analysis.bound) == (8, 4)
    assert [use.busy for use in analysis.use] == [1, 0.6]


def test_a_run_that_took_no_time_can_be_analyzed() -> None:
    analysis = analyze(replace(RUN, jobs={"a": timed(1, 1, 1)}))
    assert (analysis.took, analysis.bound, analysis.helps) == (0, 0, ())
