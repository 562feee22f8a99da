"""Damaged files are taken or refused: no internal error, and none takes long."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from bench.fuzz.__main__ import campaign, smallest
from bench.fuzz.mutate import mutated
from bench.fuzz.seeds import TARGETS
from bench.fuzz.trying import attempt

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 40


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_files_are_taken_or_refused(name: str, tmp_path: Path) -> None:
    kinds, bad = campaign(name, TARGETS[name], COUNT, 5, tmp_path)
    # how long a try takes is for the bench: this machine may be busy
    assert [kind for kind in bad if kind != "slow"] == [], [bad[kind][1] for kind in bad]
    assert kinds.total() == COUNT


@pytest.mark.parametrize("name", TARGETS)
def test_the_originals_are_fine(name: str, tmp_path: Path) -> None:
    for number, workspace in enumerate(TARGETS[name].workspaces):
        root = tmp_path / str(number)
        for path, text in workspace.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, "utf-8")
        verdict = attempt(root)
        assert verdict.kind in {"fine", "slow"}, verdict.text


def test_the_same_seed_damages_the_same() -> None:
    def some() -> list[bytes]:
        rng = random.Random(3)  # noqa: S311 - no secret
        return [mutated(b"a: 1\nb: [2]\n", rng, [b"c"]) for _ in range(50)]

    assert some() == some()
    assert len(set(some())) > 40


def test_a_bad_text_is_made_smaller() -> None:
    assert smallest(b"a" * 500 + b"bad" + b"c" * 500, lambda data: b"bad" in data) == b"bad"
