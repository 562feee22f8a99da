"""The graph of stages. The only module that imports NetworkX, to order them.

Stages with a known order are not ordered again, as importing NetworkX takes 150 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import ConfigError
from msbuild.model import AddUser, Certificates, CopyArtifact, Run, StageKind, StageRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild.model import Stage


class StageGraph:
    """Stages by name, with the edges that their bases and steps imply.

    Edges run from parent to child. An edge *decides* unless the parent is speed-only.

    Args:
        stages: the stages, with unique names.
        ordered: whether they are already in the order of a graph, of which they are all or a part,
            including all parents.

    Raises:
        ConfigError: stage names are not unique, a parent does not exist, or there is a cycle.
    """

    def __init__(self, stages: Iterable[Stage], *, ordered: bool = False) -> None:
        self._stages: dict[str, Stage] = {}
        for stage in stages:
            if stage.name in self._stages:
                raise ConfigError(
                    f"duplicate stage name `{stage.name}`",
                    hint="rename a service, builder or custom stage",
                )
            self._stages[stage.name] = stage
        self._parents: dict[str, dict[str, bool]] = {name: {} for name in self._stages}
        self._children: dict[str, list[str]] = {name: [] for name in self._stages}
        for stage in self._stages.values():
            self._connect(stage)
        order = self._stages if ordered else self._order()
        self._rank = {name: rank for rank, name in enumerate(order)}

    def __getitem__(self, name: str) -> Stage:
        return self._stages[name]

    def __iter__(self) -> Iterator[str]:
        """The names, parents before children, otherwise alphabetical."""
        return iter(self._rank)

    def __len__(self) -> int:
        return len(self._stages)

    def parents(self, name: str) -> Mapping[str, bool]:
        """The parents of a stage, each with whether it decides."""
        edges = self._parents[name]
        return {parent: edges[parent] for parent in sorted(edges)}

    def deciding_parents(self, name: str) -> tuple[str, ...]:
        """The parents that decide the result of a stage.

        A speed-only parent is replaced by the stages that decide what it is based on, skipping
        those that are speed-only, too.
        """
        found: set[str] = set()
        for parent, decides in self.parents(name).items():
            found.update((parent,) if decides else self._bases_below(parent))
        return tuple(sorted(found))

    def with_ancestors(self, name: str) -> tuple[Stage, ...]:
        """A stage and all stages it needs, parents first, the stage itself last."""
        wanted = sorted(self._with_parents((name,)), key=self._rank.__getitem__)
        return tuple(self._stages[each] for each in wanted)

    def needed_by(self, names: Iterable[str]) -> list[Stage]:
        """The named stages and all stages they need, parents first."""
        wanted = self._with_parents(names)
        return [self._stages[name] for name in self if name in wanted]

    def deciding(self, name: str) -> tuple[str, ...]:
        """A stage and all stages that decide its result, nearest first."""
        found = dict.fromkeys((name,))
        waiting = [name]
        while waiting:
            parents = self.deciding_parents(waiting.pop(0))
            waiting.extend(parent for parent in parents if parent not in found)
            found |= dict.fromkeys(parents)
        return tuple(found)

    def children(self, name: str) -> tuple[str, ...]:
        """The stages that need this one directly."""
        return tuple(sorted(self._children[name]))

    def edges(self) -> list[tuple[str, str, bool]]:
        """Parent, child, and whether the parent decides; sorted."""
        return sorted(
            (parent, child, decides)
            for child, parents in self._parents.items()
            for parent, decides in parents.items()
        )

    def _bases_below(self, name: str) -> set[str]:
        """The stages that a speed-only stage is based on, without dependencies stages."""
        found: set[str] = set()
        for parent, decides in self.parents(name).items():
            more = not decides or self[parent].kind is StageKind.DEPENDENCIES
            found.update(self._bases_below(parent) if more else (parent,))
        return found

    def _with_parents(self, names: Iterable[str]) -> set[str]:
        """Stages and all stages they need."""
        wanted: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in wanted:
                wanted.add(name)
                waiting.extend(self._parents[name])
        return wanted

    def _connect(self, stage: Stage) -> None:
        for parent, decides in _references(stage):
            if parent not in self._stages:
                raise ConfigError(f"stage `{stage.name}` refers to unknown stage `{parent}`")
            parents = self._parents[stage.name]
            if parent not in parents:
                self._children[parent].append(stage.name)
            parents[parent] = decides or parents.get(parent, False)

    def _order(self) -> Iterable[str]:
        """The names, parents first."""
        import networkx as nx  # noqa: PLC0415 - see above

        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self._stages)
        graph.add_edges_from((parent, child) for parent, child, _ in self.edges())
        try:
            return list(nx.lexicographical_topological_sort(graph))
        except nx.NetworkXUnfeasible:
            cycle = nx.find_cycle(graph)
        path = " -> ".join([cycle[0][0], *(edge[1] for edge in cycle)])
        raise ConfigError(f"dependency cycle: {path}")


def _references(stage: Stage) -> Iterator[tuple[str, bool]]:
    """The stages that a stage refers to, each with whether it decides."""
    if isinstance(stage.base, StageRef):
        yield stage.base.stage, not stage.base.speed_only
    for step in stage.steps:
        if isinstance(step, CopyArtifact | Certificates | AddUser):
            yield step.stage, True
        elif isinstance(step, Run):
            yield from ((mount.seed, False) for mount in step.caches if mount.seed)
