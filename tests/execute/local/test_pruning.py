from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import UnavailableError
from msbuild.execute.local.locks import locked
from msbuild.execute.local.pruning import exclusive_use, items, sweep
from msbuild.model import CacheMount
from tests.execute.local.conftest import Bench, build, runtime, script, toolchain

if TYPE_CHECKING:
    from pathlib import Path

MOUNT = CacheMount("kept", "kept", "content")
MAKE = script('echo x > "$OUT/a"; echo y > "$CACHE/kept/y"', caches=(MOUNT,))
STAGES = (toolchain(), build(MAKE), runtime())


def found(bench: Bench) -> set[tuple[str, str]]:
    store, executor = bench.store, bench.executor
    return {(i.kind, i.name) for i in items(store, executor.blobs, executor.index)}


def test_everything_left_by_a_build_is_listed_and_can_be_removed(bench: Bench) -> None:
    bench.make(*STAGES)
    (bench.store.root / "work" / "killed").mkdir()
    kinds = {("stage", "a-build"), ("cache", "kept"), ("image", "shop/a:latest")}
    assert found(bench) == kinds | {("leftover", "killed")}
    for item in items(bench.store, bench.executor.blobs, bench.executor.index):
        item.remove()
    assert found(bench) == set()
    assert sweep(bench.store, bench.executor.blobs, bench.executor.index) > 0
    assert list((bench.store.layout / "blobs" / "sha256").iterdir()) == []
    assert bench.executor.images("shop") == []
    # the store is a cache: everything in it can be rebuilt
    bench.make(*STAGES)
    assert bench.executor.images("shop")


def test_blobs_used_by_an_image_are_not_removed(bench: Bench) -> None:
    bench.make(*STAGES)
    assert sweep(bench.store, bench.executor.blobs, bench.executor.index) == 0
    bench.executor.check("shop/a:latest")


def test_a_dry_run_removes_nothing(bench: Bench) -> None:
    bench.make(*STAGES)
    bench.executor.index.forget(["shop/a:latest"])
    first = sweep(bench.store, bench.executor.blobs, bench.executor.index, dry=True)
    assert first > 0
    assert sweep(bench.store, bench.executor.blobs, bench.executor.index) == first


def test_files_outside_the_store_are_not_touched(bench: Bench) -> None:
    bench.make(*STAGES)
    outside = bench.store.root.parent / "mine"
    outside.write_text("x")
    stray: Path = bench.store.root / "mine-too"
    stray.write_text("x")
    for item in items(bench.store, bench.executor.blobs, bench.executor.index):
        item.remove()
    sweep(bench.store, bench.executor.blobs, bench.executor.index)
    assert outside.exists()
    assert stray.exists()


def test_nothing_is_pruned_during_a_build(bench: Bench) -> None:
    bench.make(*STAGES)
    with (
        locked(bench.store.lock("use"), shared=True, cancel=threading.Event()),
        pytest.raises(UnavailableError, match="is running"),
        exclusive_use(bench.store),
    ):
        pass
    with exclusive_use(bench.store):
        pass
