"""The stages of a service with the whole tree there, and without what would hide reads."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from msbuild.graph.stage_graph import StageGraph
from msbuild.model import (
    SCRATCH,
    Copy,
    CopyArtifact,
    ImageRef,
    Run,
    Stage,
    StageKind,
    StageRef,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from msbuild.graph.stage_graph import StageGraph as Graph

_OWN = {StageKind.BUILD, StageKind.CUSTOM}


def own_stages(graph: Graph, services: Collection[str]) -> list[str]:
    """The stages that make services of their own sources, custom stages included, parents first.

    Not those of other services that they depend on: these are told of by themselves.
    """
    own: dict[str, None] = {}
    for service in services:
        for stage in graph.with_ancestors(service):
            if stage.kind is StageKind.CUSTOM or stage.name in build_stages(graph, service):
                own[stage.name] = None
    return [name for name in graph if name in own]


def build_stages(graph: Graph, service: str) -> list[str]:
    """The build stages of one service, the last one first: that of its artifacts and its bases."""
    made = [step.stage for step in graph[service].steps if isinstance(step, CopyArtifact)]
    found: list[str] = []
    for name in made:
        stage = graph[name]
        while stage.kind is StageKind.BUILD and stage.name not in found:
            found.append(stage.name)
            if not isinstance(stage.base, StageRef):
                break
            stage = graph[stage.base.stage]
    return found


def with_whole_tree(graph: Graph, services: Sequence[str], tree: Sequence[str]) -> Graph:
    """The graph with stages that see every file of the tree.

    Args:
        graph: all stages.
        services: whose stages.
        tree: the files of the tree.
    """
    own = set(own_stages(graph, services))
    # what they leave is nobody's but this run's: no other may find it
    mark = secrets.token_hex(16)
    changed = [
        _opened(graph[name], graph, tree, mark) if name in own else _bare(graph[name])
        for name in graph
    ]
    return StageGraph(changed)


def _opened(stage: Stage, graph: Graph, tree: Sequence[str], mark: str) -> Stage:
    stood_in = set(stage.stand_ins)
    first = Copy(tuple(path for path in tree if path not in stood_in))
    return replace(
        stage,
        base=base_of(stage, graph),
        steps=(*((first,) if first.files else ()), *map(_uncached, stage.steps)),
        facts=(*stage.facts, ("msbuild verify", mark)),
    )


def base_of(stage: Stage, graph: Graph) -> ImageRef | StageRef:
    """What a stage stands on, without stages that compile files of the tree to be faster.

    What was compiled there would not be read again. A stage that needs the network brings
    third-party code, which takes nothing from the tree but what it copies; one that has no file in
    common with this one has compiled none of its files.
    """
    base = stage.base
    while isinstance(base, StageRef):
        below = graph[base.stage]
        if not base.speed_only or _downloads(below) or set(below.files).isdisjoint(stage.files):
            break
        base = below.base
        if isinstance(base, StageRef) and graph[base.stage].kind is StageKind.DEPENDENCIES:
            base = replace(base, speed_only=True)
    return base


def files_below(graph: Graph, name: str) -> frozenset[str]:
    """The files that stages which only make a stage faster copy."""
    found: set[str] = set()
    base = graph[name].base
    while isinstance(base, StageRef) and graph[base.stage].kind is StageKind.DEPENDENCIES:
        found.update(graph[base.stage].files)
        base = graph[base.stage].base
    return frozenset(found)


def _downloads(stage: Stage) -> bool:
    return any(isinstance(step, Run) and step.network for step in stage.steps)


def _uncached(step: Step) -> Step:
    """A step that finds nothing compiled, and does nothing that only makes it faster."""
    if not isinstance(step, Run):
        return step
    return replace(step, script=step.plain or step.script, caches=())


def _bare(stage: Stage) -> Stage:
    """A service without an image: nobody asks a registry for its base."""
    if stage.kind is not StageKind.RUNTIME:
        return stage
    made = tuple(step for step in stage.steps if isinstance(step, CopyArtifact))
    return replace(stage, base=ImageRef(SCRATCH), steps=made)
