from __future__ import annotations

import os
import re
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import ConfigError
from msbuild.sources.files import Place
from msbuild.sources.tree import SourceTree

if TYPE_CHECKING:
    from pathlib import Path


def tree(root: Path, files: dict[str, str]) -> SourceTree:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return SourceTree(root)


def test_files_are_found_at_any_depth_and_sorted(tmp_path: Path) -> None:
    sources = tree(tmp_path, {"b/z": "", "b/a/x": "", "a": "", "b.c": ""})
    assert sources.files("") == ("a", "b.c", "b/a/x", "b/z")
    assert sources.files("b") == ("b/a/x", "b/z")
    assert sources.names("b") == ("z",)
    assert sources.files("nowhere") == sources.names("nowhere") == ()


@pytest.mark.parametrize("path", ["/", "/etc/passwd", "//x", "..", "../x", "a/../../x"])
def test_files_outside_of_the_root_are_not_in_the_tree(tmp_path: Path, path: str) -> None:
    sources = tree(tmp_path / "root", {"a": ""})
    (tmp_path / "x").write_text("")
    assert not sources.exists(path)
    assert not sources.is_directory(path)
    assert sources.names(path) == sources.files(path) == ()


def test_ignored_files_are_not_sources(tmp_path: Path) -> None:
    sources = tree(
        tmp_path,
        {
            ".gitignore": "target/\n*.log\n",
            "a/.gitignore": "!keep.log\n/only-here\n",
            "a/keep.log": "",
            "a/only-here": "",
            "a/b/only-here": "",
            "a/drop.log": "",
            "target/x": "",
            "a/target/x": "",
            ".git/config": "",
        },
    )
    assert sources.files("") == (".gitignore", "a/.gitignore", "a/b/only-here", "a/keep.log")
    assert not sources.exists("target/x")
    assert not sources.exists("a/drop.log")
    assert sources.exists("a/keep.log")


def git(root: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        check=True,
        env=environment,
        capture_output=True,
        text=True,
    )
    return done.stdout


AWKWARD = {
    ".gitignore": "/out\n**/gen/\n*.tmp\n!important.tmp\ndoc/*.txt\n",
    "out/a": "",
    "out/b": "",
    "out/deep/c": "",
    "out/deep/d": "",
    "outer": "",
    "x/out/a": "",
    "x/gen/a": "",
    "x/gen/.gitignore": "!b\n",
    "x/gen/b": "",
    "important.tmp": "",
    "x/y.tmp": "",
    "doc/a.txt": "",
    "doc/sub/a.txt": "",
    "x/.gitignore": "y.tmp\n!z.tmp\n",
    "x/z.tmp": "",
}


@pytest.mark.parametrize(
    "added",
    [(), ("out/b",), ("out/deep/d", "x/y.tmp"), ("x/gen/a", "doc/a.txt"), ("out", "x")],
)
def test_git_ignores_the_same_files(tmp_path: Path, added: tuple[str, ...]) -> None:
    sources = tree(tmp_path, AWKWARD)
    git(tmp_path, "init", "-q")
    if added:
        git(tmp_path, "add", "--force", *added)
    listed = git(tmp_path, "ls-files", "--cached", "--others", "--exclude-standard")
    assert sorted(listed.splitlines()) == list(sources.files(""))


def test_tracked_files_are_found_from_a_root_below_the_top_of_the_repository(
    tmp_path: Path,
) -> None:
    tree(tmp_path, {"x/.gitignore": "*.tmp\n", "x/in/a.tmp": "", "x/in/b.tmp": "", "a.tmp": ""})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--force", "x/in/a.tmp")
    assert SourceTree(tmp_path / "x").files("") == (".gitignore", "in/a.tmp")


def test_a_deleted_tracked_file_is_not_a_source(tmp_path: Path) -> None:
    sources = tree(tmp_path, {".gitignore": "*.tmp\n", "a.tmp": "", "b.tmp": ""})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--force", "a.tmp", "b.tmp")
    (tmp_path / "a.tmp").unlink()
    assert sources.names("") == (".gitignore", "b.tmp")


