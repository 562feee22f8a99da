from __future__ import annotations

import json

from msbuild.graph import draw
from msbuild.graph.stage_graph import StageGraph
from tests.stages import shop

GRAPH = StageGraph(shop())


def test_the_tree_view() -> None:
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


def test_mermaid() -> None:
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


def test_json_names_kinds_images_and_parents() -> None:
    stages = json.loads(draw.as_json(GRAPH, ["a"]))["stages"]
    assert stages[0] == {
        "name": "go-toolchain",
        "kind": "toolchain",
        "image": "debian:trixie-slim",
        "parents": [],
    }
    assert stages[2]["parents"] == [{"name": "go-deps", "decides": False}]
