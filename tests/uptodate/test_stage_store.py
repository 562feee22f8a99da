from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from msbuild import model
from msbuild.model import (
    AddUser,
    CacheMount,
    Certificates,
    Copy,
    CopyArtifact,
    Healthcheck,
    HostTool,
    ImageRef,
    Packages,
    Run,
    Runtime,
    Stage,
    StageKind,
    StageRef,
    User,
)
from msbuild.uptodate import stage_store
from msbuild.workspace import loading

SHOP = Path(__file__).parents[2] / "msbuild.yaml"
USER = User(1000, 1000, "shop")
EVERYTHING = Stage(
    name="all",
    kind=StageKind.RUNTIME,
    base=StageRef("below", speed_only=True),
    steps=(
        Copy(("a", "b"), strip="a", destination="/x"),
        CopyArtifact("below", ".", "./y"),
        Run(
            "make",
            (CacheMount("id", "$CACHE/x", "content", seed="deps"),),
            network=True,
            env=(("A", "1"),),
        ),
        Packages(("gcc",)),
        Certificates("below"),
        AddUser(USER, "below"),
    ),
    env=(("B", "2"),),
    facts=(("lock", "3"),),
    runtime=Runtime(
        user=USER, env={"C": "4"}, healthcheck=Healthcheck(("true",)), labels={"": "odd"}
    ),
    host=(HostTool("gcc", ("--version",), "gcc", (12,), settings=("~/x",)),),
    stand_ins=("c",),
)


def test_every_stage_class_round_trips() -> None:
    plain = Stage("plain", StageKind.BUILD, ImageRef("debian"))
    for stage in (EVERYTHING, plain):
        assert stage_store.decode(json.loads(json.dumps(stage_store.encode(stage)))) == stage


def test_the_stages_of_the_shop_round_trip() -> None:
    graph = loading.load(SHOP).assembly.graph
    for name in graph:
        assert (
            stage_store.decode(json.loads(json.dumps(stage_store.encode(graph[name]))))
            == graph[name]
        )


def test_every_step_class_can_be_encoded() -> None:
    """Otherwise a new kind of step would be lost."""
    steps = set(model.Step.__args__)
    assert {noun.__name__ for noun in steps} <= set(stage_store._NOUNS)
    assert {type(step) for step in EVERYTHING.steps} == steps
    unset = [each.name for each in dataclasses.fields(Stage) if not getattr(EVERYTHING, each.name)]
    assert unset in ([], ["cores"])


@pytest.mark.parametrize(
    "value",
    [None, 1, "x", [], {}, {"": "Stage"}, {"": "Path"}, {"": "User", "uid": 1, "gid": 1},
     {"": "Stage", "name": "x", "no": 1}],
)  # fmt: skip
def test_values_that_are_not_stages_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        stage_store.decode(value)
