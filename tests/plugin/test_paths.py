"""Helpers for paths of the source tree."""

from __future__ import annotations

import pytest

from msbuild.plugin.api import paths
from msbuild.plugin.testing import TextSources

SOURCES = TextSources({"go.mod": "", "app/go.mod": "", "app/cmd/main.go": ""})


@pytest.mark.parametrize(
    ("directory", "path", "joined"),
    [
        ("", ".", ""),
        ("a", "..", ""),
        ("a/b", "../c", "a/c"),
        ("a", "../../b", "../b"),
        ("a", "/b", "/b"),
    ],
)
def test_joined_paths_are_normalized(directory: str, path: str, joined: str) -> None:
    assert paths.join(directory, path) == joined


def test_absolute_paths_and_parents_of_the_root_are_outside() -> None:
    outside = ["..", "../a", "/a", "", "a", "..a"]
    assert [path for path in outside if paths.is_outside(path)] == ["..", "../a", "/a"]


def test_everything_is_below_the_root_and_a_directory_is_below_itself() -> None:
    assert paths.is_below("a/b", "")
    assert paths.is_below("a", "a")
    assert not paths.is_below("ab", "a")
    assert not paths.is_below("a", "a/b")


@pytest.mark.parametrize(
    ("path", "above"), [("", [""]), ("a/b", ["a/b", "a", ""]), ("/a", ["/a", ""])]
)
def test_ancestors_end_at_the_root(path: str, above: list[str]) -> None:
    assert list(paths.ancestors(path)) == above


def test_the_nearest_directory_with_a_file_is_found() -> None:
    assert paths.nearest("app/cmd", "go.mod", SOURCES) == "app"
    assert paths.nearest("lib", "go.mod", SOURCES) == ""
    assert paths.nearest("app", "go.work", SOURCES) is None


def test_only_files_of_the_tree_are_files() -> None:
    assert paths.is_file("app/go.mod", SOURCES)
    assert paths.is_file("go.mod", SOURCES)
    assert not paths.is_file("app", SOURCES)
    assert not paths.is_file("../go.mod", SOURCES)


def test_a_directory_expands_to_its_files_and_a_file_to_itself() -> None:
    assert paths.expand("app", SOURCES) == ("app/cmd/main.go", "app/go.mod")
    assert paths.expand("go.mod", SOURCES) == ("go.mod",)
