"""What is known of the run before never leads to another plan than the long way: the worst bug."""

from __future__ import annotations

import random
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import MsbuildError
from msbuild.state import file_stat
from msbuild.uptodate.incremental import small_change
from msbuild.uptodate.recording import bring_up_to_date
from tests.uptodate.edits import Edits
from tests.uptodate.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.planning.plan import Plan
    from msbuild.uptodate.fast_path import RecordedRun
    from msbuild.uptodate.incremental import Change

pytestmark = pytest.mark.slow

SEQUENCES = 10_000
PARTS = 10
MOST_EDITS = 3
FRESH_EVERY = 40
SHORT_REST = 30_000_000
"""Nanoseconds: longer than a tick of the clock that files are stamped with, and soon over."""


@pytest.mark.parametrize("part", range(PARTS))
def test_the_fast_path_agrees_with_the_full_load(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WITNESS_COLOUR", "red")
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", SHORT_REST)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    chance = random.Random(part)  # noqa: S311 - to be repeated
    claimed = refused = small = idle = overlooked = 0
    for number in range(SEQUENCES // PARTS):
        if number % FRESH_EVERY == 0:
            shutil.rmtree(tmp_path / "world", ignore_errors=True)
            world = World(tmp_path / "world")
            monkeypatch.setenv("HOME", str(world.home))
            edits = Edits(world, chance)
        if not _built(world):
            continue
        if chance.random() < 0.3:
            # a rest, after which signs count for themselves
            time.sleep(SHORT_REST * 1.5e-9)
        done = [edits.one() for _ in range(chance.randint(1, MOST_EDITS))]
        idle += set(done) == {"nothing"}
        found = world.found()
        if found and not found.changed:
            claimed += 1
            assert _stands(world), done
        elif found and (change := small_change(world.state, found)):
            small += 1
            _take_the_middle_way(world, found, change, done)
        else:
            refused += 1
            overlooked += set(done) == {"nothing"}
    assert min(refused, small) > SEQUENCES // PARTS // 40
    # a link that was just read through, nobody vouches for
    assert overlooked <= idle / 2
    assert claimed >= idle - overlooked > 0


def _built(world: World) -> bool:
    """Bring everything to stand; a workspace that is broken for good stays as it is."""
    try:
        world.build()
    except (MsbuildError, OSError):
        world.forget()
        return False
    return True


def _take_the_middle_way(world: World, found: RecordedRun, change: Change, done: list[str]) -> None:
    """A plan of edited services alone is the plan of all; after it the short way knows them."""
    planned, executor = world.planned(change.loaded, change)
    assert _comparable(planned.plan) == _comparable(world.plan()), done
    built = world.carry_out(planned, executor)
    bring_up_to_date(found, planned, world.ended(executor, built))
    if world.claims():
        assert _stands(world), done


def _comparable(plan: Plan) -> object:
    """A plan without what only the long way asks of images: when they were made, all their tags."""
    cached = {
        name: (each.fingerprint, each.image.id, each.image.size, each.retag, each.reason)
        for name, each in plan.cached.items()
    }
    return plan.workspace, plan.jobs, cached, plan.tags


def _stands(world: World) -> bool:
    try:
        return world.stands()
    except (MsbuildError, OSError):
        return False
