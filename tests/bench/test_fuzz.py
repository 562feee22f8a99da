"""Mutated files are accepted or rejected, without internal errors or timeouts."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from bench.fuzz.__main__ import campaign, smallest
from bench.fuzz.attempts import attempt
from bench.fuzz.mutate import mutated
from bench.fuzz.seeds import TARGETS

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 40


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_files_are_accepted_or_rejected(name: str, tmp_path: Path) -> None:
    kinds, bad = campaign(name, TARGETS[name], COUNT, 5, tmp_path)
    # speed is left to the benchmark: this machine may be busy
    assert [kind for kind in bad if kind != "slow"] == [], [bad[kind][1] for kind in bad]
    assert kinds.total() == COUNT


@pytest.mark.parametrize("name", TARGETS)
def test_the_originals_are_accepted(name: str, tmp_path: Path) -> None:
    for number, workspace in enumerate(TARGETS[name].workspaces):
        root = tmp_path / str(number)
        for path, text in workspace.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, "utf-8")
        verdict = attempt(root)
        assert verdict.kind in {"accepted", "slow"}, verdict.text


def test_a_seed_always_produces_the_same_mutations() -> None:
    def some() -> list[bytes]:
        rng = random.Random(3)  # noqa: S311 - no secret
        return [mutated(b"a: 1\nb: [2]\n", rng, [b"c"]) for _ in range(50)]

    assert some() == some()
    assert len(set(some())) > 40


def test_a_failing_text_is_shrunk() -> None:
    assert smallest(b"a" * 500 + b"bad" + b"c" * 500, lambda data: b"bad" in data) == b"bad"
