"""Divides the graph into jobs: each shared stage, and each service with its own stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.graph.algorithms import reachable
from msbuild.model import StageKind, StageRef

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from msbuild.graph.stage_graph import StageGraph

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
