from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.errors import ConfigError
from msbuild.graph.stage_graph import (
    StageGraph,
    divide_into_jobs,
    earlier_copies,
    inline_single_dependents,
    needs,
)
from msbuild.model import CopyArtifact, ImageRef, Stage, StageKind, StageRef
from tests.stages import DEPS, TOOLCHAIN, build, runtime, shop

if TYPE_CHECKING:
    from collections.abc import Mapping


def custom(name: str, *parents: str) -> Stage:
    steps = tuple(CopyArtifact(parent, ".", ".") for parent in parents)
    return Stage(name, StageKind.CUSTOM, ImageRef("scratch"), steps)


def test_edges_come_from_bases_artifacts_and_seeds() -> None:
    assert StageGraph(shop()).edges() == [
        ("a-build", "a", True),
        ("b-build", "b", True),
        ("go-deps", "a-build", False),
        ("go-deps", "b-build", False),
        ("go-toolchain", "go-deps", True),
    ]


def test_stages_are_ordered_parents_first_then_alphabetically() -> None:
    graph = StageGraph(reversed(shop()))
    assert list(graph) == ["go-toolchain", "go-deps", "a-build", "a", "b-build", "b"]


def test_a_speed_only_parent_passes_on_its_toolchain() -> None:
    graph = StageGraph(shop())
    assert graph.deciding_parents("a-build") == ("go-toolchain",)
    assert graph.deciding_parents("a") == ("a-build",)


def test_speed_only_stages_can_be_chained() -> None:
    libraries = Stage("go-libs", StageKind.DEPENDENCIES, StageRef("go-deps"))
    service = dataclasses.replace(build("a", ()), base=StageRef("go-libs", speed_only=True))
    graph = StageGraph([TOOLCHAIN, DEPS, libraries, service])
    assert graph.deciding_parents("go-libs") == ("go-deps",)
    assert graph.deciding_parents("a-build") == ("go-toolchain",)


def test_a_parent_decides_if_it_decides_anywhere() -> None:
    both = dataclasses.replace(
        build("a", ()), steps=(*build("a", ()).steps, CopyArtifact("go-deps", "x", "x"))
    )
    graph = StageGraph([TOOLCHAIN, DEPS, both])
    assert graph.parents("a-build") == {"go-deps": True}


def test_a_cycle_is_reported_as_a_path() -> None:
    with pytest.raises(ConfigError, match=r"dependency cycle: (a -> b -> c -> a|b -> c|c -> a)"):
        StageGraph([custom("a", "c"), custom("b", "a"), custom("c", "b")])


def test_unknown_and_duplicate_stages_are_refused() -> None:
    with pytest.raises(ConfigError, match="`a` refers to unknown stage `nowhere`"):
        StageGraph([custom("a", "nowhere")])
    with pytest.raises(ConfigError, match="duplicate stage name `a`"):
        StageGraph([custom("a"), custom("a")])


def test_jobs_are_shared_stages_and_services() -> None:
    jobs = divide_into_jobs(StageGraph(shop()), ["a", "b"])
    assert jobs == {
        "go-toolchain": {"go-toolchain"},
        "go-deps": {"go-deps"},
        "a": {"a-build", "a"},
        "b": {"b-build", "b"},
    }
    assert needs(StageGraph(shop()), jobs) == {
        "go-toolchain": frozenset(),
        "go-deps": {"go-toolchain"},
        "a": {"go-deps"},
        "b": {"go-deps"},
    }


def test_a_build_that_another_service_needs_becomes_a_job() -> None:
    stages = shop()
    needy = dataclasses.replace(stages[4], steps=(CopyArtifact("a-build", "gen", "gen"),))
    graph = StageGraph([*stages[:4], needy, stages[5]])
    jobs = divide_into_jobs(graph, ["a", "b"])
    assert jobs["a-build"] == {"a-build"}
    assert jobs["a"] == {"a"}
    assert needs(graph, jobs)["b"] == {"a-build", "go-deps"}


def test_earlier_copies_of_a_shared_stage_are_found() -> None:
    other = dataclasses.replace(TOOLCHAIN, name="more-toolchain")
    third = dataclasses.replace(TOOLCHAIN, name="yet-toolchain")
    empty = [dataclasses.replace(TOOLCHAIN, name=f"{n}-toolchain", steps=()) for n in ("x", "y")]
    graph = StageGraph([*shop(), other, third, *empty])
    jobs = {name: frozenset({name}) for name in graph}
    copies = {name: found for name, found in earlier_copies(graph, jobs).items() if found}
    # toolchains without steps are ignored
    assert copies == {
        "more-toolchain": {"go-toolchain"},
        "yet-toolchain": {"go-toolchain", "more-toolchain"},
    }


