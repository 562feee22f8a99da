"""`--offline`: registries are not contacted, and everything else works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.faults.broken_registry import BrokenRegistry, serving
from msbuild import cli
from msbuild.errors import EXIT_ENVIRONMENT, EXIT_OK, EXIT_USAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """\
version: 1
workspace: w
registry: {host}/team
builders: {{go: {{image: "debian:trixie-slim"}}}}
services:
  api: {{path: api}}
  web: {{path: api, runtime: {{base: "{host}/base:1"}}}}
"""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BrokenRegistry]:
    (tmp_path / "api").mkdir()
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.22\n")
    (tmp_path / "api/main.go").write_text("package main\n\nfunc main() {}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MSBUILD_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("MSBUILD_EXECUTOR", "local")
    monkeypatch.delenv("MSBUILD_OFFLINE", raising=False)
    with serving(BrokenRegistry()) as server:
        (tmp_path / "msbuild.yaml").write_text(CONFIG.format(host=server.host))
        yield server


def test_no_registry_is_contacted_and_a_line_is_printed(
    registry: BrokenRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["plan", "api"]) == EXIT_OK
    assert registry.requests
    registry.requests = 0
    assert cli.main(["plan", "--offline"]) == EXIT_OK
    assert registry.requests == 0
    said = capsys.readouterr()
    assert "offline: registries are not contacted" in said.err
    assert f"warning: cannot find the base image `{registry.host}/base:1`" in said.err
    assert "build  api" in said.out


@pytest.mark.parametrize(("value", "asked"), [("1", False), ("true", False), ("0", True)])
def test_the_environment_variable_works_like_the_option(
    registry: BrokenRegistry, monkeypatch: pytest.MonkeyPatch, value: str, *, asked: bool
) -> None:
    monkeypatch.setenv("MSBUILD_OFFLINE", value)
    assert cli.main(["plan", "api"]) == EXIT_OK
    assert bool(registry.requests) == asked


def test_a_base_image_that_only_a_registry_has_is_an_environment_error(
    registry: BrokenRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["plan", "web", "--offline"]) == EXIT_ENVIRONMENT
    assert "registries are not contacted offline" in capsys.readouterr().err
    assert registry.requests == 0


@pytest.mark.parametrize("option", ["--push", "--cache-to"])
def test_options_that_need_a_registry_are_rejected(
    registry: BrokenRegistry, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["all", "--offline", option]) == EXIT_USAGE
    assert f"`{option}` needs a registry" in capsys.readouterr().err
    assert registry.requests == 0
