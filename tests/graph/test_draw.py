from __future__ import annotations

import dataclasses
import json

from msbuild.graph import draw
from msbuild.graph.stage_graph import StageGraph
from msbuild.model import CopyArtifact, StageRef
from tests.stages import TOOLCHAIN, build, runtime, shop

GRAPH = StageGraph(shop())


def test_the_tree_has_bases_at_the_root_and_services_at_the_leaves() -> None:
    assert draw.tree(GRAPH, ["a", "b"]) == (
        "debian:trixie-slim\n"
        "└── go-toolchain\n"
        "    └── go-deps\n"
        "        ├── a-build\n"
        "        │   └── a  (on scratch)\n"
        "        └── b-build\n"
        "            └── b  (on scratch)\n"
    )


def test_dot_draws_speed_only_parents_dashed() -> None:
    text = draw.dot(GRAPH, ["a"])
    assert '  "go-deps" -> "a-build" [style=dashed]\n' in text
    assert '  "a-build" -> "a"\n' in text
    assert "b-build" not in text


def test_mermaid_draws_every_edge() -> None:
    assert draw.mermaid(GRAPH, ["a"]) == (
        "graph LR\n"
        '  s0["go-toolchain"]\n'
        '  s1["go-deps"]\n'
        '  s2["a-build"]\n'
        '  s3(["a"])\n'
        "  s0 --> s1\n"
        "  s1 -.-> s2\n"
        "  s2 --> s3\n"
    )


def test_edges_that_a_path_implies_are_not_drawn() -> None:
    on_toolchain = dataclasses.replace(build("a", ()), base=StageRef("go-toolchain"), steps=())
    service = runtime("a")
    steps = (*service.steps, CopyArtifact("go-toolchain", "/etc/ssl", "/etc/ssl"))
    graph = StageGraph([TOOLCHAIN, on_toolchain, dataclasses.replace(service, steps=steps)])
    assert ("go-toolchain", "a", True) in graph.edges()
    arrows = [line for line in draw.dot(graph, ["a"]).splitlines() if "->" in line]
    assert arrows == ['  "go-toolchain" -> "a-build"', '  "a-build" -> "a"']
    drawn = json.loads(draw.as_json(graph, ["a"]))["stages"][-1]
    assert {"name": "go-toolchain", "decides": True} in drawn["parents"]


def test_an_edge_that_decides_is_drawn_next_to_a_path_that_only_saves_time() -> None:
    stages = shop()
    steps = (*stages[3].steps, CopyArtifact("go-toolchain", "/etc/ssl", "/etc/ssl"))
    stages[3] = dataclasses.replace(stages[3], steps=steps)
    assert '  "go-toolchain" -> "a"\n' in draw.dot(StageGraph(stages), ["a"])


def test_json_names_kinds_images_and_parents() -> None:
    stages = json.loads(draw.as_json(GRAPH, ["a"]))["stages"]
    assert stages[0] == {
        "name": "go-toolchain",
        "kind": "toolchain",
        "image": "debian:trixie-slim",
        "parents": [],
    }
    assert stages[2]["parents"] == [{"name": "go-deps", "decides": False}]
