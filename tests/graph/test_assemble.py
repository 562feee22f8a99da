"""What the config says of stages reaches them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from msbuild.model import CustomStage
from tests.project import HERE, Project

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.graph.stage_graph import StageGraph


def weights(graph: StageGraph) -> dict[str, int]:
    return {name: graph[name].cores for name in graph if graph[name].cores != 1}


def test_cores_of_a_builder_hold_for_what_compiles(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a", "b"])
    project.builder_cores = 4
    project.services["b"] = dataclasses.replace(project.services["b"], cores=2)
    assert weights(project.load().assembly.graph) == {"text-deps": 4, "a-build": 4, "b-build": 2}


def test_nobody_says_anything(tmp_path: Path) -> None:
    assert weights(Project(tmp_path, ["a"]).load().assembly.graph) == {}


def test_inputs_of_a_stage_may_be_globs(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a"])
    project.write({"schema/x.sql": "", "schema/y.txt": "", "tools/gen": ""})
    inputs = ("tools", "schema/*.sql")
    project.stages = {"gen": CustomStage("gen", "text", inputs, ("make",), network=False, at=HERE)}
    assert project.load().assembly.graph["gen"].files == ("schema/x.sql", "tools/gen")
