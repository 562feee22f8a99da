"""Random checks that fast path and incremental load lead to the same plan as a full load."""

from __future__ import annotations

import random
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import MsbuildError
from msbuild.state import file_stat
from msbuild.uptodate.incremental import load_incrementally
from tests.uptodate.comparison import is_up_to_date, plans_agree
from tests.uptodate.edits import Edits
from tests.uptodate.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.uptodate.incremental import IncrementalLoad

pytestmark = pytest.mark.slow

SEQUENCES = 10_000
PARTS = 10
MOST_EDITS = 3
FRESH_EVERY = 40
SHORT_REST = 30_000_000
"""Nanoseconds: longer than a tick of the file system's clock, but short enough to wait for."""


@pytest.mark.parametrize("part", range(PARTS))
def test_the_fast_path_agrees_with_the_full_load(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_COLOUR", "red")
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", SHORT_REST)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    chance = random.Random(part)  # noqa: S311 - reproducible
    claimed = refused = small = idle = overlooked = 0
    for number in range(SEQUENCES // PARTS):
        if number % FRESH_EVERY == 0:
            shutil.rmtree(tmp_path / "shop", ignore_errors=True)
            shop = Shop(tmp_path / "shop")
            monkeypatch.setenv("HOME", str(shop.home))
            edits = Edits(shop, chance)
        if not _built(shop):
            continue
        if chance.random() < 0.3:
            # after this, the stats of files are conclusive
            time.sleep(SHORT_REST * 1.5e-9)
        done = [edits.one() for _ in range(chance.randint(1, MOST_EDITS))]
        idle += set(done) == {"nothing"}
        found = shop.found()
        if found and not found.changed:
            claimed += 1
            assert is_up_to_date(shop), done
        elif found and (change := load_incrementally(shop.state, found)):
            small += 1
            _run_incrementally(shop, change, done)
        else:
            refused += 1
            overlooked += set(done) == {"nothing"}
    assert min(refused, small) > SEQUENCES // PARTS // 40
    # stats of links that were just followed are inconclusive
    assert overlooked <= idle / 2
    assert claimed >= idle - overlooked > 0


def _built(shop: Shop) -> bool:
    """Build everything; false if the workspace is broken."""
    try:
        shop.build()
    except (MsbuildError, OSError):
        shop.forget()
        return False
    return True


def _run_incrementally(shop: Shop, change: IncrementalLoad, done: list[str]) -> None:
    """The plan after an incremental load is that of a full load; afterwards the fast path works."""
    if not plans_agree(shop, change, done):
        shop.forget()
        return
    shop.finish(change)
    if shop.fast_path_agrees():
        assert is_up_to_date(shop), done
