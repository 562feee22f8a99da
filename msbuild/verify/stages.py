"""The stages to check: with all files of the tree, and without compiled code that hides reads."""

from __future__ import annotations

import posixpath
import secrets
from dataclasses import dataclass, field, replace
from functools import cached_property
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
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from msbuild.graph.stage_graph import StageGraph as Graph


_OWN = {StageKind.BUILD, StageKind.CUSTOM}


def own_stages(graph: Graph, services: Collection[str]) -> list[str]:
    """The build and custom stages of services, parents first.

    Stages of other services that they depend on are not included: those are checked separately.
    """
    own: dict[str, None] = {}
    for service in services:
        for stage in graph.with_ancestors(service):
            if stage.kind is StageKind.CUSTOM or stage.name in build_stages(graph, service):
                own[stage.name] = None
    return [name for name in graph if name in own]


def build_stages(graph: Graph, service: str) -> list[str]:
    """The build stages of one service, last first: those of its artifacts and their bases."""
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
    """The graph, with the stages of services changed to see every file of the tree.

    Args:
        graph: all stages.
        services: whose stages.
        tree: the files of the tree.
    """
    own = set(own_stages(graph, services))
    # a random fact, so that no other run finds their results
    mark = secrets.token_hex(16)
    changed = [
        _opened(graph[name], graph, tree, mark) if name in own else _without_caches(graph[name])
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
    """The base of a stage, without stages that compile files of the tree only to save time.

    Files compiled there would not be read again. Two kinds of these stages stay: one that needs the
    network fetches third-party code and takes from the tree only what it copies; one that shares no
    file with this stage has compiled none of its files.
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
    """The files copied by the dependencies stages below a stage."""
    found: set[str] = set()
    base = graph[name].base
    while isinstance(base, StageRef) and graph[base.stage].kind is StageKind.DEPENDENCIES:
        found.update(graph[base.stage].files)
        base = graph[base.stage].base
    return frozenset(found)


def _downloads(stage: Stage) -> bool:
    return any(isinstance(step, Run) and step.network for step in stage.steps)


def _uncached(step: Step) -> Step:
    """A step without cache mounts and without commands that only save time."""
    if not isinstance(step, Run):
        return step
    return replace(step, script=step.plain or step.script, caches=())


def _without_caches(stage: Stage) -> Stage:
    """A runtime stage on `scratch`, so that its base image is not needed."""
    if stage.kind is not StageKind.RUNTIME:
        return stage
    made = tuple(step for step in stage.steps if isinstance(step, CopyArtifact))
    return replace(stage, base=ImageRef(SCRATCH), steps=made)


_MOST_LINKS = 40


class Names:
    """Files by path, and the directories that they make up.

    Args:
        files: the paths, relative.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self.files = frozenset(files)

    @cached_property
    def directories(self) -> Mapping[str, frozenset[str]]:
        """The names directly in each directory; those of directories end with a slash."""
        found: dict[str, set[str]] = {"": set()}
        for path in self.files:
            self._enter(path, found)
        return {directory: frozenset(names) for directory, names in found.items()}

    @staticmethod
    def _enter(path: str, found: dict[str, set[str]]) -> None:
        directory, name = posixpath.split(path)
        while True:
            known = directory in found
            found.setdefault(directory, set()).add(name)
            if known or not directory:
                return
            directory, name = posixpath.split(directory)
            name += "/"

    def right_in(self, directory: str) -> frozenset[str]:
        """The names directly in a directory; empty if it does not exist."""
        return self.directories.get(directory, frozenset())


@dataclass(frozen=True)
class Views:
    """The files that a stage is compared with.

    Attributes:
        tree: every file of the source tree.
        links: the targets of the links among them, as written.
        declared: the files that the stage copies: its closure.
        below: files of the tree that base stages copied and did not change. They do not decide this
            stage, but facts about them may.
        made: other files that exist when the stage starts, or that replace files of the tree:
            artifacts of other stages, stand-ins.
        is_ignored: whether a path is a file that exists and is not a source.
    """

    tree: Names
    links: Mapping[str, str]
    declared: frozenset[str]
    below: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()
    is_ignored: Callable[[str], bool] = lambda _path: False
    _known: dict[str, tuple[tuple[str, ...], str | None]] = field(default_factory=dict)

    @cached_property
    def seen(self) -> Names:
        """All names that exist when a build of the declared files starts."""
        return Names({*self.declared, *self.below, *self.made})

    def resolve(self, path: str) -> tuple[tuple[str, ...], str | None]:
        """The links on the way to a path, and its target; ``None`` if it leaves the tree.

        Args:
            path: relative to the working directory; may contain ``..``.
        """
        if path not in self._known:
            self._known[path] = self._resolve(path)
        return self._known[path]

    def _resolve(self, path: str) -> tuple[tuple[str, ...], str | None]:
        waiting = path.split("/")[::-1]
        place: list[str] = []
        passed: list[str] = []
        while waiting:
            name = waiting.pop()
            if name in ("", "."):
                continue
            if name == "..":
                if not place:
                    return tuple(passed), None
                place.pop()
                continue
            place.append(name)
            link = "/".join(place)
            if link in self.links:
                target = self.links[link]
                passed.append(link)
                if target.startswith("/") or len(passed) > _MOST_LINKS:
                    return tuple(passed), None
                place.pop()
                waiting.extend(target.split("/")[::-1])
        return tuple(passed), "/".join(place)
