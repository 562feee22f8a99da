"""Which stages are checked, and their bases."""

from __future__ import annotations

from dataclasses import replace

from msbuild.graph.stage_graph import StageGraph
from msbuild.model import (
    Copy,
    CopyArtifact,
    ImageRef,
    Run,
    Stage,
    StageKind,
    StageRef,
)
from msbuild.verify.stages import build_stages, files_below, own_stages, with_whole_tree
from tests.stages import DEPS, TOOLCHAIN, build, runtime, shop

TREE = ("a/main.go", "b/main.go", "go.mod", "go.sum", "lib/lib.go", "lib/other.go")
LIBS = Stage(
    name="go-libs",
    kind=StageKind.DEPENDENCIES,
    base=StageRef("go-deps"),
    steps=(Copy(("lib/lib.go",)), Run("go build ./lib")),
)


def copied(stage: Stage) -> list[tuple[str, ...]]:
    return [step.files for step in stage.steps if isinstance(step, Copy)]


def test_only_the_stages_of_the_services_see_the_full_tree_and_no_cache() -> None:
    graph = with_whole_tree(StageGraph(shop()), ["a"], TREE)
    assert copied(graph["a-build"]) == [TREE, ("a/main.go", "lib/lib.go")]
    assert all(not step.caches for step in graph["a-build"].steps if isinstance(step, Run))
    assert copied(graph["b-build"]) == [("b/main.go", "lib/lib.go")]
    assert graph["go-deps"] == DEPS


def test_two_checks_never_share_results() -> None:
    first, second = (with_whole_tree(StageGraph(shop()), ["a"], TREE) for _ in range(2))
    assert first["a-build"].facts != second["a-build"].facts
    assert first["a-build"].facts != StageGraph(shop())["a-build"].facts


def test_stages_that_compile_files_of_the_tree_are_left_out_and_third_party_code_stays() -> None:
    service = replace(build("a", ("a/main.go", "lib/lib.go")), base=StageRef("go-libs", True))
    graph = StageGraph([TOOLCHAIN, DEPS, LIBS, service, runtime("a")])
    assert with_whole_tree(graph, ["a"], TREE)["a-build"].base == StageRef("go-deps", True)
    assert files_below(graph, "a-build") == {"go.mod", "go.sum", "lib/lib.go"}


def test_a_stage_without_network_that_shares_no_file_stays() -> None:
    standard = replace(DEPS, steps=(Copy(("go.mod",)), Run("go list -export std")))
    graph = StageGraph([TOOLCHAIN, standard, build("a", ("a/main.go",)), runtime("a")])
    assert with_whole_tree(graph, ["a"], TREE)["a-build"].base == StageRef("go-deps", True)
    vendored = replace(standard, steps=(Copy(("a/main.go", "go.mod")), Run("go list -export all")))
    graph = StageGraph([TOOLCHAIN, vendored, build("a", ("a/main.go",)), runtime("a")])
    assert with_whole_tree(graph, ["a"], TREE)["a-build"].base == StageRef("go-toolchain", False)


def test_a_stand_in_replaces_the_file_of_the_tree() -> None:
    service = replace(build("a", ("a/main.go",)), stand_ins=("lib/other.go",))
    graph = StageGraph([TOOLCHAIN, DEPS, service, runtime("a")])
    first = copied(with_whole_tree(graph, ["a"], TREE)["a-build"])[0]
    assert first == tuple(path for path in TREE if path != "lib/other.go")


def test_scripts_run_without_commands_that_only_save_time() -> None:
    quick = Run("quick", plain="plain", env=(("A", "1"),))
    service = replace(build("a", ("a/main.go",)), steps=(Copy(("a/main.go",)), quick))
    graph = StageGraph([TOOLCHAIN, DEPS, service, runtime("a")])
    step = with_whole_tree(graph, ["a"], TREE)["a-build"].steps[-1]
    assert step == replace(quick, script="plain")


def test_custom_stages_are_checked_with_their_users_and_other_services_are_not() -> None:
    custom = Stage("gen", StageKind.CUSTOM, StageRef("go-toolchain"), (Run("make"),))
    service = build("a", ("a/main.go",))
    needs = (CopyArtifact("gen", ".", "gen"), CopyArtifact("b-build", "b", "bin/b"))
    service = replace(service, steps=(service.steps[0], *needs, *service.steps[1:]))
    graph = StageGraph([*shop()[:2], *shop()[4:], custom, service, runtime("a")])
    assert own_stages(graph, ["a"]) == ["gen", "a-build"]
    assert build_stages(graph, "a") == ["a-build"]


def test_runtime_images_are_not_built_and_their_bases_not_needed() -> None:
    stages = [*shop()[:3], runtime("a", base="registry.example.com/base:1")]
    made = with_whole_tree(StageGraph(stages), ["a"], TREE)["a"]
    assert made.base == ImageRef("scratch")
    assert made.steps == (CopyArtifact("a-build", "a", "./a"),)
