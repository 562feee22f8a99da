from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.execute.dockerfile import ignore_file
from msbuild.execute.dockerfile.layout import copies_directory, fold

if TYPE_CHECKING:
    from pathlib import Path

PARTS = st.sampled_from(["a", "b", "c", "d"])
PATHS = st.lists(PARTS, min_size=1, max_size=5).map("/".join)


def lines(root: Path, files: list[str], junk: list[str] | None = None) -> list[str]:
    for path in [*files, *(junk or [])]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"")
    first, *rest = ignore_file(files, root).removesuffix("\n").split("\n")
    assert first == "*"
    return rest


def test_a_directory_that_is_copied_completely_needs_one_line(tmp_path: Path) -> None:
    vendored = [f"vendor/m{n}/x.go" for n in range(500)]
    assert lines(tmp_path, ["go.mod", *vendored], ["web/x"]) == ["!go.mod", "!vendor"]


def test_other_files_are_excluded_at_any_depth(tmp_path: Path) -> None:
    files = ["a/x/1", "a/x/2", "a/y/z/1", "a/y/w"]
    assert lines(tmp_path, files, ["a/y/z/junk"]) == ["!a/x", "!a/y/w", "!a/y/z/1"]


def test_an_empty_directory_is_excluded(tmp_path: Path) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    assert lines(tmp_path, ["a/x", "a/y"]) == ["!a/x", "!a/y"]


def test_links_are_listed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/loop").symlink_to("..")
    (tmp_path / "a/x").write_text("")
    assert ignore_file(["a/x", "a/loop"], tmp_path) == "*\n!a\n"
    assert ignore_file(["a/x"], tmp_path) == "*\n!a/x\n"


def as_docker_reads(line: str) -> re.Pattern[str]:
    """The regular expression that moby/patternmatcher makes of a pattern."""
    text = line.strip()
    assert text[0] == "!"
    pattern, position, wild = "", 0, False
    text = text[1:].strip()
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 1
            assert text[position].isascii()
            assert not text[position].isalnum()
            pattern += f"\\{text[position]}"
            wild = True
        elif char in ".$":
            pattern += f"\\{char}"
        elif char == "?":
            pattern, wild = f"{pattern}[^/]", True
        else:
            wild = wild or char in "*[]"
            pattern += char
        position += 1
    return re.compile(pattern) if wild else re.compile(re.escape(text))


@pytest.mark.parametrize(
    "name",
    [
        "a b", " a", "a ", "  ", "#a", "!a", "\u00a0a", "a\u2003", "\u2028", "ü", "a'b", 'a"b',
        "a$b",
        "a\\b", "a*b", "a?b", "a[b]c", "[", "]", "^a[", "c++", "c++[1]", "(x|y)*", "{a}?", "a.b*",
        "a\nb", "a\tb", "\udcff", "**", "a^b?", "\\", "-", "~",
    ],
)  # fmt: skip
def test_special_names_match_only_themselves(tmp_path: Path, name: str) -> None:
    others = [each for each in ("zz", "ab", "xc", "aab", "cc1", "a") if each != name]
    (line,) = lines(tmp_path, [name], others)
    read = as_docker_reads(line)
    assert read.fullmatch(name)
    # a character that an ignore file cannot contain is matched by `?`
    inexact = {"\udcff": ["a"], "a\nb": ["aab"], "a\tb": ["aab"]}
    assert [each for each in others if read.fullmatch(each)] == inexact.get(name, [])


def without_clashes(paths: set[str]) -> tuple[str, ...]:
    """The paths that are not a directory of another path."""
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
def test_sources_are_folded_into_directories(
    files: tuple[str, ...], more: tuple[str, ...], lines: list[tuple[tuple[str, ...], str]]
) -> None:
    assert fold(files, {*files, *more}) == lines


def test_a_vendored_tree_needs_one_line() -> None:
    files = ["go.mod", *(f"vendor/m{n}/p{m}/x.go" for n in range(40) for m in range(50))]
    assert fold(files, {*files, "main.go"}) == [(("go.mod",), ""), (("vendor",), "vendor")]


@pytest.mark.slow
@given(TREES, st.data())
def test_copies_contain_every_file_once_and_no_others(
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
