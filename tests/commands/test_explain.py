"""`msbuild explain`: why a service would be built, or why not."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from msbuild import cli, pipeline
from msbuild.commands import executor_choice
from msbuild.planning.planner import Request
from msbuild.run_options import RunOptions
from msbuild.sources.tree import SourceTree
from msbuild.workspace import loading
from tests.project import FakeExecutor

if TYPE_CHECKING:
    from collections.abc import Callable

    Explain = Callable[..., str]

CONFIG = """\
version: 1
workspace: w
builders: {go: {image: 'debian:trixie-slim'}}
services:
  api: {path: api, assets: [page.html]}
  web: {path: web}
"""
FILES = {
    "go.mod": "module example.com/m\n\ngo 1.22\n",
    "api/main.go": 'package main\n\nimport _ "example.com/m/lib"\n\nfunc main() {}\n',
    "web/main.go": "package main\n\nfunc main() {}\n",
    "lib/lib.go": "package lib\n",
    "api/page.html": "",
    "msbuild.yaml": CONFIG,
}


@pytest.fixture
def executor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeExecutor:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    executor = FakeExecutor(SourceTree(tmp_path))
    monkeypatch.setattr(executor_choice, "choose", lambda *_: executor)
    return executor


@pytest.fixture
def explain(executor: FakeExecutor, capsys: pytest.CaptureFixture[str]) -> Explain:
    del executor

    def run(*words: str, code: int = 0) -> str:
        assert cli.main(["explain", *words]) == code
        printed = capsys.readouterr()
        return printed.err if code else printed.out

    return run


def build(executor: FakeExecutor) -> None:
    loaded = loading.load(Path("msbuild.yaml").resolve())
    executor.sources = loaded.sources
    planned = pipeline.plan(loaded, executor, Request(("api", "web")), 0.0)
    cancel = threading.Event()
    assert pipeline.execute(planned, executor, RunOptions(), lambda _: None, cancel) == 0


def test_a_service_that_was_never_built_is_new(explain: Explain) -> None:
    first, last = explain("web").splitlines()
    assert first == "web would be built: first build"
    assert last.startswith("fingerprint  ")
    assert len(last.split()[1]) == 64


def test_a_service_that_is_up_to_date_names_its_image(
    explain: Explain, executor: FakeExecutor
) -> None:
    build(executor)
    first, last = explain("web").splitlines()
    tag = f"w/web:fp-{last.split()[1][:16]}"
    assert first == f"web is up to date: an image has its fingerprint ({tag}, w/web:latest)"


def test_each_change_is_shown_with_its_relation_to_the_service(
    explain: Explain, executor: FakeExecutor
) -> None:
    build(executor)
    for path in ("lib/lib.go", "api/page.html"):
        Path(path).write_text("package lib // changed\n")
    lines = explain("api").splitlines()
    assert lines[0] == "api would be built: api/page.html changed, lib/lib.go changed"
    assert lines[1:-1] == [
        "  api/page.html changed (an asset)",
        "  lib/lib.go changed (imported by api/main.go:3)",
    ]
    assert explain("web").startswith("web is up to date: ")


def test_a_new_base_image_is_a_change(explain: Explain, executor: FakeExecutor) -> None:
    build(executor)
    executor.pins["debian:trixie-slim"] = f"debian@sha256:{'1' * 64}"
    assert explain("web").splitlines()[1] == "  base image changed"


def test_a_removed_image_is_the_reason(explain: Explain, executor: FakeExecutor) -> None:
    build(executor)
    executor.held.clear()
    lines = explain("api").splitlines()
    assert lines[0] == "api would be built: its image no longer exists"
    assert len(lines) == 2


def test_explaining_builds_nothing_and_records_nothing(
    explain: Explain, executor: FakeExecutor
) -> None:
    explain("api")
    assert not executor.executed
    assert not Path(".msbuild").exists()


def test_an_unknown_service_is_an_error_with_a_suggestion(explain: Explain) -> None:
    assert "did you mean `api`?" in explain("apo", code=2)


def test_only_one_service_can_be_explained(explain: Explain) -> None:
    assert "unrecognized arguments: web" in explain("api", "web", code=2)
