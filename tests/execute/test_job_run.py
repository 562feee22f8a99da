from __future__ import annotations

import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.errors import BuildError
from msbuild.execute.api import Cancelled, Job
from msbuild.execute.job_run import JobRun, LineJoiner, StepRecorder, in_one_line
from msbuild.sources.tree import SourceTree
from tests.execute.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.execute.api import Progress


def job_run(root: Path, progress: Progress | None = None) -> JobRun:
    (root / "a").write_text("as planned")
    hashes = {"a": SourceTree(root).hash("a")}
    job = Job("job", (), frozenset(), (), {}, {}, hashes, {})
    return JobRun(job, SourceTree(root), None, progress or Recorder(), threading.Event())


def test_a_source_file_has_the_content_that_was_planned(tmp_path: Path) -> None:
    assert job_run(tmp_path).content("a", "stage").data == b"as planned"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda file: file.write_text("edited"), "`a` changed during the build"),
        (lambda file: file.unlink(), "cannot read `a`: no such file or directory"),
    ],
)
def test_a_source_file_that_changed_since_planning_is_an_error(
    tmp_path: Path, edit: object, message: str
) -> None:
    run = job_run(tmp_path)
    assert callable(edit)
    edit(tmp_path / "a")
    with pytest.raises(BuildError) as caught:
        run.content("a", "stage")
    assert (caught.value.message, caught.value.stage) == (message, "stage")


def test_a_cancelled_job_stops_at_the_next_check(tmp_path: Path) -> None:
    run = job_run(tmp_path)
    run.check_cancelled()
    run.cancel.set()
    with pytest.raises(Cancelled):
        run.check_cancelled()


def test_steps_are_passed_on_and_recorded_when_they_end(tmp_path: Path) -> None:
    seen = Recorder()
    steps = StepRecorder(seen)
    run = job_run(tmp_path, steps)
    run.found("stage", "cached step")
    failure = BuildError("exit code: 1", stage="stage")
    with pytest.raises(BuildError), run.step("stage", "failing step"):
        raise failure
    assert [(each.name, each.cached, each.error) for each in steps.ended] == [
        ("cached step", True, ""),
        ("failing step", False, "exit code: 1"),
    ]
    assert [each.name for each in seen.steps] == ["cached step", "failing step", "failing step"]


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
def test_output_is_split_into_lines(pieces: tuple[bytes, ...], lines: list[str]) -> None:
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
