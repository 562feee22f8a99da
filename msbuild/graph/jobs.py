"""Cuts the graph into jobs: every shared stage is one, and every service with its own stages."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from msbuild.graph.stage_graph import StageGraph


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
    users: dict[str, set[str]] = defaultdict(set)
    for service in services:
        for stage in graph.with_ancestors(service):
            users[stage.name].add(service)
    jobs: dict[str, set[str]] = {}
    for name in graph:
        needed_by = users[name]
        if len(needed_by) == 1 and not _is_shared(name, graph):
            jobs.setdefault(next(iter(needed_by)), set()).add(name)
        elif needed_by:
            jobs.setdefault(name, set()).add(name)
    return {job: frozenset(stages) for job, stages in jobs.items()}


def _is_shared(name: str, graph: StageGraph) -> bool:
    """Whether a stage is there for sharing, even where just one service happens to use it."""
    return graph[name].kind in ("toolchain", "dependencies")


def needs(graph: StageGraph, jobs: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """Which jobs each job has to wait for."""
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
