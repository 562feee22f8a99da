from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.errors import ConfigErrors
from msbuild.model import Dependency, Location, Runtime, Service
from msbuild.workspace.config.problems import Problems
from msbuild.workspace.config.services import check_cycles

NAMES = "abcdef"
EDGES = st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=4), max_size=len(NAMES)
)


def cycles(edges: dict[str, list[str]]) -> list[str]:
    services = {name: service(name, needed) for name, needed in edges.items()}
    problems = Problems()
    check_cycles(services, problems)
    try:
        problems.raise_any()
    except ConfigErrors as errors:
        return [each.message.partition("cycle: ")[2] for each in errors.problems]
    return []


def service(name: str, needed: list[str]) -> Service:
    at = Location("f", 1 + ord(name[0]), 1)
    places = [Location("f", at.line, 2 + column) for column in range(len(needed))]
    depends_on = tuple(
        Dependency(each, ".", ".", place) for each, place in zip(needed, places, strict=True)
    )
    return Service(name, "b", ".", {}, (), Runtime(), depends_on, at)


def is_acyclic(edges: dict[str, list[str]]) -> bool:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError:
        return False
    return True


@given(EDGES)
def test_a_cycle_is_reported_if_and_only_if_there_is_one(edges: dict[str, list[str]]) -> None:
    known = {name: [each for each in needed if each in edges] for name, needed in edges.items()}
    assert bool(cycles(edges)) is not is_acyclic(known)


@given(EDGES)
def test_a_reported_cycle_follows_dependencies_back_to_its_start(
    edges: dict[str, list[str]],
) -> None:
    for cycle in cycles(edges):
        path = cycle.split(" -> ")
        assert path[0] == path[-1]
        assert len(set(path)) == len(path) - 1
        assert all(after in edges[before] for before, after in pairwise(path))


@pytest.mark.parametrize("length", [1, 2, 5000])
def test_cycles_of_any_length_are_found(length: int) -> None:
    edges = {f"s{number}": [f"s{(number + 1) % length}"] for number in range(length)}
    (cycle,) = cycles(edges)
    assert len(cycle.split(" -> ")) == length + 1


def test_at_most_twenty_cycles_are_reported() -> None:
    assert len(cycles({f"s{number}": [f"s{number}"] for number in range(100)})) == 20
