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
    """Runs the command and returns the services, each with its reasons in one string."""

    def run(since: str = "start") -> dict[str, str]:
        capsys.readouterr()
        assert cli.main(["affected", "--since", since]) == 0
        *lines, count = capsys.readouterr().out.splitlines()
        assert f"since {since}" in count
        return {name: why.strip() for name, _, why in (line.partition(" ") for line in lines)}

    return run


def test_without_changes_nothing_is_affected(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    git.write({"README.md": "read it\n"})
    git.commit("words")
    assert affected() == {}


@pytest.mark.parametrize("committed", [True, False])
def test_a_library_affects_its_users_and_the_reason_names_it(
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
def test_a_change_affects_exactly_its_users(
    git: Git, affected: Callable[..., dict[str, str]], change: dict[str, str], touched: set[str]
) -> None:
    git.write(change)
    git.commit("change")
    assert set(affected()) == touched


def test_deleted_and_renamed_files_and_removed_services_are_reported(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    git.run("rm", "-q", "b/data/x.json")
    git.run("mv", "c/main.go", "c/start.go")
    git.write({"msbuild.yaml": CONFIG.replace("  a: {path: a}\n", "")})
    git.commit("less")
    found = affected()
    assert found["a"] == "no longer a service"
    assert found["b"].startswith("b/data/x.json removed")
    assert found["c"].startswith("c/start.go added")


def test_changed_executable_bits_and_links_are_detected(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    (git.root / "b/data/x.json").chmod(0o755)
    git.commit("mode")
    assert set(affected()) == {"b"}


def test_commits_of_the_other_branch_after_the_merge_base_are_ignored(
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


def test_an_unreadable_old_config_affects_every_service(
    git: Git, affected: Callable[..., dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    git.write({"msbuild.yaml": "version: one"})
    git.commit("broken")
    git.run("tag", "broken")
    git.write({"msbuild.yaml": CONFIG})
    git.commit("mended")
    assert affected("broken") == dict.fromkeys("abc", "its old version cannot be read")
    assert cli.main(["affected", "--since", "broken"]) == 0
    warning = capsys.readouterr().err
    assert "cannot compare with commit " in warning
    assert "msbuild.yaml:1" in warning
    assert "/" not in warning


def test_without_an_old_config_every_service_is_new(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    git.run("mv", "msbuild.yaml", "old.yaml")
    git.commit("gone")
    git.run("tag", "without")
    git.run("mv", "old.yaml", "msbuild.yaml")
    git.commit("back")
    assert affected("without") == dict.fromkeys("abc", "a new service")


def test_the_checkout_and_its_index_are_not_changed(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    git.write({"lib/lib.go": "package lib\n\nvar X = 1\n", "new.txt": "new"})
    git.run("add", "new.txt")
    before = git.run("status", "--porcelain"), (git.root / ".git/index").read_bytes()
    affected()
    assert (git.run("status", "--porcelain"), (git.root / ".git/index").read_bytes()) == before


def test_changes_in_a_submodule_are_detected(
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


def test_a_submodule_need_not_be_checked_out_unless_its_commit_changed(
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
    assert "`b/data/sub` is not checked out, and its commit has changed" in problem(capsys, "with")


def test_a_moved_submodule_affects_every_service(
    tmp_path: Path,
    git: Git,
    affected: Callable[..., dict[str, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = Git(tmp_path / "other", {"x.json": "1"})
    git.run("submodule", "--quiet", "add", str(other.root), "b/data/sub")
    git.commit("with submodule")
    git.run("tag", "with")
    git.run("mv", "b/data/sub", "b/data/moved")
    git.commit("moved")
    assert affected("with") == dict.fromkeys("abc", "its old version cannot be read")
    assert affected("HEAD") == {}
    assert cli.main(["affected", "--since", "with"]) == 0
    assert (
        "the submodule `b/data/sub` and its files no longer exist here" in capsys.readouterr().err
    )


def test_a_linked_config_belongs_to_the_directory_of_the_link(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    git.write({"configs/real.yaml": CONFIG})
    (git.root / "msbuild.yaml").unlink()
    (git.root / "msbuild.yaml").symlink_to("configs/real.yaml")
    git.commit("link")
    git.run("tag", "linked")
    assert affected("linked") == {}
    git.write({"c/main.go": "package main\n\nfunc main() { }\n"})
    assert set(affected("linked")) == {"c"}


def test_hooks_do_not_run(git: Git, affected: Callable[..., dict[str, str]]) -> None:
    git.write({".git/hooks/post-index-change": "#!/bin/sh\necho 1 > b/data/hooked.json\n"})
    (git.root / ".git/hooks/post-index-change").chmod(0o755)
    assert affected("start") == {}


def test_a_tracked_file_is_a_source_even_if_ignored(
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


def test_an_unknown_revision_is_an_error(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    del git
    assert problem(capsys, "nowhere") == (
        "error: unknown commit `nowhere`\n"
        "  hint: fetch it first, for example with `git fetch origin main`\n"
    )
    assert cli.main(["affected", "--since=--all"]) == 2
    assert "unknown commit `--all`" in capsys.readouterr().err


def test_a_shallow_clone_is_an_error(
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


def test_a_missing_repository_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    assert "is not in a git repository" in problem(capsys, "main")


def printed(capsys: pytest.CaptureFixture[str], form: str) -> str:
    assert cli.main(["affected", "--since", "start", "--format", form]) == 0
    return capsys.readouterr().out


def test_ci_formats_list_the_affected_services(
    git: Git, capsys: pytest.CaptureFixture[str]
) -> None:
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


def clone(git: Git, place: Path, *options: str) -> Git:
    words = ["git", "clone", "--quiet", *options, f"file://{git.root}", str(place)]
    subprocess.run(words, check=True)
    found = Git.__new__(Git)
    found.root = place
    return found


@pytest.mark.parametrize("since", ["start", "HEAD~1"])
def test_a_commit_outside_a_shallow_clone_is_an_error(
    tmp_path: Path,
    git: Git,
    since: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commit = git.run("rev-parse", "start")
    git.commit("two")
    clone(git, tmp_path / "clone", "--depth=1", "--no-tags")
    monkeypatch.chdir(tmp_path / "clone")
    output = problem(capsys, commit if since == "start" else since)
    assert "in this shallow clone" in output
    assert "fetch-depth: 0" in output
    assert "git fetch --unshallow" in output


@pytest.mark.parametrize(
    "attributes",
    [
        "*.json text eol=crlf",
        "*.json ident",
        "*.json working-tree-encoding=UTF-16",
        "*.json filter=x",
    ],
)
def test_git_attributes_of_a_commit_are_applied(
    git: Git, affected: Callable[..., dict[str, str]], attributes: str
) -> None:
    git.run("config", "filter.x.smudge", "tr a b")
    git.run("config", "filter.x.clean", "tr b a")
    git.write({"b/data/x.json": "a $Id$\n"})
    git.commit("text")
    git.run("tag", "text")
    git.write({".gitattributes": f"{attributes}\n"})
    git.run("add", ".gitattributes")
    git.run("commit", "--quiet", "-m", "attributes")
    git.run("rm", "--quiet", "--cached", "-r", "b")
    git.run("reset", "--quiet", "--hard")
    git.run("tag", "with")
    assert affected("with") == {}
    assert "b/data/x.json changed (an asset)" in affected("text")["b"]
    git.run("commit", "--quiet", "--allow-empty", "-m", "nothing")
    assert affected("with") == {}


def test_git_settings_of_the_repository_are_applied(
    tmp_path: Path,
    git: Git,
    affected: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    git.write({"b/data/x.json": "a\n"})
    git.commit("text")
    there = clone(git, tmp_path / "clone", "-c", "core.autocrlf=true")
    assert (there.root / "b/data/x.json").read_bytes() == b"a\r\n"
    monkeypatch.chdir(there.root)
    assert affected("HEAD") == {}
    (there.root / ".git/info").mkdir(exist_ok=True)
    (there.root / ".git/info/attributes").write_text("*.json -text\n")
    assert set(affected("HEAD")) == {"b"}


@pytest.mark.parametrize("cone", [True, False])
def test_files_outside_a_sparse_checkout_are_ignored(
    git: Git, affected: Callable[..., dict[str, str]], cone: bool
) -> None:
    git.write({"b/data/deep/z.json": "1", "docs/x.md": "1"})
    git.commit("more")
    git.run("tag", "more")
    git.commit("nothing")
    if cone:
        git.run("sparse-checkout", "set", "--cone", "a", "b/data", "c", "lib")
        git.run("sparse-checkout", "add", "b")
    else:
        git.run("sparse-checkout", "set", "--no-cone", "/*", "!/docs/", "!b/data/deep/")
        assert not (git.root / "b/data/deep").exists()
    assert not (git.root / "docs").exists()
    index = (git.root / ".git/index").read_bytes()
    assert affected("more") == {}
    assert (git.root / ".git/index").read_bytes() == index
    git.write({"b/data/x.json": "changed"})
    assert affected("more") == {"b": "b/data/x.json changed (an asset)"}


def test_an_existing_file_outside_the_sparse_patterns_is_compared(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    git.run("sparse-checkout", "set", "--no-cone", "/*", "!b/data/y.json")
    assert not (git.root / "b/data/y.json").exists()
    git.write({"b/data/y.json": "{}"})
    assert affected("start") == {}
    git.write({"b/data/y.json": "other"})
    assert affected("start") == {"b": "b/data/y.json changed (an asset)"}


def test_a_missing_skip_worktree_file_is_ignored(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    git.run("update-index", "--skip-worktree", "b/data/y.json")
    (git.root / "b/data/y.json").unlink()
    assert affected("start") == {}


def test_a_partial_clone_fetches_missing_objects(
    tmp_path: Path,
    git: Git,
    affected: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    git.run("config", "uploadpack.allowFilter", "true")
    git.write({"b/data/x.json": "2"})
    git.commit("two")
    there = clone(git, tmp_path / "clone", "--filter=blob:none")
    monkeypatch.chdir(there.root)
    assert affected("start") == {"b": "b/data/x.json changed (an asset)"}


def test_a_work_tree_sees_its_own_commit(
    tmp_path: Path,
    git: Git,
    affected: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    git.run("worktree", "add", "--quiet", str(tmp_path / "tree"))
    monkeypatch.chdir(tmp_path / "tree")
    assert affected("start") == {}
    (tmp_path / "tree/c/main.go").write_text("package main\n\nfunc main() { println() }\n")
    assert set(affected("start")) == {"c"}


def test_ignored_files_affect_nothing(git: Git, affected: Callable[..., dict[str, str]]) -> None:
    (git.root / ".git/info").mkdir(exist_ok=True)
    (git.root / ".git/info/exclude").write_text("*.tmp\n")
    git.write({"b/data/z.tmp": "1"})
    assert affected("start") == {}


def test_changes_of_a_link_and_of_its_target_are_detected(
    git: Git, affected: Callable[..., dict[str, str]]
) -> None:
    git.write({"shared/x.json": "1"})
    (git.root / "b/data/link.json").symlink_to("../../shared/x.json")
    git.commit("link")
    git.run("tag", "with")
    assert affected("with") == {}
    git.write({"shared/x.json": "2"})
    assert affected("with") == {"b": "shared/x.json changed (an asset)"}


def test_an_lfs_pointer_is_reported(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 7\n"
    git.write({"b/data/x.json": pointer})
    git.commit("a text")
    # no attribute marks it as one: tests of LFS may need an unchanged pointer
    assert cli.main(["affected", "--since", "HEAD"]) == 0
    capsys.readouterr()
    git.write({".gitattributes": "*.json filter=lfs diff=lfs merge=lfs -text\n"})
    assert "`b/data/x.json` is a Git LFS pointer" in problem(capsys, "HEAD")


def test_a_repository_of_another_user_is_reported(
    git: Git, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert cli.main(["affected", "--since", "start"]) == 3
    output = capsys.readouterr().err
    assert f"git does not trust the repository `{git.root}`" in output
    assert f"git config --global --add safe.directory {git.root}" in output
