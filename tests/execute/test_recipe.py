from __future__ import annotations

import pytest

from msbuild.execute.api import Job
from msbuild.execute.docker.recipe import closing_stage, unique_labels
from msbuild.execute.dockerfile import to_text
from msbuild.model import Copy, CopyArtifact, ImageRef, Packages, Run, Stage, StageKind, StageRef


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


def test_steps_of_base_stages_count() -> None:
    found = closing_stage(job(stage("tools", Run("true")), stage("more", base="tools")))
    assert "--from=more" in to_text(found)


def test_a_stage_without_steps_has_no_closing_stage() -> None:
    assert not closing_stage(job(stage("tools", Run("true")), stage("bare")))


def test_the_name_of_the_closing_stage_is_unique() -> None:
    found = closing_stage(job(stage("msbuild-end", Run("true"))))
    assert {each.stage for each in found} == {"msbuild-end-"}


def test_images_of_closing_stages_are_unique() -> None:
    assert unique_labels() != unique_labels()
