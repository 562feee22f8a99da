from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.commands import executor_choice as choosing
from msbuild.commands.options import run_options
from msbuild.commands.parsing import make_parser
from msbuild.errors import ConfigErrors, UsageError
from msbuild.model import Runtime
from tests.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.run_options import RunOptions


def options(*words: str) -> RunOptions:
    return run_options(make_parser(["all"]).parse_args(["all", *words]))


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MSBUILD_EXECUTOR", raising=False)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    monkeypatch.setenv("MSBUILD_STORE", str(tmp_path / "store"))


def test_the_requested_executor_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choosing.chosen(options("--executor", "docker")) == ("docker", "")
    assert choosing.chosen(options("--executor", "local")) == ("local", "")
    monkeypatch.setenv("MSBUILD_EXECUTOR", "docker")
    assert choosing.chosen(options()) == ("docker", "")
    assert choosing.chosen(options("--executor", "local")) == ("local", "")


def test_without_an_engine_the_local_executor_is_used() -> None:
    assert choosing.chosen(options()) == ("local", "no Docker engine is available")


def test_an_available_engine_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "engine_may_be_running", lambda: True)
    monkeypatch.setattr("msbuild.execute.docker.Engine.version", lambda _self: None)
    assert choosing.chosen(options()) == ("docker", "an engine is available")


def test_an_unavailable_engine_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "engine_may_be_running", lambda: True)
    name, why = choosing.chosen(options())
    assert name == "local"
    assert "cannot connect to the engine" in why


def test_an_unknown_executor_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MSBUILD_EXECUTOR", "podman")
    with pytest.raises(UsageError, match="unknown executor `podman` in `MSBUILD_EXECUTOR`"):
        choosing.chosen(options())


def test_the_choice_is_printed_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded = Project(tmp_path, ["a"]).load()
    assert choosing.choose(options(), loaded, ["a"]).name == "local"
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("executor: local, no Docker engine is available; this host (linux/")
    assert err.count("\n") == 1
    choosing.choose(options("--executor", "local"), loaded, ["a"])
    choosing.choose(options("--quiet"), loaded, ["a"])
    assert capsys.readouterr().err == ""


def test_services_that_need_containers_are_rejected_at_once(tmp_path: Path) -> None:
    from dataclasses import replace  # noqa: PLC0415

    project = Project(tmp_path, ["a", "b"])
    odd = Runtime(base="debian", packages=("curl",))
    project.services["b"] = replace(project.services["b"], runtime=odd)
    loaded = project.load()
    choosing.choose(options(), loaded, ["a"])
    with pytest.raises(ConfigErrors):
        choosing.choose(options(), loaded, ["a", "b"])
    assert choosing.choose(options("--executor", "docker"), loaded, ["b"]).name == "docker"
