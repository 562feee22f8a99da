from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from msbuild.execute.api import Job
from msbuild.execute.docker.recipe import (
    Marks,
    closing_stage,
    mark_files,
    unique_labels,
    with_mark_mounts,
    with_own_caches,
)
from msbuild.execute.dockerfile import to_text
from msbuild.execute.dockerfile.instructions import copy, run
from msbuild.model import (
    CacheMount,
    Copy,
    CopyArtifact,
    ImageRef,
    Packages,
    Run,
    Stage,
    StageKind,
    StageRef,
)
from tests.stages import build

if TYPE_CHECKING:
    from pathlib import Path


def stage(name: str, *steps: Copy | CopyArtifact | Run | Packages, base: str = "") -> Stage:
    parent = StageRef(base) if base else ImageRef("debian")
    return Stage(name, StageKind.TOOLCHAIN, parent, steps)


def job(*stages: Stage) -> Job:
    return Job(stages[-1].name, stages, frozenset(), (), {}, {}, {}, {})


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ((Run("true"),), "/bin/sh"),
        ((Packages(("gcc",)),), "/bin/sh"),
        ((Copy(("a/b c",)),), "/work/a/b c"),
        ((Copy(('a/"x"',), strip="a"),), '/work/\\"x\\"'),
        ((CopyArtifact("gen", ".", "gen"),), "/work/gen"),
    ],
)
def test_the_closing_stage_copies_one_file(steps: tuple[Run], path: str) -> None:
    assert to_text(closing_stage(job(stage("tools", *steps)))) == (
        f'FROM scratch AS msbuild-end\nCOPY --from=tools ["{path}", "/"]\n'
    )


def test_steps_of_base_stages_require_a_closing_stage() -> None:
    found = closing_stage(job(stage("tools", Run("true")), stage("more", base="tools")))
    assert "--from=more" in to_text(found)


def test_a_stage_without_steps_has_no_closing_stage() -> None:
    assert not closing_stage(job(stage("tools", Run("true")), stage("bare")))


def test_the_name_of_the_closing_stage_is_unique() -> None:
    found = closing_stage(job(stage("msbuild-end", Run("true"))))
    assert {each.stage for each in found} == {"msbuild-end-"}


def test_images_of_closing_stages_are_unique() -> None:
    assert unique_labels() != unique_labels()


def test_stages_without_a_mark_are_unchanged(tmp_path: Path) -> None:
    marks = Marks(tmp_path / "marks.json")
    assert marks.of(["a", "b"]) == {}
    marks.renew(["a"])
    assert set(marks.of(["a", "b"])) == {"a"}


def test_each_rebuild_creates_a_new_mark() -> None:
    marks = Marks(None)
    marks.renew(["a", "b"])
    first = marks.of("ab")
    marks.renew(["a"])
    assert marks.of("a") != {"a": first["a"]}
    assert marks.of("b") == {"b": first["b"]}


def test_marks_outlive_the_process(tmp_path: Path) -> None:
    Marks(tmp_path / "marks.json").renew(["b", "a"])
    marks = Marks(tmp_path / "marks.json")
    assert marks.of("ab") == json.loads((tmp_path / "marks.json").read_text())
    assert list(marks.of("ab")) == ["a", "b"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', "\0"])
def test_a_damaged_file_counts_as_missing(tmp_path: Path, content: str) -> None:
    (tmp_path / "marks.json").write_text(content)
    assert Marks(tmp_path / "marks.json").of("a") == {}


def test_marks_stay_in_memory_if_the_file_cannot_be_written(tmp_path: Path) -> None:
    marks = Marks(tmp_path / "missing" / "marks.json")
    marks.renew(["a"])
    assert set(marks.of("a")) == {"a"}


def test_threads_do_not_lose_each_others_marks(tmp_path: Path) -> None:
    marks = Marks(tmp_path / "marks.json")
    barrier = threading.Barrier(8)

    def renew(name: str) -> None:
        barrier.wait()
        marks.renew([name])

    threads = [threading.Thread(target=renew, args=(name,)) for name in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(Marks(tmp_path / "marks.json").of("abcdefgh")) == set("abcdefgh")


def test_every_run_of_a_rebuilt_stage_mounts_the_file_with_its_mark() -> None:
    marks = {"a": "1"}
    (source,) = mark_files(marks)
    instructions = [copy("a", "x y"), run("a", "go build", (), ()), run("b", "go build", (), ())]
    plain, mounted, other = with_mark_mounts(instructions, marks)
    assert (plain, other) == (instructions[0], instructions[2])
    mount = f"--mount=type=bind,source={source},target=/dev/msbuild-fresh"
    assert mounted.text == f"RUN {mount} \\\n    go build"
    assert mark_files(marks)[source] == b"1"


def test_a_rebuilt_stage_has_its_own_cache_mounts() -> None:
    stages = build("a", ("a.go",)), build("b", ("b.go",))
    one, other = with_own_caches(stages, {"a-build": "1f"})
    assert other == stages[1]
    (run,) = (step for step in one.steps if isinstance(step, Run))
    assert run.caches == (CacheMount("go-build-1f", "go-build", "content", seed="go-deps"),)