def test_an_unneeded_stage_is_not_a_job() -> None:
    graph = StageGraph([*shop(), custom("unused")])
    assert "unused" not in divide_into_jobs(graph, ["a", "b"])


@st.composite
def graphs(draw: st.DrawFn) -> StageGraph:
    """Random layers of stages below up to five services."""
    count = draw(st.integers(1, 12))
    stages = []
    for number in range(count):
        parents = draw(st.sets(st.integers(0, number - 1))) if number else set()
        stages.append(custom(f"s{number}", *(f"s{parent}" for parent in sorted(parents))))
    for number in range(draw(st.integers(1, 5))):
        parents = draw(st.sets(st.integers(0, count - 1)))
        service = runtime(f"v{number}")
        steps = tuple(CopyArtifact(f"s{parent}", ".", ".") for parent in sorted(parents))
        stages.append(dataclasses.replace(service, steps=steps))
    return StageGraph(stages)


@given(graphs())
def test_every_needed_stage_is_in_exactly_one_job_and_jobs_have_no_cycle(graph: StageGraph) -> None:
    services = [name for name in graph if graph[name].runtime]
    jobs = divide_into_jobs(graph, services)
    needed = {stage.name for service in services for stage in graph.with_ancestors(service)}
    assert sorted(stage for stages in jobs.values() for stage in stages) == sorted(needed)
    waiting = dict(needs(graph, jobs))
    assert set(services) <= set(waiting)
    while waiting:
        ready = {job for job, parents in waiting.items() if not parents & set(waiting)}
        assert ready
        waiting = {job: parents for job, parents in waiting.items() if job not in ready}


def test_a_cached_job_is_inlined_into_the_only_job_that_needs_it() -> None:
    chain = {"toolchain": set(), "deps": {"toolchain"}, "a": {"deps"}}
    every = {name: frozenset(parents) for name, parents in chain.items()}
    assert inline_single_dependents(every, {"toolchain", "deps"}) == {"a": frozenset()}
    assert inline_single_dependents(every, {"deps"}) == {
        "toolchain": frozenset(),
        "a": {"toolchain"},
    }
    assert inline_single_dependents(every, ()) == every


def test_a_cached_job_that_several_jobs_need_is_not_inlined() -> None:
    chain = {"toolchain": set(), "deps": {"toolchain"}, "a": {"deps", "toolchain"}, "b": {"deps"}}
    every = {name: frozenset(parents) for name, parents in chain.items()}
    assert inline_single_dependents(every, {"toolchain", "deps"}) == {
        "deps": frozenset(),
        "a": {"deps"},
        "b": {"deps"},
    }


def test_stages_shared_on_every_layer_are_visited_once() -> None:
    every = {"root": frozenset[str](), "other": frozenset({"root"})}
    every |= {"a0": frozenset(), "b0": frozenset()}
    for layer in range(1, 60):
        below = frozenset({f"a{layer - 1}", f"b{layer - 1}"})
        every |= {f"a{layer}": below, f"b{layer}": below}
    every["service"] = frozenset({"root", "a59"})
    assert inline_single_dependents(every, {"root"}) == every


@given(graphs(), st.data())
def test_inlined_jobs_never_create_a_cycle(graph: StageGraph, data: st.DataObject) -> None:
    services = [name for name in graph if graph[name].runtime]
    jobs = divide_into_jobs(graph, services)
    every = needs(graph, jobs)
    every = {name: every[name] for name in graph if name in every}
    made = data.draw(st.sets(st.sampled_from(sorted(every)))) - set(services)
    left = inline_single_dependents(every, made)
    assert every.keys() - made <= left.keys()
    before, after = ancestors(every), ancestors(left)
    for gone in every.keys() - left.keys():
        users = [job for job in left if gone in before[job]]
        assert any(all(user in after[job] | {job} for job in users) for user in users)
    for job in left:
        assert after[job] == before[job] & left.keys()


def ancestors(needs: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """All jobs that each job waits for, directly or indirectly."""
    found: dict[str, frozenset[str]] = {}
    for job, parents in needs.items():
        found[job] = parents.union(*(found[parent] for parent in parents))
    return found


@given(graphs())
def test_order_respects_every_edge(graph: StageGraph) -> None:
    rank = {name: position for position, name in enumerate(graph)}
    assert all(rank[parent] < rank[child] for parent, child, _ in graph.edges())


def test_a_base_that_is_a_stage_is_an_edge() -> None:
    child = Stage("child", StageKind.CUSTOM, StageRef("parent"))
    assert StageGraph([child, custom("parent")]).edges() == [("parent", "child", True)]
