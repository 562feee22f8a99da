from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from msbuild.graph.stage_graph import StageGraph
from msbuild.model import CacheMount, Copy, Run, Stage
from msbuild.planning.fingerprint import Fingerprint, differences, fingerprint_all
from tests.stages import DEPS, TOOLCHAIN, build, runtime, shop

if TYPE_CHECKING:
    from collections.abc import Mapping

PINS = {"debian:trixie-slim": "debian:trixie-slim@sha256:" + "1" * 64}
HASHES = {path: path for path in ("go.mod", "go.sum", "a/main.go", "b/main.go", "lib/lib.go")}


def prints(
    stages: list[Stage],
    hashes: Mapping[str, str] = HASHES,
    pins: Mapping[str, str] = PINS,
    platform: str = "linux/amd64",
) -> Mapping[str, Fingerprint]:
    graph = StageGraph(stages)
    return fingerprint_all(graph, graph, hashes.__getitem__, pins, platform)


BEFORE = prints(shop())
ALL = set(BEFORE)


def changed(after: Mapping[str, Fingerprint]) -> set[str]:
    return {name for name in BEFORE if BEFORE[name].value != after[name].value}


@pytest.mark.parametrize(
    ("path", "stages"),
    [
        ("a/main.go", {"a-build", "a"}),
        ("lib/lib.go", {"a-build", "a", "b-build", "b"}),
        ("go.sum", {"go-deps"}),
    ],
)
def test_a_changed_file_changes_its_stages_and_their_dependents(
    path: str, stages: set[str]
) -> None:
    assert changed(prints(shop(), {**HASHES, path: "new"})) == stages


def test_base_and_platform_change_everything_based_on_them() -> None:
    pins = {"debian:trixie-slim": "sha256:" + "2" * 64}
    assert changed(prints(shop(), pins=pins)) == ALL
    assert changed(prints(shop(), platform="linux/arm64")) == ALL


def test_the_pin_of_a_base_is_part_of_the_fingerprint_and_its_name_is_not() -> None:
    pins = {"debian:trixie-slim": "mirror.example.com/debian@sha256:" + "1" * 64}
    assert changed(prints(shop(), pins=pins)) == set()


def replaced(old: Stage, new: Stage) -> list[Stage]:
    return [new if stage.name == old.name else stage for stage in shop()]


@pytest.mark.parametrize(
    "change",
    [
        {"env": (("GOCACHE", "$CACHE/other"),)},
        {"facts": (("plugin", "go 2"),)},
        {"steps": ()},
    ],
)
def test_fields_of_the_toolchain_change_everything(change: dict[str, object]) -> None:
    new = dataclasses.replace(TOOLCHAIN, **change)  # type: ignore[arg-type]
    assert changed(prints(replaced(TOOLCHAIN, new))) == ALL


def test_cache_mounts_and_speed_only_parents_change_nothing() -> None:
    old = build("a", ("a/main.go", "lib/lib.go"))
    run = old.steps[1]
    assert isinstance(run, Run)
    new = dataclasses.replace(
        old,
        steps=(old.steps[0], dataclasses.replace(run, caches=(CacheMount("x", "y", "content"),))),
    )
    assert changed(prints(replaced(old, new))) == set()
    slower = dataclasses.replace(DEPS, steps=())
    assert changed(prints(replaced(DEPS, slower))) == {"go-deps"}


def test_the_runtime_changes_only_the_image() -> None:
    new = runtime("a", env={"LEVEL": "debug"})
    assert changed(prints(replaced(new, new))) == {"a"}


def test_the_destination_of_a_file_is_part_of_the_fingerprint() -> None:
    old = build("a", ("a/main.go", "lib/lib.go"))
    moved = Copy(("a/main.go", "lib/lib.go"), destination="below")
    new = dataclasses.replace(old, steps=(moved, *old.steps[1:]))
    assert changed(prints(replaced(old, new))) == {"a-build", "a"}


def shown(after: Mapping[str, Fingerprint]) -> list[str]:
    return [
        str(change) for change in differences(BEFORE["a-build"].inputs, after["a-build"].inputs)
    ]


def test_differences_are_listed_field_by_field() -> None:
    after = prints(shop(), {**HASHES, "lib/lib.go": "new"})
    assert shown(after) == ["lib/lib.go changed"]
    fewer = build("a", ("a/main.go", "go.mod"))
    after = prints(replaced(fewer, fewer))
    assert shown(after) == ["go.mod added", "lib/lib.go removed", "steps changed"]
