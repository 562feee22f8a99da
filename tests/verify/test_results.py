"""The results as text, JSON and annotations, and changes of the lock file."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from msbuild.sources.tree import SourceTree
from msbuild.verify.results import (
    Finding,
    ServiceChecked,
    StageChecked,
    as_json,
    closing_line,
    github_lines,
    markdown,
    text,
    write_found,
)
from msbuild.verify.strace import How
from msbuild.workspace.lockfile import read_inputs, read_lock, write_inputs, write_lock

if TYPE_CHECKING:
    from pathlib import Path

PIN = f"debian@sha256:{'0' * 64}"


def finding(path: str, how: How = How.OPENED, **more: Any) -> Finding:
    given = {
        "programs": ("cc1",),
        "names": (),
        "among": "",
        "stage": "a-build",
        "step": "RUN make",
        **more,
    }
    return Finding(path, how, **given)


def checked(*findings: Finding, used: tuple[str, ...] = (), name: str = "a") -> ServiceChecked:
    stage = StageChecked(
        name=f"{name}-build",
        findings=findings,
        ignored=frozenset(),
        used=frozenset({*used, *(each.path for each in findings)}),
        declared=frozenset({"main.c"}),
    )
    return ServiceChecked(name, is_service=True, stages=(stage,))


def test_a_finding_names_the_path_the_program_the_step_and_the_line_to_add() -> None:
    result = checked(
        finding("lib/x.h"), finding("data", How.LISTED, names=("a", "b"), programs=("ls",))
    )
    output = text([result], "msbuild.yaml")
    assert "service `a` uses 2 paths that it does not declare:" in output
    assert "  lib/x.h  opened by cc1  (a-build: RUN make)" in output
    assert "  data     listed by ls, which saw a, b  (a-build: RUN make)" in output
    assert '    services: {a: {inputs: ["data", "lib/x.h"]}}' in output
    assert output.endswith(
        "1 service verified: 2 undeclared paths; 2 paths of the tree used, 1 declared file not\n"
    )


def test_paths_of_a_custom_stage_are_added_to_its_own_inputs() -> None:
    output = text([replace(checked(finding("x"), name="gen"), is_service=False)], "msbuild.yaml")
    assert "stage `gen` uses 1 path" in output
    assert '    stages: {gen: {inputs: ["x"]}}' in output
    assert "--write" not in output


def test_a_listed_directory_replaces_the_files_below_it() -> None:
    result = checked(finding("data/a/x"), finding("data", How.LISTED), finding("data2"))
    assert result.inputs == ["data", "data2"]
    assert checked(finding("x"), finding(".", How.LISTED)).inputs == ["."]


def test_a_file_that_was_found_in_a_listing_is_declared_as_its_directory() -> None:
    result = checked(
        finding("rates/a.csv", among="rates"), finding("rates/deep/b", among="rates/deep")
    )
    assert result.inputs == ["rates"]
    assert "opened by cc1, which listed rates" in text([result], "msbuild.yaml")


def test_unused_files_are_listed_on_demand_and_never_for_a_failed_build() -> None:
    result = checked(used=("other.c",))
    assert "main.c" not in text([result], "msbuild.yaml")
    assert "  main.c\n" in text([result], "msbuild.yaml", unused=True)
    assert replace(result, failed=True).unused == []
    assert checked(used=("main.c",)).unused == []
    assert checked(used=(".",)).unused == []


def test_a_service_whose_build_failed_is_not_verified() -> None:
    line = closing_line([ServiceChecked("a", True, failed=True), checked()])
    assert line.startswith("1 service verified, 1 failed: no undeclared paths")


def test_ignored_files_are_reported_separately() -> None:
    stage = replace(checked().stages[0], ignored=frozenset({"config.local"}))
    output = text([replace(checked(), stages=(stage,))], "msbuild.yaml")
    assert (
        "service `a` looks for ignored files, which are never part of a build: `config.local`"
        in output
    )


def test_json_has_every_field() -> None:
    value = json.loads(as_json([checked(finding("x"))], ["one"]))
    (service,) = value["services"]
    assert (service["outcome"], service["inputs"], value["written"]) == (
        "undeclared",
        ["x"],
        ["one"],
    )
    assert service["findings"] == [
        {
            "path": "x", "how": "opened", "programs": ["cc1"], "names": [], "among": "",
            "stage": "a-build", "step": "RUN make",
        }
    ]  # fmt: skip


def test_github_gets_an_annotation_and_a_table() -> None:
    results = [checked(finding("a|b%"))]
    (line,) = github_lines(results, "ci/msbuild.yaml")
    assert line.startswith("::error file=ci/msbuild.yaml,title=a::a uses files")
    assert line.endswith("a|b%25")
    table = list(markdown(results))
    assert table[0] == f"**{closing_line(results)}**"
    assert "| a | a\\|b% | opened | cc1 | a-build: RUN make |" in table
    assert list(github_lines([checked()], "msbuild.yaml")) == []


@pytest.fixture
def loaded(tmp_path: Path) -> Any:
    for path in ("lib/x.h", "data/a.json", "old/y.h", "kept/deep/z.h"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    workspace = SimpleNamespace(root=tmp_path, services={"a": None, "b": None})
    return SimpleNamespace(workspace=workspace, sources=SourceTree(tmp_path))


def test_findings_are_added_to_the_lock_file(loaded: Any) -> None:
    root = loaded.workspace.root
    write_lock(root, {"debian": PIN})
    write_inputs(root, {"b": ["other"]})
    lines = write_found(loaded, [checked(finding("lib/x.h"), finding("data", How.LISTED))])
    assert read_inputs(root) == {"a": ["data", "lib/x.h"], "b": ["other"]}
    assert read_lock(root) == {"debian": PIN}
    assert lines == [
        "msbuild.lock: `a` now reads `data`",
        "msbuild.lock: `a` now reads `lib/x.h`",
    ]


def test_inputs_that_nothing_reads_any_more_are_removed(loaded: Any) -> None:
    root = loaded.workspace.root
    write_inputs(root, {"a": ["old/y.h", "lib/x.h", "kept", "data", "gone.h"]})
    used = ("lib/x.h", "kept/deep/z.h", "data")
    assert write_found(loaded, [checked(used=used)]) == [
        "msbuild.lock: `a` no longer reads `gone.h`",
        "msbuild.lock: `a` no longer reads `old/y.h`",
    ]
    assert read_inputs(root) == {"a": ["data", "kept", "lib/x.h"]}


def test_a_service_whose_build_failed_keeps_its_inputs(loaded: Any) -> None:
    root = loaded.workspace.root
    write_inputs(root, {"a": ["old/y.h"], "nobody": ["x"]})
    failed = replace(checked(), failed=True)
    assert write_found(loaded, [failed]) == ["msbuild.lock: `nobody` no longer reads `x`"]
    assert read_inputs(root) == {"a": ["old/y.h"]}


def test_nothing_is_written_if_nothing_changes(loaded: Any) -> None:
    assert write_found(loaded, [checked(used=("main.c",))]) == []
    assert not (loaded.workspace.root / "msbuild.lock").exists()
