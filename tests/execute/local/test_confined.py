"""Paths within a directory, and links that lead out of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from msbuild.execute.local.confined import ConfinedDirectory, LeadsOutsideError
from msbuild.execute.local.files import remove_tree, tidy
from msbuild.execute.local.stage_store import survey

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root/a/b").mkdir(parents=True)
    (tmp_path / "root/a/file").write_text("inside")
    (tmp_path / "file").write_text("outside")
    return tmp_path / "root"


@pytest.mark.parametrize(
    ("target", "real"), [("a", "a/file"), ("./a/b/..", "a/file"), ("a/b/../../a", "a/file")]
)
def test_links_within_the_directory_are_followed(root: Path, target: str, real: str) -> None:
    (root / "link").symlink_to(target)
    with ConfinedDirectory(root) as below:
        assert below.real("link/file") == real


@pytest.mark.parametrize("target", ["..", "a/../..", "/", "a/up", "../root/a", "/etc"])
def test_links_that_lead_outside_are_refused(root: Path, target: str) -> None:
    (root / "a/up").symlink_to("../..")
    (root / "link").symlink_to(target)
    with ConfinedDirectory(root) as below:
        with pytest.raises(LeadsOutsideError):
            below.real("link/file")
        with pytest.raises(LeadsOutsideError), below.directory("link/new", create=True):
            pass
    assert not (root.parent / "new").exists()


def test_links_in_a_root_are_resolved_as_in_a_container(root: Path) -> None:
    (root / "up").symlink_to("../../..")
    (root / "absolute").symlink_to("/a")
    with ConfinedDirectory(root, is_root=True) as below:
        assert below.real("up/a/file") == "a/file"
        assert below.real("absolute/file") == "a/file"
        assert below.real("../../a") == "a"


def test_a_loop_of_links_is_an_error(root: Path) -> None:
    (root / "x").symlink_to("y")
    (root / "y").symlink_to("x")
    with ConfinedDirectory(root) as below, pytest.raises(OSError, match="symbolic links"):
        below.real("x/file")


def test_the_directory_itself_must_not_be_a_link(root: Path) -> None:
    (root.parent / "link").symlink_to(root)
    with pytest.raises(NotADirectoryError), ConfinedDirectory(root.parent / "link"):
        pass


def test_a_survey_does_not_read_pipes_or_follow_links(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "link").symlink_to(root.parent)
    found = survey(root)
    assert {path: each.kind for path, each in found.items()} == {
        "a": "parent",
        "a/b": "directory",
        "a/file": "file",
        "link": "link",
        "pipe": "other",
    }


def test_tidy_makes_files_readable_and_breaks_hard_links(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "a/file").chmod(0o4000)
    (root / "a/b/deep").mkdir()
    (root / "a/b").chmod(0)
    (root / "linked").hardlink_to(root.parent / "file")
    (root / "one").write_text("x")
    (root / "two").hardlink_to(root / "one")
    (root / "link").symlink_to(root.parent)
    before = (root.parent / "file").stat().st_mode, root.parent.stat().st_mode
    tidy(root, plain=True)
    assert not (root / "pipe").exists()
    assert oct((root / "a/file").stat().st_mode)[-4:] == "0400"
    assert (root / "a/b").stat().st_mode & 0o700 == 0o700
    assert (root / "a/b/deep").is_dir()
    # a hard link to a file outside has become a copy; hard links within the directory remain
    assert (root.parent / "file").stat().st_nlink == 1
    assert (root / "linked").read_text() == "outside"
    assert (root / "one").stat().st_ino == (root / "two").stat().st_ino
    assert ((root.parent / "file").stat().st_mode, root.parent.stat().st_mode) == before


def test_any_tree_is_removed_and_nothing_outside_it(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "link").symlink_to(root.parent)
    handle = os.open(root, os.O_RDONLY)
    # longer than the maximum path
    for _ in range(600):
        os.mkdir("long-name-of-a-directory", dir_fd=handle)
        inner = os.open("long-name-of-a-directory", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(handle)
    (root / "a/b").chmod(0)
    remove_tree(root)
    assert sorted(path.name for path in root.parent.iterdir()) == ["file"]
