"""The graph of stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import ConfigError
from msbuild.graph.algorithms import CycleError, reachable, topological_order
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
            including all parents. Ordering takes NetworkX, which takes long to import.

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
        wanted = reachable((name,), self._parents.__getitem__)
        return tuple(self._stages[each] for each in sorted(wanted, key=self._rank.__getitem__))

    def needed_by(self, names: Iterable[str]) -> list[Stage]:
        """The named stages and all stages they need, parents first."""
        wanted = reachable(names, self._parents.__getitem__)
        return [self._stages[name] for name in self if name in wanted]

    def deciding(self, name: str) -> tuple[str, ...]:
        """A stage and all stages that decide its result, nearest first."""
        return tuple(reachable((name,), self.deciding_parents))

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

    def _connect(self, stage: Stage) -> None:
        self._parents[stage.name] = references(stage)
        for parent in self._parents[stage.name]:
            if parent not in self._stages:
                raise ConfigError(f"stage `{stage.name}` refers to unknown stage `{parent}`")
            self._children[parent].append(stage.name)

    def _order(self) -> Iterable[str]:
        """The names, parents first."""
        edges = [(parent, child) for parent, child, _ in self.edges()]
        try:
            return topological_order(self._stages, edges)
        except CycleError as error:
            raise ConfigError(f"dependency cycle: {' -> '.join(error.path)}") from None


def references(stage: Stage) -> dict[str, bool]:
    """The stages that a stage refers to, each with whether it decides."""
    found: dict[str, bool] = {}
    for parent, decides in _references(stage):
        found[parent] = decides or found.get(parent, False)
    return found


def _references(stage: Stage) -> Iterator[tuple[str, bool]]:
    """The stages that a stage refers to, each with whether it decides."""
    if isinstance(stage.base, StageRef):
        yield stage.base.stage, not stage.base.speed_only
    for step in stage.steps:
        if isinstance(step, CopyArtifact | Certificates | AddUser):
            yield step.stage, True
        elif isinstance(step, Run):
            yield from ((mount.seed, False) for mount in step.caches if mount.seed)
