"""Warnings of languages are printed once, on stderr, by every command that plans."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from msbuild_go.language import Go

from msbuild import cli

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.plugin.api import Builder, Inputs, Service, Sources

WARNING = "warning: `app.js` is left out\n"
CONFIG = """\
version: 1
workspace: x
builders: {go: {image: 'debian:trixie-slim'}}
services: {a: {path: a}, b: {path: b}}
"""


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Go.inputs

    def inputs(self: Go, service: Service, builder: Builder, sources: Sources) -> Inputs:
        found = asked(self, service, builder, sources)
        return dataclasses.replace(found, warnings=("`app.js` is left out",))

    monkeypatch.setattr(Go, "inputs", inputs)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.go").write_text("package main\n\nfunc main() {}\n")
    (tmp_path / "go.mod").write_text("module example.com/x\n\ngo 1.22\n")
    (tmp_path / "msbuild.yaml").write_text(CONFIG)
    (tmp_path / ".gitignore").write_text("store\n")
    git = ("git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.com")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "start")):
        subprocess.run([*git, *words], check=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MSBUILD_STORE", str(tmp_path / "store"))


@pytest.mark.parametrize(
    "command",
    [
        ("affected", "--since", "HEAD", "--json"),
        ("plan", "--executor", "local", "--json"),
    ],
)
def test_warnings_are_printed_once_and_not_on_stdout(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(list(command)) == 0
    output = capsys.readouterr()
    assert output.err.count(WARNING) == 1
    json.loads(output.out)


@pytest.mark.parametrize("command", [("all",), ("build", "a")])
def test_a_build_warns_before_it_starts(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    assert cli.main([*command, "--executor", "docker"]) == 3
    assert capsys.readouterr().err.count(WARNING) == 1
