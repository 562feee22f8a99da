"""How far a run is and how long it will take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from msbuild.report.live import Forecast, Outlook

from .fakes import planned, shop

CHAIN = shop(planned("a", estimate=10), planned("b", "a", estimate=30), planned("c", estimate=20))


def test_the_longest_chain_decides_with_slots_enough() -> None:
    assert Forecast(CHAIN, 4).look([], {}) == Outlook(0, 40)


def test_the_work_decides_with_few_slots() -> None:
    assert Forecast(CHAIN, 1).look([], {}) == Outlook(0, 60)


def test_heavy_jobs_count_for_all_of_their_slots() -> None:
    heavy = shop(replace(planned("a", estimate=10), cores=8), planned("b", estimate=10))
    assert Forecast(heavy, 2).look([], {}) == Outlook(0, 15)


def test_running_jobs_count_for_what_they_have_done() -> None:
    seen = Forecast(CHAIN, 4).look(["a"], {"b": 5.0, "c": 100.0})
    assert seen.share == pytest.approx(35 / 60)
    assert seen.remaining == 25


def test_the_end() -> None:
    assert Forecast(CHAIN, 4).look(["a", "b", "c"], {}) == Outlook(1, 0)
    assert Forecast(shop(), 4).look([], {}).share == 1


def test_nothing_is_promised_where_nothing_was_measured() -> None:
    assert Forecast(shop(planned("a"), planned("b")), 1).look(["a"], {}) == Outlook(0.5, None)
