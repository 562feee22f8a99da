from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from msbuild import cli
from tests.affected.repository import CONFIG, FILES, Git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    git = Git(tmp_path / "repo")
    monkeypatch.chdir(git.root)
    return git


@pytest.fixture
def affected(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, str]]:
    """Runs the command and gives the services with their reasons, as one text each."""

    def run(since: str = "start") -> dict[str, str]:
        capsys.readouterr()
        assert cli.main(["affected", "--since", since]) == 0
        *lines, count = capsys.readouterr().out.splitlines()
        assert f"since {since}" in count
        return {name: why.strip() for name, _, why in (line.partition(" ") for line in lines)}

    return run


def test_nothing_changed(git: Git, affected: Callable[..., dict[str, str]]) -> None:
    git.write({"README.md": "read it\n"})
    git.commit("words")
    assert affected() == {}


@pytest.mark.parametrize("committed", [True, False])
def test_a_library_touches_its_users_and_says_how(
    git: Git, affected: Callable[..., dict[str, str]], *, committed: bool
) -> None:
    git.write({"lib/lib.go": "package lib\n\nvar X = 1\n"})
    if committed:
        git.commit("lib")
    assert affected() == {
        "a": "lib/lib.go changed (imported by a/main.go:3)",
        "b": "lib/lib.go changed (imported by b/main.go:3)",
    }


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        ({"b/data/x.json": "{ }"}, {"b"}),
        ({"b/data/new.json": "1"}, {"b"}),
        ({"c/extra.go": "package main\n"}, {"c"}),
        ({"c/extra_test.go": "package main\n"}, set()),
        ({"msbuild.yaml": CONFIG.replace("path: c}", "path: c, options: {tags: [x]}}")}, {"c"}),
        ({"msbuild.yaml": CONFIG.replace("golang-go", "golang-1.24-go")}, {"a", "b", "c"}),
        ({"msbuild.yaml": CONFIG + "  d: {path: c}\n"}, {"d"}),
        ({"msbuild.yaml": f"# a comment\n{CONFIG}"}, set()),
    ],
)
def test_a_change_touches_exactly(
    git: Git, affected: Callable[..., dict[str, str]], change: dict[str, str], touched: set[str]
) -> None:
    git.write(change)
    git.commit("change")
    assert set(affected()) == touched


def test_deleted_renamed_and_removed(git: Git, affected: Callable[..., dict[str, str]]) -> None:
    git.run("rm", "-q", "b/data/x.json")
    git.run("mv", "c/main.go", "c/start.go")
    git.write({"msbuild.yaml": CONFIG.replace("  a: {path: a}\n", "")})
    git.commit("less")
    found = affected()
    assert found["a"] == "no longer a service"
    assert found["b"].startswith("b/data/x.json removed")
    assert found["c"].startswith("c/start.go added")


