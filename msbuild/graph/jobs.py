"""Cuts the graph into jobs: every shared stage is one, and every service with its own stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.model import StageKind, StageRef

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from msbuild.graph.stage_graph import StageGraph

# These are there for sharing, even where just one service happens to use them.
_ALWAYS_SHARED = {StageKind.TOOLCHAIN, StageKind.DEPENDENCIES}


def cut(graph: StageGraph, services: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Which stages each job is there to make.

    A stage that only one service needs is built with that service, in one go. One that several
    need becomes a job of its own, which runs once, before all of them.

    Args:
        graph: all stages.
        services: every service of the workspace, asked for or not: what is shared must not depend
            on what was asked for.

    Returns:
        The names of the stages of each job, by the name of the job's last stage.
    """
    users: dict[str, frozenset[str]] = {name: frozenset((name,)) for name in services}
    for name in reversed(list(graph)):
        needed_by = users.get(name, frozenset()).union(
            *(users[child] for child in graph.children(name))
        )
        # two are as good as a thousand: the stage is shared
        users[name] = frozenset(sorted(needed_by)[:2])
    jobs: dict[str, set[str]] = {}
    for name in graph:
        if len(users[name]) == 1 and graph[name].kind not in _ALWAYS_SHARED:
            jobs.setdefault(next(iter(users[name])), set()).add(name)
        elif users[name]:
            jobs[name] = {name}
    return {job: frozenset(stages) for job, stages in jobs.items()}


def needs(graph: StageGraph, jobs: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """Which jobs each job has to wait for: those that make its parents."""
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


def with_needs(job: str, needs: Mapping[str, frozenset[str]]) -> set[str]:
    """A job and all that it waits for, directly or not."""
    found: set[str] = set()
    waiting = [job]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(needs[name])
    return found


def earlier_copies(
    graph: StageGraph, jobs: Mapping[str, frozenset[str]]
) -> Mapping[str, frozenset[str]]:
    """For a shared job, the ones before it whose first step does the same on the same ground.

    Two builders may install the same packages. Beside each other both would begin, and an executor
    that merges them cannot tell what came of it to the jobs that follow. So the later one waits
    for the earlier ones, as far as those are made at all.
    """
    alike: dict[tuple[object, ...], list[str]] = {}
    twins: dict[str, frozenset[str]] = {}
    for name in graph:
        if name not in jobs or graph[name].kind is StageKind.RUNTIME:
            continue
        beginning = _beginning(graph, name)
        if len(beginning) == 1:
            continue  # no step at all
        earlier = alike.setdefault(beginning, [])
        twins[name] = frozenset(earlier)
        earlier.append(name)
    return twins


def inline_single_dependents(
    needs: Mapping[str, frozenset[str]], made: Collection[str]
) -> Mapping[str, frozenset[str]]:
    """Leave out the jobs that can be done along with a single other one.

    A job may be left out if one job waits for it, and all others that do wait for that one, too:
    they cannot meet it beside each other.

    Args:
        needs: which jobs each job waits for, parents before children.
        made: the jobs that are expected to find all done, so that nobody misses them.

    Returns:
        The needs of the jobs that are left, in that order.
    """
    left = dict(needs)
    for name in reversed([each for each in needs if each in made]):
        waiting = [job for job in left if name in left[job]]
        first, *others = waiting or [name]
        if first != name and all(first in with_needs(job, left) for job in others):
            inherited = left.pop(name)
            left |= {job: left[job] - {name} for job in others}
            left[first] = left[first] - {name} | inherited
    return left


def _beginning(graph: StageGraph, name: str) -> tuple[object, ...]:
    """The image a stage stands on in the end, and every step up to the first of its own."""
    stage = graph[name]
    steps: list[object] = list(stage.steps[:1])
    while isinstance(stage.base, StageRef):
        stage = graph[stage.base.stage]
        steps = [*stage.steps, *steps]
    return (stage.base.reference, *steps)