def test_an_inner_repository_has_its_own_tracked_files(tmp_path: Path) -> None:
    inner = {"in/.gitignore": "b.*\na.*\n", "in/a.tmp": "", "in/b.tmp": "", "in/d.tmp": ""}
    sources = tree(tmp_path, {".gitignore": "*.tmp\n", "c.tmp": "", **inner})
    for root, name in ((tmp_path, "c.tmp"), (tmp_path / "in", "a.tmp")):
        git(root, "init", "-q")
        git(root, "add", "--force", name)
    # the rules of the outer repository do not apply in the inner one
    assert sources.files("") == (".gitignore", "c.tmp", "in/.gitignore", "in/a.tmp", "in/d.tmp")


def test_an_index_that_cannot_be_read_tracks_nothing(tmp_path: Path) -> None:
    sources = tree(tmp_path, {".gitignore": "*.tmp\n", "a.tmp": "", ".git": "gitdir: /nowhere\n"})
    assert sources.files("") == (".gitignore",)


def test_git_is_called_only_for_ignored_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tree(tmp_path, {".gitignore": "*.tmp\n", "a": "", "in/b": "", "in/c.tmp": ""})
    git(tmp_path, "init", "-q")
    monkeypatch.setenv("PATH", "")
    assert sources.names("") == (".gitignore", "a")
    assert sources.files("in") == ("in/b",)


def link(root: Path, path: str, target: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).symlink_to(target)


def test_a_link_has_the_content_of_its_target(tmp_path: Path) -> None:
    sources = tree(tmp_path, {"real/deep/a": "text", "real/b": ""})
    link(tmp_path, "in/dir", "../real")
    link(tmp_path, "in/file", "chain")
    link(tmp_path, "in/chain", "dir/deep/a")
    assert sources.files("in") == ("in/chain", "in/dir/b", "in/dir/deep/a", "in/file")
    assert sources.names("in") == ("chain", "file")
    assert sources.directories("in") == ("dir",)
    assert sources.names("in/dir/deep") == ("a",)
    assert sources.is_directory("in/dir")
    assert sources.exists("in/dir/b")
    assert not sources.exists("in/dir/c")
    assert sources.read("in/file") == sources.read("in/dir/deep/a") == "text"
    assert sources.place("in/file") == Place(
        "real/deep/a", is_directory=False, links=("in/file", "in/chain", "in/dir")
    )
    with sources.trace.question("q"):
        sources.read("in/file")
    assert ("read", "real/deep/a") in sources.trace.users
    assert sources.content("in/dir").kind == "link"
    assert sources.content("in/dir").data == b"../real"


def test_links_to_parent_directories_do_not_recurse(tmp_path: Path) -> None:
    sources = tree(tmp_path, {"a/x": "", "a/b/y": ""})
    link(tmp_path, "a/b/up", "..")
    link(tmp_path, "a/self", ".")
    assert sources.files("a") == ("a/b/y", "a/x")
    assert sources.files("a/b") == ("a/b/up/x", "a/b/y")


OUTSIDE = [
    ("link", "/etc/passwd", "the symbolic link `link` points to `/etc/passwd`, outside of"),
    ("link", "../outside", "the symbolic link `link` points to `../outside`, outside of"),
    ("in/link", "../../root/real", "the symbolic link `in/link` points to `../../root/real`, outs"),
    ("link", "link", "the symbolic link `link` points to `link`, which leads back"),
    ("link", "gone/a", "the symbolic link `link` points to `gone/a`, which does not exist"),
    (
        "link",
        "real/../real",
        "the symbolic link `link` points to `real/../real`, which does not ex",
    ),
    (
        "link",
        "no.tmp",
        "the symbolic link `link` points to `no.tmp`, which is ignored (.gitignore:1)",
    ),
    ("link", ".git/config", "which does not exist"),
]


@pytest.mark.parametrize(("name", "target", "message"), OUTSIDE)
def test_a_dangling_link_is_an_error_where_it_is_needed(
    tmp_path: Path, name: str, target: str, message: str
) -> None:
    root = tmp_path / "root"
    sources = tree(root, {"real": "", ".gitignore": "*.tmp\n", "no.tmp": "", ".git/config": ""})
    (tmp_path / "outside").write_text("secret")
    link(root, name, target)
    assert sources.files("") == tuple(sorted((".gitignore", "real", name)))
    assert sources.exists(name)
    with pytest.raises(ConfigError, match=re.escape(message)):
        sources.read(name)
    with pytest.raises(ConfigError, match=re.escape(message)):
        sources.names(name)


