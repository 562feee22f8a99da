"""The files that `msbuild export` writes, and errors while writing."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

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
     ("go.mod/x", "not a directory"), ("loop", "too many levels"), ("x" * 250, "name too long")],
)  # fmt: skip
def test_an_unwritable_file_is_an_error(
    output: str, words: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "loop").symlink_to("loop")
    assert cli.main(["export", "api", "-o", output]) == EXIT_USAGE
    assert words in capsys.readouterr().err


def test_names_that_are_not_utf8_are_escaped(
    workspace: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    name = b"x\xff.go"
    (workspace / "api" / os.fsdecode(name)).write_text("package main\n")
    assert cli.main(["inputs", "api"]) == EXIT_OK
    assert b"\\udcff" in capsysbinary.readouterr().out


def test_a_dockerfile_comes_with_an_ignore_file(workspace: Path) -> None:
    (workspace / ".dockerignore").write_text("*\n!web/**\n")
    (workspace / "api/main_test.go").write_text("package main\n")
    assert cli.main(["export", "api", "-o", "out.Dockerfile"]) == EXIT_OK
    ignore = (workspace / "out.Dockerfile.dockerignore").read_text().splitlines()
    assert ignore[1:] == ["*", "!api/main.go", "!go.mod"]
    text = (workspace / "out.Dockerfile").read_text()
    assert "out.Dockerfile.dockerignore" in text.splitlines()[0]
    assert "COPY api ./api\n" in text


def test_on_stdout_a_comment_explains_ignore_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", "api"]) == EXIT_OK
    assert ".dockerignore" in capsys.readouterr().out.splitlines()[0]


def bake(workspace: Path, services: str, *arguments: str) -> dict[str, Any]:
    config = (workspace / "msbuild.yaml").read_text().replace("api: {path: api}", services)
    (workspace / "msbuild.yaml").write_text(config)
    assert cli.main(["export", "--format", "bake", "-o", "bake.json", *arguments]) == EXIT_OK
    content: dict[str, Any] = json.loads((workspace / "bake.json").read_text())
    return content


def test_bake_targets_have_valid_unique_names(workspace: Path) -> None:
    names = ["api.v1", "api-v1", "api_v1", "default", "a.b.c", "web"]
    content = bake(workspace, ", ".join(f"{name}: {{path: api}}" for name in names))
    targets = content["target"]
    assert list(targets) == ["api-v1-2", "api-v1", "api_v1", "default-2", "a-b-c", "web"]
    assert content["group"]["default"]["targets"] == list(targets)
    assert [each["target"] for each in targets.values()] == names
    assert targets["api-v1-2"]["tags"] == ["w/api.v1:latest"]


def test_a_bake_file_shares_one_dockerfile_and_its_ignore_file(workspace: Path) -> None:
    content = bake(workspace, "api: {path: api}, web: {path: api}")
    assert {each["dockerfile"] for each in content["target"].values()} == {"bake.json.Dockerfile"}
    text = (workspace / "bake.json.Dockerfile").read_text()
    assert " AS api\n" in text
    assert " AS web\n" in text
    assert "!go.mod" in (workspace / "bake.json.Dockerfile.dockerignore").read_text()


def test_a_bake_file_on_stdout_contains_the_dockerfile(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", "--format", "bake"]) == EXIT_OK
    (target,) = json.loads(capsys.readouterr().out)["target"].values()
    assert " AS api\n" in target["dockerfile-inline"]
