from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.execute.steps import LineJoiner, in_one_line


def lines_of(*pieces: bytes) -> list[str]:
    joiner = LineJoiner()
    return [line for piece in pieces for line in joiner.feed(piece)] + joiner.flush()


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ((b"one\ntwo\n",), ["one", "two"]),
        ((b"on", b"e\ntw", b"o"), ["one", "two"]),
        ((b"\n\n",), ["", ""]),
        ((b"dos\r\n",), ["dos"]),
        ((b"10%\r", b"20%\r100%\ndone\n"), ["100%", "done"]),
        ((b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07x\x1b(B\n",), ["red xB"]),
        ((b"caf\xc3", b"\xa9\n"), ["café"]),
        ((b"\xff\xfe\n",), ["\ufffd\ufffd"]),
        ((b"tab\tbell\x07\n",), ["tab\tbell"]),
        ((b"cut \xc3",), ["cut \ufffd"]),
        ((), []),
    ],
)
def test_lines(pieces: tuple[bytes, ...], lines: list[str]) -> None:
    assert lines_of(*pieces) == lines


@given(st.text(st.characters(exclude_categories=["C"])), st.lists(st.integers(0, 200)))
def test_lines_do_not_depend_on_chunk_boundaries(text: str, cuts: list[int]) -> None:
    data = f"{text}\n".encode()
    at = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    pieces = [data[start:end] for start, end in pairwise(at)]
    assert lines_of(*pieces) == lines_of(data)


def test_an_unterminated_line_is_cut() -> None:
    joiner = LineJoiner()
    assert sum(len(joiner.feed(b"x" * 50_000)) for _ in range(10)) == 5


def test_a_joiner_can_be_reused_after_flush() -> None:
    joiner = LineJoiner()
    joiner.feed(b"a\xc3")
    joiner.flush()
    assert joiner.feed(b"b\n") == ["b"]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["cd go && go build ./a"], "cd go && go build ./a"),
        (["set -e", 'export CA="x"', "cd go && \\", "go mod download && \\", "rm x"], "go mod"),
        (
            ["cd go && \\", 'layer="$GOCACHE" && \\', 'export G="$C" && \\', "go list a"],
            "go list a",
        ),
        (['flags="a b"', "cmake -S ."], "cmake -S ."),
        (["cd a", "rm b"], "cd a"),
    ],
)
def test_a_script_is_named_after_its_most_informative_line(lines: list[str], name: str) -> None:
    assert in_one_line(lines).startswith(name)
    assert in_one_line(lines).endswith(" …") == (len(lines) > 1)
