from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.errors import BuildError
from msbuild.execute.local.toolchains import Found, find_tool, installed_packages, toolchain_of
from msbuild.model import HostTool, Packages
from tests.execute.local.conftest import toolchain

if TYPE_CHECKING:
    from pathlib import Path

GO = HostTool("go", ("version",), "golang-go", (1, 21))
CACHE = HostTool("ccache", ("--version",), "ccache", optional=True)
HAS_GO = Found("/usr/local/go/bin", "/usr/local/go", "go version go1.26")
MISSING = Found("", "", "", "not installed")


def test_versions_of_programs_and_packages_are_facts() -> None:
    stage = toolchain(host=(GO,), steps=(Packages(("golang-go", "libc6-dev")),))
    found = toolchain_of(stage, {GO: HAS_GO}, {"libc6-dev": "2.36", "golang-go": "2:1.19"})
    assert found.facts == (("host go", "go version go1.26"), ("host package libc6-dev", "2.36"))
    assert found.path == ("/usr/local/go/bin",)
    found.check("go-toolchain")


def test_a_program_replaces_its_package() -> None:
    stage = toolchain(host=(GO,), steps=(Packages(("golang-go",)),))
    assert toolchain_of(stage, {GO: HAS_GO}, {}).problems == ()


def test_a_missing_package_is_reported() -> None:
    stage = toolchain(host=(GO,), steps=(Packages(("libfmt-dev",)),))
    with pytest.raises(BuildError, match="`libfmt-dev` is not installed") as caught:
        toolchain_of(stage, {GO: HAS_GO}, {}).check("x")
    assert "apt-get install libfmt-dev" in (caught.value.hint or "")


def test_without_dpkg_packages_are_assumed_to_be_installed() -> None:
    stage = toolchain(host=(GO,), steps=(Packages(("libfmt-dev",)),))
    assert toolchain_of(stage, {GO: HAS_GO}, None).problems == ()


def test_an_optional_program_may_be_missing_and_is_not_a_fact() -> None:
    stage = toolchain(host=(CACHE,), steps=(Packages(("ccache",)),))
    without = toolchain_of(stage, {CACHE: MISSING}, {})
    there = Found("/usr/bin", "/usr/bin", "ccache 4")
    assert without.problems == ()
    assert without.facts == toolchain_of(stage, {CACHE: there}, {"ccache": "4"}).facts == ()


def program(directory: Path, name: str, text: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text(f"#!/bin/sh\n{text}\n")
    (directory / name).chmod(0o755)


def test_a_program_is_found_behind_its_wrapper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "real" / "bin", "go", "echo go version go1.30")
    program(tmp_path / "wrappers", "go", f"echo {tmp_path}/real")
    monkeypatch.setenv("PATH", f"{tmp_path}/wrappers:/usr/bin:/bin")
    tool = HostTool("go", ("version",), "golang-go", (1, 21), home=("go", "env", "GOROOT"))
    found = find_tool(tool)
    assert found == Found(f"{tmp_path}/real/bin", f"{tmp_path}/real", "go version go1.30")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("echo go version go1.9.7", "`go` is older than 1.21: go version go1.9.7"),
        ("exit 1", "`go` does not report its version"),
    ],
)
def test_a_program_that_cannot_be_used_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str
) -> None:
    program(tmp_path, "go", text)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert find_tool(GO).problem == problem


def test_installed_packages_are_read_from_dpkg(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = "ii |fine|1.0\\nrc |removed|0.9\\n"
    program(tmp_path, "dpkg-query", f"printf '{listing}'; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert installed_packages(["fine", "removed", "unknown"]) == {"fine": "1.0"}
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert installed_packages(["fine"]) is None