def test_errors_name_the_wrong_link_of_a_loop_or_chain(tmp_path: Path) -> None:
    for name, target in (("a", "b"), ("b", "a"), ("c", "d"), ("d", "/"), ("e", "c/x")):
        link(tmp_path, name, target)
    sources = SourceTree(tmp_path)
    with pytest.raises(ConfigError, match="which leads back to the link"):
        sources.read("a")
    for path in ("c", "e", "c/etc/passwd"):
        with pytest.raises(ConfigError, match=f"`{path}`: the symbolic link `d` points to `/`"):
            sources.read(path)
    with pytest.raises(ConfigError, match="symbolic link `d`"):
        sources.exists("c/etc/passwd")


def test_the_hint_for_an_absolute_link_has_the_relative_target(tmp_path: Path) -> None:
    tree(tmp_path, {"shared/x": ""})
    link(tmp_path, "a/b/x", f"{tmp_path}/shared/x")
    with pytest.raises(ConfigError) as caught:
        SourceTree(tmp_path).read("a/b/x")
    assert caught.value.hint == "make it relative: `../../shared/x`"


def test_link_loops_are_refused(tmp_path: Path) -> None:
    for depth in range(16):
        for name in ("l", "r"):
            link(tmp_path, f"d{depth}/{name}", f"../d{depth + 1}")
    tree(tmp_path, {"d16/x": ""})
    with pytest.raises(ConfigError, match="too many links to directories, for example"):
        SourceTree(tmp_path).files("d0")


def test_a_file_is_scanned_once_under_all_its_paths(tmp_path: Path) -> None:
    sources = tree(tmp_path, {"real/a": "text"})
    link(tmp_path, "link", "real")
    scanned: list[str] = []
    assert sources.scan("link/a", scanned.append) is None
    assert sources.scan("real/a", scanned.append) is None
    assert scanned == ["text"]


def test_the_hash_covers_only_content_mode_and_link_target(tmp_path: Path) -> None:
    tree(tmp_path, {"a": "same", "b": "same", "c": "other"})
    os.utime(tmp_path / "b", (1, 1))
    (tmp_path / "x").write_text("same")
    (tmp_path / "x").chmod(0o755)
    (tmp_path / "l").symlink_to("same")
    fresh = SourceTree(tmp_path)
    assert fresh.hash("a") == fresh.hash("b")
    assert len({fresh.hash(name) for name in ("a", "c", "x", "l")}) == 4


def test_a_tree_caches_its_results(tmp_path: Path) -> None:
    sources = tree(tmp_path, {"a": "old"})
    before = sources.hash("a")
    (tmp_path / "a").write_text("new")
    (tmp_path / "b").write_text("")
    assert sources.hash("a") == before
    assert sources.content("a").hash() != before


def test_a_pipe_is_not_a_source(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="`pipe` is neither a file nor a link"):
        SourceTree(tmp_path).content("pipe")


def test_files_left_out_by_ignore_rules_are_listed(tmp_path: Path) -> None:
    sources = tree(
        tmp_path,
        {
            ".gitignore": "*.log\ngen/\n",
            "a/x.log": "",
            "a/x": "",
            "a/gen/b/c": "",
            "b/y.log": "",
            "b/.git/x": "",
        },
    )
    assert sources.ignored("") == ("a/gen/b/c", "a/x.log", "b/y.log")
    assert sources.ignored("a") == ("a/gen/b/c", "a/x.log")
    assert sources.ignored("nowhere") == sources.ignored("a/x") == ()


def first_line(text: str) -> str:
    return text.partition("\n")[0]


def test_scans_are_recorded_by_the_name_of_a_function_at_the_top_of_a_module(
    tmp_path: Path,
) -> None:
    sources = tree(tmp_path, {"a": "1\n2\n", "b": "12"})
    with sources.trace.question("service", "s"):
        assert sources.scan("a", first_line) == "1"
        # another run could not find these again
        assert sources.scan("a", lambda text: text[:1]) == "1"
        assert sources.scan("b", partial(int, base=3)) == 5
    assert set(sources.trace.users) == {
        ("scan", "a", f"{__name__}:first_line"),
        *((("read", each)) for each in "ab"),
    }


def test_what_a_missing_file_resolves_to_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("later")
    sources = tree(tmp_path, {"a": ""})
    with sources.trace.question("service", "s"), pytest.raises(ConfigError):
        sources.read("link/file")
    assert set(sources.trace.users) == {("read", "link/file"), ("place", "link/file")}
