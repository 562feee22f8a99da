"""The workflows of the repository: their permissions, and that their shell lines run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from _pytest.mark.expression import Expression

import msbuild
from tests.release.installing import ROOT, build

WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
TAG = f"v{msbuild.__version__}"


def workflow(name: str) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows" / name).read_text())
    return content


def scripts(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job.get("steps", []) if "run" in step]


def run(script: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=directory,
        env={**os.environ, "HOME": str(directory), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def stubs(tmp_path: Path) -> Path:
    """Programs that only write down how they were called."""
    directory = tmp_path / "stubs"
    directory.mkdir()
    for name in ("apt-get", "gh"):
        (directory / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/calls\n')
        (directory / name).chmod(0o755)
    return directory


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the repository with the environment of this one."""
    build(ROOT, tmp_path / "sdist")
    with tarfile.open(next((tmp_path / "sdist").glob("*.tar.gz"))) as sdist:
        sdist.extractall(tmp_path, filter="data")
    copy = tmp_path / f"msbuild-{msbuild.__version__}"
    (copy / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (copy / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    (copy / ".venv" / ".installed").touch()
    return copy


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_actions_are_pinned_to_a_commit(file: Path) -> None:
    lines = [line.strip(" -") for line in file.read_text().splitlines() if "uses: " in line]
    assert lines
    for line in lines:
        assert PINNED.match(line) or line.startswith("uses: ./")


def test_jobs_have_no_more_rights_than_they_need() -> None:
    rights = {}
    for file in WORKFLOWS:
        content = workflow(file.name)
        assert content["permissions"] == {"contents": "read"}
        for name, job in content["jobs"].items():
            granted = job.get("permissions", {})
            rights[name] = sorted(key for key, value in granted.items() if value == "write")
    assert rights == {
        "check": [],
        "test": [],
        "checks": [],
        "build": ["attestations", "id-token"],
        "publish": ["id-token"],
        "announce": ["contents"],
    }


def test_nothing_is_published_before_the_checks_pass() -> None:
    jobs = workflow("release.yml")["jobs"]
    assert jobs["checks"]["uses"] == "./.github/workflows/checks.yml"
    needs = {name: job.get("needs") for name, job in jobs.items()}
    assert needs == {"checks": None, "build": "checks", "publish": "build", "announce": "publish"}


def test_a_release_has_provenance_and_needs_no_stored_token() -> None:
    jobs = workflow("release.yml")["jobs"]
    actions = [step["uses"].split("@")[0] for step in jobs["build"]["steps"] if "uses" in step]
    attest, upload = "actions/attest-build-provenance", "actions/upload-artifact"
    assert actions.index(attest) < actions.index(upload)
    assert jobs["publish"]["environment"] == "pypi"
    *_, publish = jobs["publish"]["steps"]
    assert publish["uses"].startswith("pypa/gh-action-pypi-publish@")
    assert "with" not in publish
    assert "secrets." not in (ROOT / ".github/workflows/release.yml").read_text()


def test_every_job_with_shell_lines_is_run_by_a_test() -> None:
    found = {
        file.name: [job for job, what in workflow(file.name)["jobs"].items() if scripts(what)]
        for file in WORKFLOWS
    }
    assert found == {"checks.yml": ["check", "test"], "release.yml": ["build", "announce"]}


def test_every_supported_python_is_checked() -> None:
    pythons = workflow("checks.yml")["jobs"]["check"]["strategy"]["matrix"]["python"]
    classifiers = (ROOT / "pyproject.toml").read_text()
    assert pythons == re.findall(r'"Programming Language :: Python :: (3\.\d+)"', classifiers)


def test_the_lines_of_the_checks_run(stubs: Path, tmp_path: Path) -> None:
    jobs = workflow("checks.yml")["jobs"]
    (check,) = scripts(jobs["check"])
    packages, safe, everything = scripts(jobs["test"])
    # they would run this test again
    assert "-n " not in check
    assert run(check.replace("make", "make -n"), ROOT).returncode == 0
    assert run(f"test -x {everything} && bash -n {everything}", ROOT).returncode == 0
    path = f"{stubs}:{os.environ['PATH']}"
    assert run(packages, tmp_path, PATH=path).returncode == 0
    assert run(safe, tmp_path, GITHUB_WORKSPACE="/a/b").returncode == 0
    assert "directory = /a/b" in (tmp_path / ".gitconfig").read_text()


@pytest.mark.slow
def test_the_lines_of_a_release_run(checkout: Path, stubs: Path, tmp_path: Path) -> None:
    jobs = workflow("release.yml")["jobs"]
    for script in [*scripts(jobs["build"]), *scripts(jobs["announce"])]:
        path = f"{stubs}:{os.environ['PATH']}"
        done = run(script, checkout, PATH=path, GITHUB_REF_NAME=TAG)
        assert done.returncode == 0, done.stderr
    assert "### Added" in (checkout / "notes.md").read_text()
    distributions = " ".join(f"dist/{file.name}" for file in sorted((checkout / "dist").iterdir()))
    (call,) = (tmp_path / "calls").read_text().splitlines()
    assert call.startswith(f"gh release create {TAG} {distributions} ")


@pytest.mark.slow
@pytest.mark.parametrize("tag", ["v0.0.0", "main"])
def test_a_tag_of_another_version_is_not_released(checkout: Path, tag: str) -> None:
    done = run(f".venv/bin/python tools/release {tag}", checkout)
    assert done.returncode == 1
    assert f"the tag is `{tag}`" in done.stderr


def test_the_newest_release_in_the_changelog_is_the_version() -> None:
    sections = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert sections[0] == "Unreleased"
    assert re.fullmatch(rf"{re.escape(msbuild.__version__)} - \d{{4}}-\d\d-\d\d", sections[1])


@pytest.mark.slow
def test_a_version_that_is_not_in_the_changelog_is_not_released(checkout: Path) -> None:
    (checkout / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- A change.\n")
    done = run(f".venv/bin/python tools/release {TAG}", checkout)
    assert done.returncode == 1
    assert "no section" in done.stderr


def test_every_test_is_run_by_make_test() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = re.findall(r"^(?:FAST|SLOW) := (.*)$", makefile, re.MULTILINE)
    direct = re.findall(r"-m \"?((?:host|docker)[^\"';]*)", makefile)
    expressions = [Expression.compile(text) for text in (*named, *direct)]
    assert len(expressions) == 4
    for docker, host, slow in product((False, True), repeat=3):
        marks = {"docker": docker, "host": host, "slow": slow}

        def is_marked(name: str, /, **_: object) -> bool:
            return marks[name]  # noqa: B023 - called at once

        assert sum(each.evaluate(is_marked) for each in expressions) == 1, marks


DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob(".github/*/*")]


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for file in DOCUMENTS:
        named = re.findall(r"(?:`|run: |^ {4})make ([a-z-]+)", file.read_text(), re.MULTILINE)
        assert set(named) <= targets, file


def test_no_document_installs_msbuild_without_naming_the_source() -> None:
    """Anyone may own the name in a package index."""
    texts = [*DOCUMENTS, *(ROOT / "msbuild").rglob("*.py")]
    unsafe = re.compile(r"pip install (?:-\S+ )*msbuild\b(?!-)")
    assert not [file for file in texts if unsafe.search(file.read_text())]
