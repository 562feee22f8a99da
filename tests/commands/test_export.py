"""Where `msbuild export` writes, and what it says if it cannot."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from msbuild import cli
from msbuild.errors import EXIT_OK, EXIT_USAGE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.22\n")
    (tmp_path / "api").mkdir()
    (tmp_path / "api/main.go").write_text("package main\n\nfunc main() {}\n")
    (tmp_path / "msbuild.yaml").write_text(
        "version: 1\nworkspace: w\nbuilders: {go: {image: 'debian:trixie-slim'}}\n"
        "services: {api: {path: api}}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("output", "words"),
    [("none/Dockerfile", "no such file or directory"), (".", "is a directory"),
     ("go.mod/x", "not a directory"), ("loop", "too many levels"), ("x" * 300, "name too long")],
)  # fmt: skip
def test_a_place_that_cannot_be_written_is_told(
    output: str, words: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "loop").symlink_to("loop")
    assert cli.main(["export", "api", "-o", output]) == EXIT_USAGE
    assert words in capsys.readouterr().err


def test_names_that_are_no_utf8_are_shown_as_escapes(
    workspace: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    name = b"x\xff.go"
    (workspace / "api" / os.fsdecode(name)).write_text("package main\n")
    assert cli.main(["inputs", "api"]) == EXIT_OK
    assert b"\\udcff" in capsysbinary.readouterr().out
