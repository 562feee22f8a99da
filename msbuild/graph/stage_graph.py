"""The graph of stages, and its division into jobs: each shared stage, and each service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import ConfigError
from msbuild.graph.algorithms import CycleError, reachable, topological_order
from msbuild.model import AddUser, Certificates, CopyArtifact, Run, StageKind, StageRef

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

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


# These exist for sharing, even if only one service uses them at the moment.
ALWAYS_SHARED = {StageKind.TOOLCHAIN, StageKind.DEPENDENCIES}


def divide_into_jobs(graph: StageGraph, services: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """The stages that each job builds.

    A stage that only one service needs is built with that service. One that several services need
    is a job of its own, which runs once, before all of them.

    Args:
        graph: all stages.
        services: all services of the workspace, requested or not: which stages are shared must not
            depend on the request.

    Returns:
        The names of the stages of each job, by the name of the job's last stage.
    """
    users: dict[str, frozenset[str]] = {name: frozenset((name,)) for name in services}
    for name in reversed(list(graph)):
        needed_by = users.get(name, frozenset()).union(
            *(users[child] for child in graph.children(name))
        )
        # two are enough: the stage is shared
        users[name] = frozenset(sorted(needed_by)[:2])
    jobs: dict[str, set[str]] = {}
    for name in graph:
        if len(users[name]) == 1 and graph[name].kind not in ALWAYS_SHARED:
            jobs.setdefault(next(iter(users[name])), set()).add(name)
        elif users[name]:
            jobs[name] = {name}
    return {job: frozenset(stages) for job, stages in jobs.items()}


def needs(graph: StageGraph, jobs: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """The jobs that each job has to wait for: those that build its parents."""
    job_of = {stage: job for job, stages in jobs.items() for stage in stages}
    return {
        job: frozenset(
            job_of[parent]
            for stage in stages
            for parent in graph.parents(stage)
            if job_of[parent] != job
        )
        for job, stages in jobs.items()
    }


def earlier_copies(
    graph: StageGraph, jobs: Mapping[str, frozenset[str]]
) -> Mapping[str, frozenset[str]]:
    """For each shared job, the earlier ones whose first step is the same on the same base.

    Two builders may install the same packages. In parallel both would start, and an executor that
    merges them cannot report the result to the jobs that follow. So the later one waits for the
    earlier ones, if those run at all.
    """
    alike: dict[tuple[object, ...], list[str]] = {}
    copies: dict[str, frozenset[str]] = {}
    for name in graph:
        if name not in jobs or graph[name].kind is StageKind.RUNTIME:
            continue
        beginning = _beginning(graph, name)
        if len(beginning) == 1:
            continue  # no step at all
        earlier = alike.setdefault(beginning, [])
        copies[name] = frozenset(earlier)
        earlier.append(name)
    return copies


def inline_single_dependents(
    needs: Mapping[str, frozenset[str]], made: Collection[str]
) -> Mapping[str, frozenset[str]]:
    """Leave out the jobs that can be built as part of the single job that needs them.

    A job can be left out if one job waits for it, and all others that wait for it also wait for
    that one, so that it is never built twice in parallel.

    Args:
        needs: the jobs that each job waits for, parents before children.
        made: the jobs that are expected to be cached, so that nothing is lost.

    Returns:
        The needs of the remaining jobs, in that order.
    """
    left = dict(needs)
    for name in reversed([each for each in needs if each in made]):
        waiting = [job for job in left if name in left[job]]
        first, *others = waiting or [name]
        if first != name and all(first in reachable((job,), left.__getitem__) for job in others):
            inherited = left.pop(name)
            left |= {job: left[job] - {name} for job in others}
            left[first] = left[first] - {name} | inherited
    return left


def _beginning(graph: StageGraph, name: str) -> tuple[object, ...]:
    """The base image of a stage, and every step up to the first one of its own."""
    stage = graph[name]
    steps: list[object] = list(stage.steps[:1])
    while isinstance(stage.base, StageRef):
        stage = graph[stage.base.stage]
        steps = [*stage.steps, *steps]
    return (stage.base.reference, *steps)
