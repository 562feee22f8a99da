from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.dockerfile.folding import MOST_DIRECTORIES, by_name, fold

PARTS = st.sampled_from(["a", "b", "c", "d"])
PATHS = st.lists(PARTS, min_size=1, max_size=5).map("/".join)


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        ((), []),
        (("go.mod", "go.sum"), [(("go.mod", "go.sum"), "./")]),
        (("go/go.mod", "go/go.sum"), [(("go/go.mod", "go/go.sum"), "./go/")]),
        (
            ("cmd/a/main.go", "go.mod", "lib/x/x.go", "lib/x/y/y.go"),
            [(("go.mod",), "./"), (("cmd/a",), "./cmd/a"), (("lib/x",), "./lib/x")],
        ),
        (("a/1", "a/2", "a/3", "a/4", "a/5", "a/6", "a/7"), [(("a",), "./a")]),
    ],
)
def test_lines(files: tuple[str, ...], lines: list[tuple[tuple[str, ...], str]]) -> None:
    assert fold(files) == lines


def test_many_directories_are_folded_into_their_parents() -> None:
    files = ("main.go", *(f"lib/p{n}/x.go" for n in range(20)), "cmd/a/main.go")
    assert fold(files) == [(("main.go",), "./"), (("cmd/a",), "./cmd/a"), (("lib",), "./lib")]


@given(st.sets(PATHS, min_size=1).map(lambda paths: tuple(sorted(paths))))
def test_every_file_arrives_at_its_own_path(files: tuple[str, ...]) -> None:
    lines = fold(files)
    named = [source for sources, _ in lines for source in sources]
    for file in files:
        assert any(file == source or file.startswith(f"{source}/") for source in named)
    for sources, destination in lines:
        if destination.endswith("/"):
            assert all(f"./{source}".rpartition("/")[0] + "/" == destination for source in sources)
        else:
            assert sources == (destination.removeprefix("./"),)


@given(st.sets(PATHS, min_size=1).map(lambda paths: tuple(sorted(paths))))
def test_lines_are_few(files: tuple[str, ...]) -> None:
    top = {file.split("/")[0] for file in files}
    assert len(fold(files)) <= max(MOST_DIRECTORIES, len(top)) + 1


def test_manifests_are_named_one_by_one() -> None:
    assert by_name(("Cargo.lock", "Cargo.toml", "a/x/Cargo.toml", "b/Cargo.toml")) == [
        (("Cargo.lock", "Cargo.toml"), "./"),
        (("a/x/Cargo.toml",), "./a/x/"),
        (("b/Cargo.toml",), "./b/"),
    ]
