from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING

import pytest

from msbuild.cli import main
from msbuild.commands.prune import Limits, age, choose, size
from msbuild.execute.api import StoredItem
from msbuild.execute.local.store import Store
from tests.execute.local.conftest import Bench, build, runtime, script, toolchain

if TYPE_CHECKING:
    from pathlib import Path

STAGES = (toolchain(), build(script('echo x > "$OUT/a"')), runtime())


HOUR = 3600.0
NOW = 100 * HOUR


def item(name: str, size: int, hours_ago: float) -> StoredItem:
    return StoredItem("stage", name, size, NOW - hours_ago * HOUR, lambda: None)


ITEMS = [item("new", 10, 1), item("old", 20, 50), item("middle", 30, 10)]


def names(limits: Limits) -> list[str]:
    return [each.name for each in choose(ITEMS, limits)]


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    monkeypatch.setenv("MSBUILD_STORE", str(tmp_path / "store"))
    bench = Bench(tmp_path / "tree", Store(tmp_path / "store"))
    bench.make(*STAGES)
    return bench


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5400), ("12h", 43200), ("7d", 604800), ("2w", 1209600)]
)
def test_valid_ages_are_parsed(text: str, seconds: int) -> None:
    assert age(text) == seconds


@pytest.mark.parametrize(
    ("text", "count"), [("500", 500), ("5kB", 5000), ("1.5GB", 1_500_000_000), ("2 tb", 2 * 10**12)]
)
def test_valid_sizes_are_parsed(text: str, count: int) -> None:
    assert size(text) == count


@pytest.mark.parametrize("text", ["", "12", "h", "-1h", "1y"])
def test_invalid_ages_are_rejected(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        age(text)


@pytest.mark.parametrize("text", ["", "GB", "-1", "1PB", "1.2.3"])
def test_invalid_sizes_are_rejected(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        size(text)


def test_recently_used_items_stay(built: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prune"]) == 0
    assert capsys.readouterr().out == "freed –: 0 of 2 items\n"  # noqa: RUF001 - a dash
    assert built.executor.images("shop")


def test_items_not_used_for_long_are_removed(
    built: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    long_ago = time.time() - 30 * 86400
    (stage,) = built.store.stages.iterdir()
    os.utime(stage / "done.json", (long_ago, long_ago))
    assert main(["prune", "--dry-run"]) == 0
    assert "a-build" in capsys.readouterr().out
    assert stage.exists()
    assert main(["prune"]) == 0
    assert not stage.exists()
    # its image was built just now
    assert built.executor.images("shop")


def test_everything_is_removed_on_request(built: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prune", "--all"]) == 0
    assert "shop/a:latest" in capsys.readouterr().out
    assert built.executor.images("shop") == []


def test_the_oldest_are_removed_until_the_size_fits(built: Bench) -> None:
    assert main(["prune", "--max-size", "0"]) == 0
    assert built.executor.images("shop") == []


def test_a_directory_that_is_not_a_store_is_left_alone(
    built: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = built.root / "mine" / "stages" / "x"
    mine.mkdir(parents=True)
    monkeypatch.setenv("MSBUILD_STORE", str(built.root / "mine"))
    assert main(["prune", "--all"]) == 0
    assert mine.exists()


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
