"""Incremental loads of real languages, one after the other, have the plans of full loads."""

from __future__ import annotations

import random
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import MsbuildError
from msbuild.state import file_stat
from msbuild.uptodate.incremental import load_incrementally
from tests.uptodate import landscape
from tests.uptodate.comparison import check_traces, is_up_to_date, plans_agree
from tests.uptodate.language_edits import LanguageEdits
from tests.uptodate.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.slow

SEQUENCES = 600
MOST_EDITS = 3
FRESH_EVERY = 60
MOST_BROKEN = 3
"""Broken workspaces in a row: after that, all files are restored."""
SHORT_REST = 30_000_000
"""Nanoseconds: longer than a tick of the file system's clock, but short enough to wait for."""


class Runs:
    """Runs after each edit, as incremental as possible; counts how they ended.

    Args:
        shop: the landscape.
        chance: decides whether builds fail.
    """

    def __init__(self, shop: Shop, chance: random.Random) -> None:
        self.claimed = self.incremental = self.full = self.broken = 0
        self._shop = shop
        self._chance = chance
        self._broken_in_a_row = 0

    @property
    def are_stuck(self) -> bool:
        """Whether the workspace has been broken for long."""
        return self._broken_in_a_row >= MOST_BROKEN

    def after(self, done: Sequence[str]) -> None:
        """Run after some edits."""
        shop = self._shop
        found = shop.found()
        if found and not found.changed:
            self.claimed += 1
            assert is_up_to_date(shop), done
            return
        change = load_incrementally(shop.state, found) if found else None
        if change is None:
            self.build()
            return
        self.incremental += 1
        self._broken_in_a_row = 0
        # a failed build leaves the record of the run before
        if plans_agree(shop, change, done) and self._chance.random() < 0.9:
            shop.finish(change)
            check_traces(shop, done)
            if shop.fast_path_agrees():
                assert is_up_to_date(shop), done

    def build(self) -> None:
        """Build everything after a full load; a broken workspace leaves the last record."""
        try:
            self._shop.build()
        except (MsbuildError, OSError):
            self.broken += 1
            self._broken_in_a_row += 1
        else:
            self.full += 1
            self._broken_in_a_row = 0


@pytest.mark.parametrize("language", ["go", "rust", "cpp"])
def test_incremental_loads_agree_with_full_loads(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", SHORT_REST)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    chance = random.Random(language)  # noqa: S311 - reproducible
    counts = {"claimed": 0, "incremental": 0, "full": 0, "broken": 0}
    for number in range(SEQUENCES // FRESH_EVERY):
        root = tmp_path / str(number)
        shop = Shop(root, landscape.CONFIG, landscape.FILES, landscape.TOOLCHAINS)
        shop.file.with_name("msbuild.lock").write_text(landscape.LOCK)
        monkeypatch.setenv("HOME", str(shop.home))
        edits, runs = LanguageEdits(shop, chance, language), Runs(shop, chance)
        runs.build()
        history: list[str] = []
        for _ in range(FRESH_EVERY):
            if runs.are_stuck:
                edits.restore_all()
            if chance.random() < 0.3:
                # after this, the stats of files are conclusive
                time.sleep(SHORT_REST * 1.5e-9)
            history += [edits.one() for _ in range(chance.randint(1, MOST_EDITS))]
            history += ["run"]
            runs.after(history)
        counts = {name: count + getattr(runs, name) for name, count in counts.items()}
        shutil.rmtree(root)
    assert counts["incremental"] > SEQUENCES / 3, counts
    assert min(counts["claimed"], counts["full"]) > SEQUENCES / 50, counts
