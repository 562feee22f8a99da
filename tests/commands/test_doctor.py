"""`msbuild doctor`: a line per check, and an exit code that scripts can use."""

from __future__ import annotations

import platform
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from msbuild import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Doctor = Callable[[], tuple[int, dict[str, str]]]

CONFIG = """\
version: 1
workspace: w
ca_bundle: none
builders: {go: {image: 'debian:trixie-slim'}}
services: {api: {path: api}}
"""
GIB = 1 << 30


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "main.go").write_text("package main\n\nfunc main() {}\n")
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.22\n")
    (tmp_path / "msbuild.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MSBUILD_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    monkeypatch.setenv("MSBUILD_EXECUTOR", "auto")
    have(monkeypatch, free=100 * GIB)
    return tmp_path


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Runs it; returns the exit code, and the output of each check."""

    def run() -> tuple[int, dict[str, str]]:
        code = cli.main(["doctor"])
        found: dict[str, str] = {}
        for line in capsys.readouterr().out.splitlines():
            if line[:6].strip() or line[6:16].strip():
                name = line[6:16].strip()
                found[name] = f"{line[:6].strip()} {line[16:].strip()}".strip()
            else:
                found[name] += f"\n{line.strip()}"
        return code, found

    return run


def have(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    usage = SimpleNamespace(total=1000 * GIB, used=0, free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)


def test_a_healthy_host_without_an_engine_passes(doctor: Doctor) -> None:
    code, found = doctor()
    assert code == 0
    assert found["python"] == f"ok {platform.python_version()}"
    assert found["engine"].startswith("ok ")
    assert found["engine"].endswith("; builds run on this host")
    assert found["host"].startswith("ok ")
    assert found["disk"] == "ok 100 GiB free here"
    assert found["config"] == "ok msbuild.yaml: 1 service"
    assert found["ca bundle"] == "ok none; downloads use the certificates of the images"


def test_a_missing_engine_fails_if_builds_must_use_one(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSBUILD_EXECUTOR", "docker")
    code, found = doctor()
    assert code == 3
    assert found["engine"].startswith("FAIL ")
    assert found["config"].startswith("ok ")


def test_a_full_disk_fails_with_a_hint(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, free=2 * GIB)
    code, found = doctor()
    assert code == 3
    first, hint = found["disk"].splitlines()
    assert first.endswith("only 2 GiB free here")
    assert hint == "hint: toolchain stages take gigabytes: run `msbuild prune`"


def test_an_invalid_config_fails_with_its_line(doctor: Doctor, workspace: Path) -> None:
    (workspace / "msbuild.yaml").write_text(CONFIG.replace("version: 1", "version: 9"))
    code, found = doctor()
    assert code == 3
    assert "msbuild.yaml:1:10" in found["config"]
    assert found["disk"].startswith("ok ")


def test_a_missing_config_fails(doctor: Doctor, workspace: Path) -> None:
    (workspace / "msbuild.yaml").unlink()
    code, found = doctor()
    assert code == 3
    assert found["config"].startswith("FAIL ")
    assert "msbuild.yaml" in found["config"]


def test_a_missing_ca_bundle_fails(doctor: Doctor, workspace: Path) -> None:
    (workspace / "msbuild.yaml").write_text(CONFIG.replace("none", "missing.pem"))
    code, found = doctor()
    assert code == 3
    assert "missing.pem" in found["ca bundle"]


def test_the_ca_bundle_of_the_config_is_named(doctor: Doctor, workspace: Path) -> None:
    (workspace / "ca.pem").write_text("")
    (workspace / "msbuild.yaml").write_text(CONFIG.replace("none", "ca.pem"))
    assert doctor()[1]["ca bundle"] == f"ok {workspace / 'ca.pem'}"


def test_compilers_are_listed_whether_installed_or_not(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {"go": "/usr/bin/go"}
    monkeypatch.setattr(shutil, "which", paths.get)
    code, found = doctor()
    assert code == 0
    assert found["go"] == "/usr/bin/go"
    for tool in ("cargo", "g++", "cmake"):
        assert found[tool] == "not on this host; only local builds need it"
