"""Renders the graph as text: tree, DOT, Mermaid, JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msbuild.graph.algorithms import without_implied_edges
from msbuild.model import ImageRef, StageKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from msbuild.graph.stage_graph import StageGraph


def tree(graph: StageGraph, services: Sequence[str]) -> str:
    """Base images at the root, services at the leaves.

    A stage with several parents is shown below its base.
    """
    wanted = _wanted(graph, services)
    roots = sorted({_image(graph, name) for name in wanted} - {None})  # type: ignore[type-var]
    below: dict[str | None, list[str]] = {}
    for name in wanted:
        below.setdefault(_parent(graph, name), []).append(name)
    lines: list[str] = []
    for root in roots:
        lines.append(str(root))
        top = [name for name in wanted if _image(graph, name) == root]
        lines.extend(_branches(graph, top, below, ""))
    return "".join(f"{line}\n" for line in lines)


def dot(graph: StageGraph, services: Sequence[str]) -> str:
    """Graphviz; a dashed edge comes from a speed-only parent."""
    wanted = _wanted(graph, services)
    lines = ["digraph stages {", "  rankdir=LR", "  node [shape=box]"]
    for name in wanted:
        style = ' style="bold"' if graph[name].kind is StageKind.RUNTIME else ""
        lines.append(f'  "{name}" [label="{name}"{style}]')
    for parent, child, decides in _edges(graph, wanted):
        lines.append(f'  "{parent}" -> "{child}"' + ("" if decides else " [style=dashed]"))
    return "\n".join([*lines, "}"]) + "\n"


def mermaid(graph: StageGraph, services: Sequence[str]) -> str:
    """Mermaid, which GitHub and GitLab render in Markdown."""
    wanted = _wanted(graph, services)
    number = {name: f"s{index}" for index, name in enumerate(wanted)}
    lines = ["graph LR"]
    for name in wanted:
        left, right = ("([", "])") if graph[name].kind is StageKind.RUNTIME else ("[", "]")
        lines.append(f'  {number[name]}{left}"{name}"{right}')
    for parent, child, decides in _edges(graph, wanted):
        lines.append(f"  {number[parent]} {'-->' if decides else '-.->'} {number[child]}")
    return "\n".join(lines) + "\n"


def as_json(graph: StageGraph, services: Sequence[str]) -> str:
    """Stages in build order with their parents, for programs."""
    wanted = _wanted(graph, services)
    stages = [
        {
            "name": name,
            "kind": graph[name].kind.value,
            "image": _image(graph, name),
            "parents": [
                {"name": parent, "decides": decides}
                for parent, decides in graph.parents(name).items()
            ],
        }
        for name in wanted
    ]
    return json.dumps({"stages": stages}, indent=2) + "\n"


FORMATS: Mapping[str, Callable[[StageGraph, Sequence[str]], str]] = {
    "tree": tree,
    "dot": dot,
    "mermaid": mermaid,
    "json": as_json,
}


def _wanted(graph: StageGraph, services: Sequence[str]) -> list[str]:
    return [stage.name for stage in graph.needed_by(services)]


def _edges(graph: StageGraph, wanted: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """The edges to draw: without those that a path through other stages implies.

    Only a path of deciding edges implies a deciding edge.
    """
    edges = [
        (parent, child, decides)
        for child in wanted
        for parent, decides in graph.parents(child).items()
    ]
    deciding = without_implied_edges((parent, child) for parent, child, decides in edges if decides)
    any_kind = without_implied_edges((parent, child) for parent, child, _ in edges)
    for parent, child, decides in edges:
        if (parent, child) in (deciding if decides else any_kind):
            yield parent, child, decides


def _image(graph: StageGraph, name: str) -> str | None:
    """The base image of a stage; a runtime stage is shown below its build instead."""
    stage = graph[name]
    if isinstance(stage.base, ImageRef) and stage.kind is not StageKind.RUNTIME:
        return stage.base.reference
    return None


def _parent(graph: StageGraph, name: str) -> str | None:
    base = graph[name].base
    if not isinstance(base, ImageRef):
        return base.stage
    builds = [p for p in graph.parents(name) if graph[p].kind is StageKind.BUILD]
    return builds[-1] if builds else None


def _branches(
    graph: StageGraph, names: Sequence[str], below: Mapping[str | None, Sequence[str]], indent: str
) -> Iterator[str]:
    for position, name in enumerate(names):
        last = position == len(names) - 1
        base = graph[name].base
        runtime = graph[name].kind is StageKind.RUNTIME
        on = f"  (on {base.reference})" if runtime and isinstance(base, ImageRef) else ""
        yield f"{indent}{'└── ' if last else '├── '}{name}{on}"
        further = indent + ("    " if last else "│   ")
        yield from _branches(graph, below.get(name, ()), below, further)
