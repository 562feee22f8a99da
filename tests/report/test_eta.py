"""How far a run is and how long it will take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from msbuild.report.live import Forecast, Outlook

from .fakes import planned, shop

CHAIN = shop(planned("a", estimate=10), planned("b", "a", estimate=30), planned("c", estimate=20))


def test_the_longest_chain_decides_with_enough_slots() -> None:
    assert Forecast(CHAIN, 4).outlook([], {}) == Outlook(0, 40)


def test_the_work_decides_with_few_slots() -> None:
    assert Forecast(CHAIN, 1).outlook([], {}) == Outlook(0, 60)


def test_heavy_jobs_count_for_all_their_slots() -> None:
    heavy = shop(replace(planned("a", estimate=10), cores=8), planned("b", estimate=10))
    assert Forecast(heavy, 2).outlook([], {}) == Outlook(0, 15)


def test_running_jobs_count_for_the_time_they_have_run() -> None:
    seen = Forecast(CHAIN, 4).outlook(["a"], {"b": 5.0, "c": 100.0})
    assert seen.share == pytest.approx(35 / 60)
    assert seen.remaining == 25


def test_the_end() -> None:
    assert Forecast(CHAIN, 4).outlook(["a", "b", "c"], {}) == Outlook(1, 0)
    assert Forecast(shop(), 4).outlook([], {}).share == 1


def test_without_measurements_there_is_no_estimate() -> None:
    assert Forecast(shop(planned("a"), planned("b")), 1).outlook(["a"], {}) == Outlook(0.5, None)
