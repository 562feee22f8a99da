"""What a table says, and that a failing command is no measurement."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bench.timing import Failed, Run, Way, in_turn, run, table

if TYPE_CHECKING:
    from pathlib import Path


def python(directory: Path, program: str) -> Way:
    return Way([sys.executable, "-c", program], directory, {"COLOUR": "red"})


def test_a_table_has_medians_and_ratios() -> None:
    taken = {
        "ours": [Run(0.2, 0.1, 30_000_000), Run(0.4, 0.1, 31_000_000), Run(0.3, 0.1, 5)],
        "theirs": [Run(0.1, 0.05, 9_000_000)] * 3,
    }
    head, ours, theirs = table(taken, "ours")
    assert head.split()[:3] == ["median", "min", "max"]
    assert " ".join(ours.split()) == "ours 300 ms 200 ms 400 ms 100 ms 31 MB"
    assert " ".join(theirs.split()) == "theirs 100 ms 100 ms 100 ms 50 ms 9 MB 3.00 2.00"


def test_a_run_is_measured_where_and_as_it_was_asked_for(tmp_path: Path) -> None:
    found = run(python(tmp_path, "import os; print(os.getcwd(), os.environ['COLOUR'])"))
    assert found.printed == f"{tmp_path} red\n"
    assert found.seconds > 0
    assert found.peak > 1_000_000


def test_memory_is_that_of_the_command(tmp_path: Path) -> None:
    small, large = python(tmp_path, "pass"), python(tmp_path, "bytearray(900_000_000)")
    # a small one is as large as the process that it was forked from
    assert run(large).peak > 900_000_000 > run(small).peak


def test_a_command_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"ended with 3:\nno such thing"):
        run(python(tmp_path, "print('no such thing'); raise SystemExit(3)"))


def test_the_first_of_each_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "log"
    ways = {
        name: python(tmp_path, f"open({str(log)!r}, 'a').write({name!r})") for name in ("a", "b")
    }
    taken = in_turn(ways, 2)
    assert log.read_text() == "ababab"
    assert {name: len(runs) for name, runs in taken.items()} == {"a": 2, "b": 2}