def test_an_executable_bit_and_a_link_count(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    (git.root / "b/data/x.json").chmod(0o755)
    git.commit("mode")
    assert set(affected()) == {"b"}


def test_the_other_side_of_a_branch_does_not_count(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    git.run("switch", "-qc", "topic")
    git.write({"c/main.go": "package main\n\nfunc main() { }\n"})
    git.commit("topic")
    git.run("switch", "-q", "main")
    git.write({"lib/lib.go": "package lib\n\nvar X = 1\n"})
    git.commit("main goes on")
    git.run("switch", "-q", "topic")
    assert set(affected("main")) == {"c"}


def test_a_config_of_then_that_cannot_be_read_leaves_nothing_out(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    git.write({"msbuild.yaml": "version: one"})
    git.commit("broken")
    git.run("tag", "broken")
    git.write({"msbuild.yaml": CONFIG})
    git.commit("mended")
    assert affected("broken") == dict.fromkeys("abc", "the config of then cannot be read")


def test_no_config_then(git: Git, affected: Callable[..., dict[str, str]]) -> None:
    git.run("mv", "msbuild.yaml", "old.yaml")
    git.commit("gone")
    git.run("tag", "without")
    git.run("mv", "old.yaml", "msbuild.yaml")
    git.commit("back")
    assert affected("without") == dict.fromkeys("abc", "a new service")


def test_the_check_out_and_its_index_are_not_touched(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    git.write({"lib/lib.go": "package lib\n\nvar X = 1\n", "new.txt": "new"})
    git.run("add", "new.txt")
    before = git.run("status", "--porcelain"), (git.root / ".git/index").read_bytes()
    affected()
    assert (git.run("status", "--porcelain"), (git.root / ".git/index").read_bytes()) == before


def test_a_submodule_counts(
    tmp_path: Path, git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    other = Git(tmp_path / "other", {"x.json": "1"})
    git.run("submodule", "--quiet", "add", str(other.root), "b/data/sub")
    git.commit("with submodule")
    git.run("tag", "with")
    assert affected("with") == {}
    other.write({"x.json": "2"})
    other.commit("two")
    git.run("-C", "b/data/sub", "pull", "--quiet")
    git.commit("newer submodule")
    assert affected("with") == {"b": "b/data/sub/x.json changed (an asset)"}


def test_a_submodule_that_is_not_checked_out(
    tmp_path: Path,
    git: Git,
    affected: Callable[..., dict[str, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = Git(tmp_path / "other", {"x.json": "1"})
    git.run("submodule", "--quiet", "add", str(other.root), "b/data/sub")
    git.commit("with submodule")
    git.run("tag", "with")
    git.run("submodule", "--quiet", "deinit", "--force", "b/data/sub")
    assert affected("with") == {}
    other.commit("two")
    newer = other.run("rev-parse", "HEAD")
    git.run("update-index", "--cacheinfo", f"160000,{newer},b/data/sub")
    assert "`b/data/sub` is not checked out, and is another now" in problem(capsys, "with")


def test_a_tracked_file_counts_though_it_is_ignored(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    git.write({".gitignore": "*.json\n", "b/data/new.json": "1"})
    git.run("add", "--force", "b/data/new.json")
    git.commit("ignored and tracked")
    git.run("tag", "with")
    assert affected("with") == {}
    git.write({"b/data/new.json": "2", "b/data/other.json": "not tracked"})
    assert affected("with") == {"b": "b/data/new.json changed (an asset)"}


def problem(capsys: pytest.CaptureFixture[str], since: str) -> str:
    assert cli.main(["affected", "--since", since]) == 2
    return capsys.readouterr().err


def test_an_unknown_revision_is_told(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    del git
    assert problem(capsys, "nowhere") == (
        "error: git knows no commit `nowhere` here\n"
        "  hint: fetch it first, for example with `git fetch origin main`\n"
    )
    assert cli.main(["affected", "--since=--all"]) == 2
    assert "git knows no commit `--all`" in capsys.readouterr().err


def test_a_shallow_clone_is_told(
    tmp_path: Path,
    git: Git,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    git.run("switch", "-qc", "topic")
    git.commit("topic")
    clone = tmp_path / "clone"
    shallow = ("--quiet", "--depth=1", "--no-single-branch", f"file://{git.root}", str(clone))
    subprocess.run(["git", "clone", *shallow], check=True)
    monkeypatch.chdir(clone)
    assert "too shallow" in problem(capsys, "origin/main")


def test_no_repository_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    assert "is in no git repository" in problem(capsys, "main")


def printed(capsys: pytest.CaptureFixture[str], form: str) -> str:
    assert cli.main(["affected", "--since", "start", "--format", form]) == 0
    return capsys.readouterr().out


def test_forms_for_ci(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "github") == "services=[]\nany=false\n"
    assert list(yaml.safe_load(printed(capsys, "gitlab"))) == ["nothing to build"]
    assert printed(capsys, "markdown") == "**0 of 3 services** affected since `start`\n\n"
    git.write({"lib/lib.go": "package lib // |\n"})
    assert printed(capsys, "github") == 'services=["a", "b"]\nany=true\n'
    pipeline = yaml.safe_load(printed(capsys, "gitlab"))
    assert pipeline["build a"] == {"script": ["msbuild build a --push"]}
    assert "| a | lib/lib.go changed (imported by a/main.go:3) |" in printed(capsys, "markdown")
    content = json.loads(printed(capsys, "json"))
    assert content["unaffected"] == ["c"]
    assert content["affected"][0]["reasons"] == [
        {
            "field": "file",
            "name": "lib/lib.go",
            "how": "changed",
            "stage": "a-build",
            "tie": "imported by a/main.go:3",
        }
    ]
