"""What the config says of stages reaches them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from tests.project import Project

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
