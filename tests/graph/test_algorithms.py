from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.graph.algorithms import (
    CycleError,
    longest_path,
    reachable,
    topological_order,
    without_implied_edges,
)

EDGES = st.sets(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=20)
FORWARD = EDGES.map(lambda edges: {(first, second) for first, second in edges if first < second})

WITH_KNOWN_ORDER = """
import sys
from msbuild.graph.stage_graph import divide_into_jobs, needs
from msbuild.graph.stage_graph import StageGraph
import msbuild.planning.planner
from msbuild.schedule.order import Schedule
from msbuild.schedule.order import lower_bound
from tests.stages import shop

graph = StageGraph(shop(), ordered=True)
assert len(graph.needed_by(["a", "b"])) == len(graph)
assert len(graph.with_ancestors("a")) == 4
waits_for = needs(graph, divide_into_jobs(graph, ["a", "b"]))
costs = dict.fromkeys(waits_for, 1.0)
schedule = Schedule(waits_for, costs, 2)
assert schedule.start() == "go-toolchain"
assert lower_bound(waits_for, costs, 2) == 3
assert schedule.finished("go-toolchain", ok=False) == ("go-deps", "a", "b")
print(*sys.modules)
"""


def test_planning_and_scheduling_stages_in_a_known_order_do_not_import_networkx() -> None:
    command = [sys.executable, "-c", WITH_KNOWN_ORDER]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert "msbuild.graph.algorithms" in modules
    assert "networkx" not in modules


@given(EDGES, st.sets(st.sampled_from("abcdefgh")))
def test_reachable_finds_the_starts_and_their_descendants(
    edges: set[tuple[str, str]], starts: set[str]
) -> None:
    graph: nx.DiGraph[str] = nx.DiGraph(list(edges))
    graph.add_nodes_from("abcdefgh")
    expected = starts.union(*(nx.descendants(graph, start) for start in starts))
    assert set(reachable(starts, lambda node: graph[node])) == expected


def test_reachable_nodes_are_listed_nearest_first() -> None:
    following = {"a": "bc", "b": "d", "c": "e", "d": "f", "e": "f", "f": "a"}
    assert list(reachable("a", following.__getitem__)) == list("abcdef")


def test_a_topological_order_is_alphabetical_where_edges_allow_it() -> None:
    assert topological_order("cbad", [("c", "a"), ("b", "a")]) == ["b", "c", "a", "d"]


def test_a_cycle_is_an_error_with_its_path() -> None:
    with pytest.raises(CycleError) as caught:
        topological_order("abcd", [("d", "a"), ("a", "b"), ("b", "c"), ("c", "a")])
    assert len(caught.value.path) == 4
    assert {*pairwise(caught.value.path)} == {("a", "b"), ("b", "c"), ("c", "a")}


@given(FORWARD)
def test_implied_edges_can_be_left_out(edges: set[tuple[str, str]]) -> None:
    left = without_implied_edges(edges)
    assert left <= edges
    graph: nx.DiGraph[str] = nx.DiGraph(list(left))
    for first, second in edges - left:
        assert nx.has_path(graph, first, second)
    assert without_implied_edges(left) == left


def test_without_edges_there_is_nothing_to_leave_out() -> None:
    assert without_implied_edges([]) == set()


@given(FORWARD, st.lists(st.integers(0, 9), min_size=8, max_size=8))
def test_no_path_is_longer_than_the_longest(
    edges: set[tuple[str, str]], numbers: list[int]
) -> None:
    costs = {node: float(number) for node, number in zip("abcdefgh", numbers, strict=True)}
    ahead: dict[str, float] = {}
    for node in reversed("abcdefgh"):
        ahead[node] = costs[node] + max((ahead[t] for f, t in edges if f == node), default=0.0)
    path = longest_path(edges, costs)
    assert edges.issuperset(pairwise(path))
    assert sum(costs[node] for node in path) == max(ahead.values())


def test_the_first_by_name_of_equally_long_paths_is_chosen() -> None:
    assert longest_path([("b", "z"), ("a", "z")], dict.fromkeys("abz", 1.0)) == ("a", "z")
    assert longest_path([], {"b": 1.0, "a": 1.0}) == ("a",)
    assert longest_path([], {}) == ()
