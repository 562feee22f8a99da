"""Compares incremental loads, and the traces that they leave, with full loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.errors import MsbuildError
from msbuild.graph.questions import SERVICE, SHARED
from msbuild.plugin.memo import RECALLED
from msbuild.sources.tree import SourceTree
from msbuild.uptodate import record_file, traces
from msbuild.workspace import loading
from msbuild.workspace.loading import WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from msbuild.planning.planner import Plan
    from msbuild.plugin.memo import Key
    from msbuild.uptodate.incremental import IncrementalLoad
    from tests.uptodate.shop import Shop

_QUESTIONS = {SERVICE, SHARED, RECALLED, WORKSPACE}


def plans_agree(shop: Shop, change: IncrementalLoad, done: object) -> bool:
    """Assert that an incremental load has the plan of a full load; false if that fails."""
    try:
        planned, _ = shop.planned(change.loaded, change)
    except (MsbuildError, OSError) as error:
        with pytest.raises(type(error)):
            shop.plan()
        return False
    assert _comparable(planned.plan) == _comparable(shop.plan()), done
    return True


def is_up_to_date(shop: Shop) -> bool:
    """Whether everything is up to date after a full load, if that succeeds."""
    try:
        return shop.is_up_to_date()
    except (MsbuildError, OSError):
        return False


def _comparable(plan: Plan) -> object:
    """A plan without the fields that only a full load looks up: creation times and other tags."""
    cached = {
        name: (each.fingerprint, each.image.id, each.image.size, each.retag, each.reason)
        for name, each in plan.cached.items()
    }
    return plan.workspace, plan.jobs, cached, plan.tags


def check_traces(shop: Shop, done: object) -> None:
    """Assert that the stored traces hold the answers of a full load, and lead to all of them."""
    build_record = record_file.read(shop.state)
    assert build_record is not None
    stored = traces.read(shop.state, build_record.traces)
    loaded = loading.load(shop.file)
    for name, stages in loaded.assembly.services.items():
        assert stored.answer(SERVICE, name) == stages, done
    for name, shared in loaded.assembly.shared.items():
        assert stored.answer(SHARED, name) == shared, done
    now = SourceTree(loaded.sources.root)
    users = loaded.sources.trace.users
    for key in users:
        if isinstance(key, int) or key[0] in _QUESTIONS:
            continue
        assert stored.observations.get(key) == traces.observe(key, now), (key, done)
        missing = _questions(key, users) - _questions(key, stored.users)
        assert not missing, (key, missing, done)


def _questions(key: Key, users: Mapping[Key, Iterable[Key]]) -> set[Key]:
    """The questions whose answers use an observation."""
    found: set[Key] = set()
    waiting: list[Key] = [key]
    while waiting:
        new = set(users.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return {each for each in found if isinstance(each, tuple)}
