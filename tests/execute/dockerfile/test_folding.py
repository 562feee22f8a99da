from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.execute.dockerfile.folding import copies_directory, fold

PARTS = st.sampled_from(["a", "b", "c", "d"])
PATHS = st.lists(PARTS, min_size=1, max_size=5).map("/".join)


def without_clashes(paths: set[str]) -> tuple[str, ...]:
    """The paths that are no directory of another."""
    return tuple(sorted(p for p in paths if not any(o.startswith(f"{p}/") for o in paths)))


TREES = st.sets(PATHS, min_size=1).map(without_clashes)


@pytest.mark.parametrize(
    ("files", "more", "lines"),
    [
        ((), ("x",), []),
        (("go.mod", "go.sum"), (), [(("go.mod", "go.sum"), "")]),
        (("go/go.mod", "go/go.sum"), (), [(("go",), "go")]),
        (("go/go.mod", "go/go.sum"), ("go/x.go",), [(("go/go.mod", "go/go.sum"), "go")]),
        (
            ("cmd/a/main.go", "go.mod", "lib/x/x.go", "lib/x/y/y.go"),
            ("cmd/b/main.go",),
            [(("go.mod",), ""), (("cmd/a",), "cmd/a"), (("lib",), "lib")],
        ),
        (("a/b/c",), ("a/b.c", "ab/c"), [(("a/b",), "a/b")]),
    ],
)
def test_lines(
    files: tuple[str, ...], more: tuple[str, ...], lines: list[tuple[tuple[str, ...], str]]
) -> None:
    assert fold(files, {*files, *more}) == lines


def test_a_vendored_tree_is_one_line() -> None:
    files = ["go.mod", *(f"vendor/m{n}/p{m}/x.go" for n in range(40) for m in range(50))]
    assert fold(files, {*files, "main.go"}) == [(("go.mod",), ""), (("vendor",), "vendor")]


@pytest.mark.slow
@given(TREES, st.data())
def test_lines_bring_every_file_once_and_no_other(
    context: tuple[str, ...], data: st.DataObject
) -> None:
    files = data.draw(st.sets(st.sampled_from(context)))
    brought: list[str] = []
    for line in fold(files, context):
        sources, parent = line
        if copies_directory(line):
            brought += [path for path in context if path.startswith(f"{parent}/")]
        else:
            assert {posixpath.dirname(source) for source in sources} == {parent}
            brought += sources
    assert sorted(brought) == sorted(files)
