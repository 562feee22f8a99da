"""Errors that stop a run before anything is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild import cli
from msbuild.errors import EXIT_ENVIRONMENT, EXIT_USAGE
from msbuild.execute.api import StagePublisher
from msbuild.execute.docker import DockerExecutor
from msbuild.execute.local import LocalExecutor

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a service that the local executor could build."""
    (tmp_path / "main.go").write_text("package main\nfunc main() {}\n")
    (tmp_path / "go.mod").write_text("module x\ngo 1.21\n")
    (tmp_path / "msbuild.yaml").write_text(
        "version: 1\nworkspace: x\nbuilders: {go: {image: 'debian:trixie-slim'}}\n"
        "services: {x: {path: .}}\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MSBUILD_STORE", str(tmp_path / "store"))
    return tmp_path


def test_an_unwritable_trace_stops_the_run_before_it_starts(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["all", "--executor", "local", "--trace", "main.go/trace.json"]
    assert cli.main(arguments) == EXIT_USAGE
    assert "cannot write the trace `main.go/trace.json`" in capsys.readouterr().err
    assert not (root / ".msbuild").exists()
    assert not (root / "store").exists()


def test_an_executor_that_cannot_push_shared_stages_refuses_before_it_builds(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["all", "--executor", "local", "--cache-to", "r.example/cache"]
    assert cli.main(arguments) == EXIT_ENVIRONMENT
    assert capsys.readouterr().err == (
        "error: the local executor cannot push shared stages to a registry\n"
        "  hint: remove `--cache-to`, or build in containers with `--executor docker`\n"
    )
    assert not (root / ".msbuild").exists()
    assert not (root / "store").exists()


def test_only_buildkit_can_push_shared_stages() -> None:
    assert issubclass(DockerExecutor, StagePublisher)
    assert not issubclass(LocalExecutor, StagePublisher)
