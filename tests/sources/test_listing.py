"""Listings ignore what git ignores, with rules from every source."""

from __future__ import annotations

import os
import random
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from msbuild.sources import excludes
from msbuild.sources import git as sources_git
from msbuild.sources.tree import SourceTree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [*os.environ]:
        if name.startswith(("GIT_", "XDG_CONFIG")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def git(root: Path, *arguments: str) -> str:
    words = ["git", "-c", "protocol.file.allow=always", "-c", "user.name=x", "-c", "user.email=x@x"]
    done = subprocess.run(
        [*words, "-C", str(root), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def git_lists(root: Path) -> list[str]:
    listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return sorted(path for path in set(listed.split("\0")) if (root / path).is_file())


def test_rules_apply_from_the_top_of_the_repository(tmp_path: Path) -> None:
    top = tmp_path / "top"
    write(tmp_path, {".gitignore": "nobody\n"})
    write(top, {".gitignore": "*.log\n/in/root/x\n", "in/.gitignore": "!keep.log\nroot/y/\n"})
    root = top / "in/root"
    write(root, {"a.log": "", "keep.log": "", "x": "", "y/z": "", "nobody": "", "sub/x": ""})
    git(top, "init", "-q")
    assert SourceTree(root).files("") == ("keep.log", "nobody", "sub/x")
    assert list(SourceTree(root).files("")) == git_lists(root)
    sources = SourceTree(root)
    assert sources.ignored("") == ("a.log", "x", "y/z")
    rules = [sources.ignored_by(path) for path in sources.ignored("")]
    assert rules == ["../../.gitignore:1", "../../.gitignore:2", "../.gitignore:2"]


def test_info_exclude_and_the_users_own_file_apply(tmp_path: Path, home: Path) -> None:
    root = tmp_path / "root"
    write(root, {"a.own": "", "b.own": "", "c.repo": "", "d.repo": "", ".gitignore": "!b.own\n"})
    git(root, "init", "-q")
    write(root, {".git/info/exclude": "*.repo\n!a.own\n"})
    write(home, {".config/git/ignore": "*.own\n"})
    assert list(SourceTree(root).files("")) == git_lists(root) == [".gitignore", "a.own", "b.own"]
    write(home, {"named": "!c.repo\nd*\n", ".gitconfig": "[core]\n\texcludesFile = ~/named\n"})
    assert list(SourceTree(root).files("")) == git_lists(root) == [".gitignore", "a.own", "b.own"]
    git(root, "config", "core.excludesFile", "own-rules")
    write(root, {"own-rules": "a.*\nown-rules\n"})
    assert SourceTree(root).ignored_by("c.repo") == ".git/info/exclude:1"
    assert list(SourceTree(root).files("")) == git_lists(root)


@pytest.mark.parametrize("where", ["environment", "included", "conditional", "xdg"])
def test_git_config_is_read_from_every_location(
    where: str, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    write(root, {"a.own": "", "b": ""})
    git(root, "init", "-q")
    rules = tmp_path / "rules"
    write(tmp_path, {"rules": "*.own\n"})
    setting = f"[core]\n\texcludesFile = {rules}\n"
    if where == "environment":
        monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
        monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.excludesFile")
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(rules))
    elif where == "included":
        write(home, {".gitconfig": "[include]\n\tpath = more\n", "more": setting})
    elif where == "conditional":
        condition = f'[includeIf "gitdir:{root}/"]\n\tpath = ~/more\n'
        write(home, {".gitconfig": condition, "more": setting})
    else:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
        write(tmp_path, {"xdg/git/config": setting})
    sources = SourceTree(root)
    assert list(sources.files("")) == git_lists(root) == ["b"]
    assert str(rules) in sources.outside.stats
    assert sources.outside.proven
    assert {"HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL"} <= sources.variables


def test_outside_of_a_repository_rules_of_the_tree_and_the_user_apply(
    tmp_path: Path, home: Path
) -> None:
    write(home, {".config/git/ignore": "*.own\n"})
    write(tmp_path, {".gitignore": "b\n"})
    write(tmp_path / "root", {"a.own": "", "b": "", "c": "", ".gitignore": "c\n"})
    assert SourceTree(tmp_path / "root").files("") == (".gitignore", "b")


def test_work_trees_and_submodules_have_their_own_rules(tmp_path: Path) -> None:
    lib, top = tmp_path / "lib", tmp_path / "top"
    for root in (lib, top):
        write(root, {"a": ""})
        git(root, "init", "-q")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "start")
    git(top, "submodule", "--quiet", "add", str(lib), "sub")
    git(top, "commit", "-qm", "submodule")
    write(top, {".git/info/exclude": "*.top\n", ".git/modules/sub/info/exclude": "*.sub\n"})
    write(top, {"sub/x.top": "", "sub/x.sub": "", "x.top": "", "x.sub": ""})
    assert SourceTree(top).files("") == (".gitmodules", "a", "sub/a", "sub/x.top", "x.sub")
    git(top, "worktree", "add", "-q", str(tmp_path / "tree"))
    write(tmp_path / "tree", {"x.top": "", "x.sub": ""})
    assert SourceTree(tmp_path / "tree").files("") == (".gitmodules", "a", "x.sub")


def test_an_ignored_root_is_outside_of_the_repository_unless_git_tracks_files_in_it(
    tmp_path: Path,
) -> None:
    write(tmp_path, {".gitignore": "out/\n*.log\n", "out/in/a": "", "out/in/b.log": ""})
    git(tmp_path, "init", "-q")
    assert SourceTree(tmp_path / "out/in").files("") == ("a", "b.log")
    git(tmp_path, "add", "-f", "out/in/a")
    assert (
        list(SourceTree(tmp_path / "out/in").files("")) == ["a"] == git_lists(tmp_path / "out/in")
    )


@pytest.mark.parametrize("kind", ["loop", "link", "directory", "binary", "range"])
def test_odd_ignore_files_are_read_as_git_reads_them(tmp_path: Path, kind: str) -> None:
    write(tmp_path, {"a": "", "b": "", "rules/x": "a\n"})
    git(tmp_path, "init", "-q")
    file = tmp_path / ".gitignore"
    if kind == "loop":
        file.symlink_to(".gitignore")
    elif kind == "link":
        file.symlink_to("rules/x")
    elif kind == "directory":
        write(tmp_path, {".gitignore/x": "a\n"})
    else:
        data = {"binary": b"\xff\0\n*.\xfe\n\0", "range": b"*.[z-a]\na[\n"}
        file.write_bytes(data[kind])
    sources = SourceTree(tmp_path)
    assert [p for p in sources.files("") if p in "ab"] == ["a", "b"]
    assert {*git_lists(tmp_path)} - {".gitignore"} <= {*sources.files("")}


def test_an_unreadable_ignore_file_causes_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {".gitignore": "a\n", "a": ""})
    opened: Any = open

    def refuse(file: str, *arguments: str) -> object:
        if file.endswith(".gitignore"):
            raise PermissionError(file)
        return opened(file, *arguments)

    monkeypatch.setattr("builtins.open", refuse)
    sources = SourceTree(tmp_path)
    assert sources.names("") == (".gitignore", "a")
    assert sources.warnings == ("cannot read `.gitignore`: its rules are not applied",)


def test_an_ignore_file_that_is_a_link_is_skipped_with_a_warning(tmp_path: Path) -> None:
    write(tmp_path, {"rules": "a\n", "a": ""})
    (tmp_path / ".gitignore").symlink_to("rules")
    sources = SourceTree(tmp_path)
    assert sources.names("") == (".gitignore", "a", "rules")
    warning = "`.gitignore` is a symbolic link: its rules are not applied, as in git"
    assert sources.warnings == (warning,)


def test_a_clone_that_git_does_not_track_is_foreign(tmp_path: Path) -> None:
    top = tmp_path / "top"
    write(top, {"a": "", "tracked/.git/x": "", "clones/of/b": ""})
    for root in (top, top / "clones/of"):
        git(root, "init", "-q")
    git(top, "add", "a")
    git(top, "commit", "-qm", "start")
    git(top, "worktree", "add", "-q", str(top / "trees/x"))
    sources = SourceTree(top)
    sources.files("")
    foreign = [
        each for each in ("tracked", "clones", "clones/of", "trees/x") if sources.is_foreign(each)
    ]
    assert foreign == ["clones/of", "trees/x"]


NAMES = ("a", "b", "c", "d.x", "e.x", "f.y")
RULES = (
    *(
        "*.x",
        "!*.x",
        "a",
        "!a",
        "/a",
        "a/",
        "!a/",
        "b/c",
        "**/c",
        "b/**",
        "!b/c",
        "/b/*",
        "d*",
        "c/",
    ),
    *("!c/", "*", "!*/", "!f.y", "[a-c]", "?.y", "\\a", "#a", "a ", "!"),
)


def random_tree(root: Path, chance: random.Random, depth: int = 0) -> None:
    root.mkdir(exist_ok=True)
    for name in chance.sample(NAMES, chance.randint(1, len(NAMES))):
        if depth < 3 and "." not in name and chance.random() < 0.6:
            random_tree(root / name, chance, depth + 1)
        elif not (root / name).exists():
            (root / name).write_text("")
    if chance.random() < 0.4:
        (root / ".gitignore").write_text(random_rules(chance))


def random_rules(chance: random.Random) -> str:
    return "".join(f"{rule}\n" for rule in chance.choices(RULES, k=chance.randint(1, 4)))


@pytest.mark.parametrize("seed", range(40))
def test_git_agrees_on_random_trees(seed: int, tmp_path: Path, home: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    top = tmp_path / "top"
    random_tree(top, chance)
    git(top, "init", "-q")
    if chance.random() < 0.5:
        write(top, {".git/info/exclude": random_rules(chance)})
    if chance.random() < 0.5:
        write(home, {".config/git/ignore": random_rules(chance)})
    files = sorted(str(p.relative_to(top)) for p in top.rglob("*") if p.is_file())
    files = [path for path in files if not path.startswith(".git/")]
    if chance.random() < 0.7:
        git(top, "add", "--force", *chance.sample(files, min(3, len(files))))
    roots = [top, *(p for p in top.rglob("*") if p.is_dir() and ".git" not in p.parts)]
    for root in roots:
        listed = git_lists(root)
        if listed or root == top:
            assert list(SourceTree(root).files("")) == listed, root


def test_git_reads_the_config_once_and_only_the_relevant_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {f"d{n}/a": "" for n in range(20)})
    git(tmp_path, "init", "-q")
    asked: list[tuple[str, ...]] = []
    run_git = sources_git.git

    def noted(directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
        asked.append(words)
        return run_git(directory, *words)

    for asker in (excludes, sources_git):
        monkeypatch.setattr(asker, "git", noted)
    SourceTree(tmp_path).files("")
    assert len(asked) == 1
    assert "config" in asked[0]
