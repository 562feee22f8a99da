from __future__ import annotations

import pytest

from msbuild.execute.docker.recipe import closing_stage, unique_labels
from msbuild.model import Copy, CopyArtifact, ImageRef, Packages, Run, Stage, StageKind, StageRef


def stage(name: str, *steps: Copy | CopyArtifact | Run | Packages, base: str = "") -> Stage:
    parent = StageRef(base) if base else ImageRef("debian")
    return Stage(name, StageKind.TOOLCHAIN, parent, steps)


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
def test_one_file_is_copied(steps: tuple[Run], path: str) -> None:
    assert closing_stage([stage("tools", *steps)]) == (
        "msbuild-end",
        f'FROM scratch AS msbuild-end\nCOPY --from=tools ["{path}", "/"]\n',
    )


def test_steps_of_the_stages_below_count() -> None:
    found = closing_stage([stage("tools", Run("true")), stage("more", base="tools")])
    assert found is not None
    assert "--from=more" in found[1]


def test_where_nothing_is_done_nothing_is_forced() -> None:
    assert closing_stage([stage("tools", Run("true")), stage("bare")]) is None


def test_its_name_is_free() -> None:
    found = closing_stage([stage("msbuild-end", Run("true"))])
    assert found is not None
    assert found[0] == "msbuild-end-"


def test_its_images_are_unlike() -> None:
    assert unique_labels() != unique_labels()
