"""Errors that stop a run before anything is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild import cli

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_an_unwritable_trace_stops_the_run_before_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "main.go").write_text("package main\nfunc main() {}\n")
    (tmp_path / "go.mod").write_text("module x\ngo 1.21\n")
    (tmp_path / "msbuild.yaml").write_text(
        "version: 1\nworkspace: x\nbuilders: {go: {image: 'debian:trixie-slim'}}\n"
        "services: {x: {path: .}}\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MSBUILD_STORE", str(tmp_path / "store"))
    assert cli.main(["all", "--executor", "local", "--trace", "main.go/trace.json"]) == 2
    assert "cannot write the trace `main.go/trace.json`" in capsys.readouterr().err
    assert not (tmp_path / ".msbuild").exists()
    assert not (tmp_path / "store").exists()
