"""Graph algorithms, for stages and for jobs. The only module that imports NetworkX.

Importing NetworkX takes 150 ms, half of what an edit may take before its compiler starts. So it is
imported by the functions that need it, and an incremental load calls none of those: the order of
its stages is known, and `reachable` implements every search without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Edge = tuple[str, str]

_END = ""


class CycleError(ValueError):
    """The edges form a cycle.

    Attributes:
        path: the nodes of the cycle, from one of them back to it.
    """

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(" -> ".join(path))
        self.path = path


def reachable(starts: Iterable[str], following: Callable[[str], Iterable[str]]) -> dict[str, None]:
    """The nodes that can be reached, nearest first: ancestors or descendants and the starts.

    Args:
        starts: where to begin.
        following: the nodes that can be reached directly from a node.
    """
    found = dict.fromkeys(starts)
    waiting = list(found)
    for node in waiting:
        new = [each for each in following(node) if each not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return found


def topological_order(nodes: Iterable[str], edges: Iterable[Edge]) -> list[str]:
    """The nodes, each after those that have an edge to it, otherwise by name.

    Raises:
        CycleError: there is no such order.
    """
    import networkx as nx  # noqa: PLC0415 - see above

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    try:
        return list(nx.lexicographical_topological_sort(graph))
    except nx.NetworkXUnfeasible:
        cycle = nx.find_cycle(graph)
    raise CycleError((cycle[0][0], *(edge[1] for edge in cycle)))


def without_implied_edges(edges: Iterable[Edge]) -> set[Edge]:
    """The edges that no longer path replaces; the edges must not form a cycle."""
    import networkx as nx  # noqa: PLC0415 - see above

    return set(nx.transitive_reduction(nx.DiGraph(list(edges))).edges)


def longest_path(edges: Iterable[Edge], costs: Mapping[str, float]) -> tuple[str, ...]:
    """The path whose nodes cost most, in order; of equal ones, the first by name. May be empty.

    Args:
        edges: they must not form a cycle.
        costs: the cost of each node.
    """
    import networkx as nx  # noqa: PLC0415 - see above

    # NetworkX weighs edges, and of equal predecessors prefers the one that was added first. So a
    # node's cost is on the edges that leave it, and one node comes after all others.
    weighted: nx.DiGraph[str] = nx.DiGraph()
    ends = ((node, _END) for node in costs)
    for node, following in sorted([*edges, *ends]):
        weighted.add_edge(node, following, weight=costs[node])
    return tuple(node for node in nx.dag_longest_path(weighted) if node != _END)
