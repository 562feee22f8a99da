"""How long jobs are expected to take, and how much work is ahead of each. Pure."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from msbuild.graph.algorithms import longest_path

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

UNKNOWN = 1.0


def fill_gaps(estimates: Mapping[str, float | None]) -> dict[str, float]:
    """Seconds for every job: its estimate, else the median of the known ones, else 1."""
    known = sorted(seconds for seconds in estimates.values() if seconds is not None)
    # The upper median: importing `statistics` costs more than this whole module.
    usual = known[len(known) // 2] if known else UNKNOWN
    return {job: usual if seconds is None else seconds for job, seconds in estimates.items()}


def parents_first(needs: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The jobs in an order in which each comes after those it needs.

    Raises:
        ValueError: a job needs an unknown job, or the needs form a cycle.
    """
    for job, parents in needs.items():
        # Not a set difference: with a keys view, that iterates over all keys.
        if missing := [parent for parent in parents if parent not in needs]:
            raise ValueError(f"`{job}` needs {sorted(missing)}, which does not exist")
    # From the standard library: every run needs this, and importing NetworkX takes 150 ms.
    return tuple(TopologicalSorter(needs).static_order())


def children(needs: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """The jobs that need each job directly."""
    found: dict[str, list[str]] = {job: [] for job in needs}
    for job, parents in needs.items():
        for parent in parents:
            found[parent].append(job)
    return found


def paths_ahead(
    needs: Mapping[str, Collection[str]], costs: Mapping[str, float]
) -> dict[str, float]:
    """The seconds of the longest chain that starts with each job, the job itself included."""
    # NetworkX finds the longest chain of all, but not one for each job.
    dependents = children(needs)
    ahead: dict[str, float] = {}
    for job in reversed(parents_first(needs)):
        ahead[job] = costs[job] + max((ahead[child] for child in dependents[job]), default=0.0)
    return ahead


def longest_chain(
    needs: Mapping[str, Collection[str]], costs: Mapping[str, float]
) -> tuple[str, ...]:
    """The jobs of the longest chain in order: the critical path. Empty without jobs.

    Of chains that take the same time, the first by name is chosen.
    """
    return longest_path(((need, job) for job in needs for need in needs[job]), costs)
