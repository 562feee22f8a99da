from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.sources.tree import SourceTree
from msbuild.uptodate.traces import Traces, observe

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("top", "a/x", "a/deep/y", "b/z")


def tree(root: Path) -> SourceTree:
    return SourceTree(root)


def traces(root: Path, *observations: tuple[str, ...]) -> Traces:
    """The traces of a run that made some observations of every directory."""
    sources = tree(root)
    sources.files("")
    return Traces(
        observations={each: observe(each, sources) for each in observations},
        users={},
        listed={path: dict(entries) for path, entries in sources.listed.items()},
        repositories=set(),
        linked=False,
        owners={},
        parents={},
        deciding=set(),
        jobs={},
        variables=(),
        origins={},
        answers={},
        numbers=0,
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        (".", [("names", ".")]),
        ("", [("names", ""), ("files", ""), ("files", "."), ("files", "./")]),
        ("a", [("names", "a"), ("names", "./a"), ("files", "."), ("files", "a")]),
        ("a/deep", [("names", "a/deep"), ("files", "a"), ("files", "."), ("exists", "a/deep/new")]),
        ("b", [("find", "", "new"), ("find", "b", "new"), ("find", ".", "new")]),
    ],
)
def test_a_new_file_changes_the_observations_that_see_it(
    path: str, changed: list[tuple[str, ...]], root: Path
) -> None:
    unchanged = [("names", "b/no"), ("find", "", "other"), ("exists", "top"), ("read", "top")]
    stored = traces(root, *changed, *unchanged)
    (root / path / "new").write_text("new")
    directory = "" if path == "." else path
    assert stored.changes([directory], tree(root)) == set(changed)


def test_an_edit_changes_the_observations_of_its_text(root: Path) -> None:
    stored = traces(root, ("read", "a/x"), ("read", "b/z"), ("names", "a"), ("files", "."))
    (root / "a/x").write_text("other")
    assert stored.changes(["a/x"], tree(root)) == {("read", "a/x")}


@pytest.mark.parametrize(
    "observation",
    [("read", "a/x"), ("exists", "a/x"), ("names", "a"), ("files", "."), ("directories", ".")],
)
def test_a_removed_directory_changes_what_was_seen_of_it(
    observation: tuple[str, ...], root: Path
) -> None:
    stored = traces(root, observation, ("exists", "b"))
    for path in ("a/deep/y", "a/x"):
        (root / path).unlink()
    (root / "a/deep").rmdir()
    (root / "a").rmdir()
    paths = ["", "a", "a/deep", "a/x", "a/deep/y"]
    assert stored.changes(paths, tree(root)) == {observation}


@pytest.mark.parametrize(
    "observation",
    [
        ("find", "new", "file"),
        ("find", "new/deep", "file"),
        ("files", "new/deep"),
        ("place", "new"),
    ],
)
def test_a_new_directory_changes_what_was_missing(observation: tuple[str, ...], root: Path) -> None:
    stored = traces(root, observation, ("find", "a", "file"), ("exists", "new/other"))
    (root / "new/deep").mkdir(parents=True)
    (root / "new/deep/file").write_text("new")
    assert stored.changes([""], tree(root)) == {observation}


def test_rules_that_ignore_their_own_file_may_change_any_observation(root: Path) -> None:
    stored = traces(root, ("names", "a/deep"))
    (root / ".gitignore").write_text("*\n!a\n")
    assert stored.changes([""], tree(root)) is None


@pytest.mark.parametrize("name", [".gitignore", ".gitmodules", "link"])
def test_any_observation_may_change_with_rules_and_links(name: str, root: Path) -> None:
    stored = traces(root, ("exists", "top"))
    if name == "link":
        (root / "a/link").symlink_to("x")
    else:
        (root / "a" / name).write_text("x\n")
    assert stored.changes(["a"], tree(root)) is None
