from __future__ import annotations

from msbuild.execute.pruning import Item, Limits, choose

HOUR = 3600.0
NOW = 100 * HOUR


def item(name: str, size: int, hours_ago: float) -> Item:
    return Item("stage", name, size, NOW - hours_ago * HOUR, lambda: None)


ITEMS = [item("new", 10, 1), item("old", 20, 50), item("middle", 30, 10)]


def names(limits: Limits) -> list[str]:
    return [each.name for each in choose(ITEMS, limits)]


def test_items_are_selected_by_age() -> None:
    assert names(Limits(NOW, older=5 * HOUR)) == ["old", "middle"]


def test_items_are_selected_by_size_least_recently_used_first() -> None:
    assert names(Limits(NOW, size=40)) == ["old"]
    assert names(Limits(NOW, size=39)) == ["old", "middle"]
    assert names(Limits(NOW, size=60)) == []


def test_both_limits_apply() -> None:
    assert names(Limits(NOW, older=20 * HOUR, size=10)) == ["old", "middle"]


def test_a_limit_can_select_everything_or_nothing() -> None:
    assert names(Limits(NOW, everything=True)) == ["old", "middle", "new"]
    assert names(Limits(NOW)) == []
