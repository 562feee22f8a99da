from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from msbuild.uptodate.incremental import small_change
from msbuild.uptodate.stage_store import NAME
from msbuild.workspace import loading
from tests.uptodate.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.graph.stage_graph import StageGraph
    from msbuild.uptodate.incremental import Change


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("WITNESS_COLOUR", "red")
    return World(tmp_path)


def change(world: World) -> Change | None:
    found = world.found()
    assert found is not None
    return small_change(world.state, found)


def append(world: World, path: str, text: str = "more\n") -> None:
    with (world.source / path).open("a") as file:
        file.write(text)


def test_an_edit_loads_the_services_that_copy_the_file(world: World) -> None:
    world.build()
    append(world, "lib/y/code")
    found = change(world)
    assert found is not None
    assert found.services == ("job",)
    assert sorted(found.up_to_date) == ["api", "web"]
    assert sorted(found.loaded.jobs) == ["job", "text-deps", "text-libs0", "text-toolchain"]


def test_an_edit_of_an_asset_is_loaded_incrementally(world: World) -> None:
    world.build()
    append(world, "services/api/extra/page")
    found = change(world)
    assert found is not None
    assert found.services == ("api",)


def test_an_edit_that_changes_an_answer_needs_a_full_load(world: World) -> None:
    world.build()
    append(world, "services/web/main", "use lib/y\n")
    assert change(world) is None


def test_an_edit_of_a_common_library_loads_all_its_users(world: World) -> None:
    world.build()
    append(world, "lib/x/code")
    found = change(world)
    assert found is not None
    assert found.services == ("api", "job")
    assert list(found.up_to_date) == ["web"]
    assert {"api", "job", "text-libs0"} < set(found.loaded.jobs)


def test_an_edit_of_a_shared_stage_needs_a_full_load(world: World) -> None:
    world.build()
    append(world, "lock")
    assert change(world) is None


def test_stages_of_another_run_are_not_used(world: World) -> None:
    world.build()
    append(world, "lib/y/code")
    file = world.state / NAME
    whole = file.read_text()
    kept = file.stat()
    assert change(world) is not None
    file.write_text(whole[: len(whole) // 2])
    assert change(world) is None
    file.unlink()
    assert change(world) is None
    file.write_text(whole)
    os.utime(file, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert change(world) is None


def test_no_state_file_contains_values_of_variables(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WITNESS_COLOUR", "s3cr3t")
    world.build()
    loaded = loading.load(world.file)
    assert colours(loaded.assembly.graph) == {"s3cr3t"}
    files = [path for path in world.state.iterdir() if path.is_file()]
    assert {path.name for path in files} >= {"stages", "witness"}
    for path in files:
        assert b"s3cr3t" not in path.read_bytes(), path
    for name in ("stages", "witness"):
        assert (world.state / name).stat().st_mode & 0o777 == 0o600
    assert world.state.stat().st_mode & 0o777 == 0o700
    # and an edit still loads only what it touches, with the values of now
    append(world, "lib/y/code")
    found = change(world)
    assert found is not None
    assert colours(found.loaded.assembly.graph) == {"s3cr3t"}


def colours(graph: StageGraph) -> set[str]:
    pairs = (pair for name in graph for pair in graph[name].env)
    return {value for name, value in pairs if name == "COLOUR"}


def test_a_flipped_bit_in_the_build_record_is_noticed(world: World) -> None:
    world.build()
    file = world.state / "witness"
    good = file.read_bytes()
    assert world.claims()
    for place in range(0, len(good), 101):
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        assert not world.claims()
    file.write_bytes(good)
    assert world.claims()
