"""The recipes of docs/ci.md are valid YAML, and their shell lines run."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from msbuild.commands.parsing import make_parser
from tests.affected.repository import Git

DOCS = Path(__file__).parents[1] / "docs"
VALUE = re.compile(r"\$\{\{.*?\}\}|\$\{[^}]*\}|\$\w+")
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def recipe(name: str) -> dict[Any, Any]:
    text = (DOCS / "ci.md").read_text()
    found = re.search(
        rf"<!-- checked: {name} -->\n```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE
    )
    assert found
    content: dict[Any, Any] = yaml.safe_load(found[1])
    return content


def commands(script: str) -> list[list[str]]:
    """The calls of msbuild in a script, as words."""
    calls = re.findall(r"^msbuild ([^>|\n]*)", script, re.MULTILINE)
    return [[word.strip('"') for word in call.split()] for call in calls]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    git = Git(tmp_path / "repo")
    git.write({"lib/lib.go": "package lib\n\nvar X = 1\n"})
    git.commit("lib")
    return git


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Stand-ins for programs that a dry run must not run: they record how they were called."""
    directory = tmp_path / "bin"
    directory.mkdir()
    for name in ("pip", "docker"):
        script = f'#!/bin/sh\ncat > /dev/null\necho "{name} $*" >> {tmp_path}/calls\n'
        (directory / name).write_text(script)
    # `affected` is real, the builds are not
    (directory / "msbuild").write_text(
        f'#!/bin/sh\n[ "$1" = affected ] && exec {sys.executable} -m msbuild "$@"\n'
        f'echo "msbuild $*" >> {tmp_path}/calls\n'
    )
    for file in directory.iterdir():
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return directory


def run(script: str, git: Git, tools: Path, **environment: str) -> None:
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=git.root,
        env={**os.environ, "PATH": path, "MSBUILD_WHEEL": "msbuild.whl", **environment},
        stdin=subprocess.DEVNULL,
        check=True,
    )


def filled(text: str, values: dict[str, str]) -> str:
    return EXPRESSION.sub(lambda found: values[found[1]], text)


@pytest.mark.parametrize("since", ["start", "HEAD"])
def test_the_recipe_for_github_runs(git: Git, tools: Path, tmp_path: Path, since: str) -> None:
    jobs = recipe("github")["jobs"]
    ask = jobs["affected"]["steps"][-1]
    output, summary = tmp_path / "output", tmp_path / "summary"
    files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    run(ask["run"], git, tools, SINCE=since, **files)
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    assert set(outputs) == {
        EXPRESSION.fullmatch(value)[1].rsplit(".", 1)[1]  # type: ignore[index]
        for value in jobs["affected"]["outputs"].values()
    }
    services = json.loads(outputs["services"])
    assert services == (["a", "b"] if since == "start" else [])
    assert outputs["any"] == ("true" if services else "false")
    assert "services** affected since" in summary.read_text()
    assert jobs["build"]["if"] == "needs.affected.outputs.any == 'true'"
    for service in services:
        for step in jobs["build"]["steps"][1:]:
            script = filled(step["run"], {"matrix.service": service})
            run(script, git, tools, COMMIT="abc", TOKEN="t")  # noqa: S106 - made up


def test_every_msbuild_call_in_the_recipes_parses() -> None:
    github, gitlab, nightly = recipe("github"), recipe("gitlab"), recipe("verify")
    jobs = [*github["jobs"].values(), *nightly["jobs"].values()]
    scripts = [step.get("run", "") for job in jobs for step in job["steps"]]
    scripts += gitlab["affected"]["script"]
    calls = [call for script in scripts for call in commands(script)]
    assert len(calls) == 6
    for call in calls:
        make_parser().parse_args([VALUE.sub("x", word) for word in call if word])


@pytest.mark.parametrize("since", ["start", "HEAD"])
def test_the_recipe_for_gitlab_runs(git: Git, tools: Path, since: str) -> None:
    content = recipe("gitlab")
    script = "\n".join(content["affected"]["script"])
    run(script, git, tools, CI_COMMIT_BEFORE_SHA=since)
    (artifact,) = content["affected"]["artifacts"]["paths"]
    assert content["services"]["trigger"]["include"] == [{"artifact": artifact, "job": "affected"}]
    child = yaml.safe_load((git.root / artifact).read_text())
    wanted = ["build a", "build b"] if since == "start" else ["nothing to build"]
    assert list(child) == wanted
    for job in child.values():
        run("\n".join(job["script"]), git, tools)
