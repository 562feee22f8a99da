"""The graph of stages. The only module that imports NetworkX."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from msbuild.errors import ConfigError
from msbuild.model import AddUser, Certificates, CopyArtifact, Run, StageRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild.model import Stage


class StageGraph:
    """Stages by name, with the edges that their bases and steps imply.

    Edges run from parent to child. An edge *decides* unless the parent only makes the child fast.

    Args:
        stages: every stage; names are unique.

    Raises:
        ConfigError: two stages share a name, a stage refers to none, or the stages form a cycle.
    """

    def __init__(self, stages: Iterable[Stage]) -> None:
        self._stages: dict[str, Stage] = {}
        for stage in stages:
            if stage.name in self._stages:
                raise ConfigError(
                    f"two stages are called `{stage.name}`",
                    hint="rename a service, builder or custom stage",
                )
            self._stages[stage.name] = stage
        self._graph: nx.DiGraph[str] = nx.DiGraph()
        self._graph.add_nodes_from(self._stages)
        for stage in self._stages.values():
            self._connect(stage)
        self._refuse_cycles()
        order = nx.lexicographical_topological_sort(self._graph)
        self._rank = {name: rank for rank, name in enumerate(order)}

    def __getitem__(self, name: str) -> Stage:
        return self._stages[name]

    def __iter__(self) -> Iterator[str]:
        """The names, parents before children; alphabetical where the order is free."""
        return iter(self._rank)

    def __len__(self) -> int:
        return len(self._stages)

    def parents(self, name: str) -> Mapping[str, bool]:
        """The parents of a stage, each with whether it decides."""
        edges = self._graph.pred[name]
        return {parent: edges[parent]["decides"] for parent in sorted(edges)}

    def deciding_parents(self, name: str) -> tuple[str, ...]:
        """The parents that decide what a stage is.

        A parent that only makes it fast stands on stages of its own; those that decide what that
        parent is are what this stage really stands on.
        """
        found: set[str] = set()
        for parent, decides in self.parents(name).items():
            found.update((parent,) if decides else self.deciding_parents(parent))
        return tuple(sorted(found))

    def with_ancestors(self, name: str) -> tuple[Stage, ...]:
        """A stage and all it needs, parents first, the stage itself last."""
        wanted = nx.ancestors(self._graph, name) | {name}
        return tuple(self._stages[each] for each in sorted(wanted, key=self._rank.__getitem__))

    def needed_by(self, names: Iterable[str]) -> list[Stage]:
        """The stages of that name and all they need, parents first."""
        wanted: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in wanted:
                wanted.add(name)
                waiting.extend(self._graph.pred[name])
        return [self._stages[name] for name in self if name in wanted]

    def deciding(self, name: str) -> tuple[str, ...]:
        """A stage and everything that decides what it is, nearest first."""
        found = dict.fromkeys((name,))
        waiting = [name]
        while waiting:
            parents = self.deciding_parents(waiting.pop(0))
            waiting.extend(parent for parent in parents if parent not in found)
            found |= dict.fromkeys(parents)
        return tuple(found)

    def children(self, name: str) -> tuple[str, ...]:
        """The stages that need this one directly."""
        return tuple(sorted(self._graph.succ[name]))

    def edges(self) -> list[tuple[str, str, bool]]:
        """Parent, child, and whether the parent decides; sorted."""
        return sorted((a, b, data["decides"]) for a, b, data in self._graph.edges(data=True))

    def _connect(self, stage: Stage) -> None:
        for parent, decides in _references(stage):
            if parent not in self._stages:
                raise ConfigError(
                    f"stage `{stage.name}` refers to `{parent}`, which does not exist"
                )
            known = self._graph.get_edge_data(parent, stage.name, {"decides": False})
            self._graph.add_edge(parent, stage.name, decides=decides or known["decides"])

    def _refuse_cycles(self) -> None:
        try:
            cycle = nx.find_cycle(self._graph)
        except nx.NetworkXNoCycle:
            return
        path = " -> ".join([cycle[0][0], *(edge[1] for edge in cycle)])
        raise ConfigError(f"stages need each other in a circle: {path}")


def _references(stage: Stage) -> Iterator[tuple[str, bool]]:
    """Every stage that another one names, with whether it decides."""
    if isinstance(stage.base, StageRef):
        yield stage.base.stage, not stage.base.speed_only
    for step in stage.steps:
        if isinstance(step, CopyArtifact | Certificates | AddUser):
            yield step.stage, True
        elif isinstance(step, Run):
            yield from ((mount.seed, False) for mount in step.caches if mount.seed)
