"""Tables of measurements, and commands that fail."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bench.timing import Command, Failed, Run, in_turn, run, table

if TYPE_CHECKING:
    from pathlib import Path


def python(directory: Path, program: str) -> Command:
    return Command([sys.executable, "-c", program], directory, {"COLOUR": "red"})


def test_a_table_has_medians_and_ratios() -> None:
    results = {
        "ours": [Run(0.2, 0.1, 30_000_000), Run(0.4, 0.1, 31_000_000), Run(0.3, 0.1, 5)],
        "theirs": [Run(0.1, 0.05, 9_000_000)] * 3,
    }
    head, ours, theirs = table(results, "ours")
    assert head.split()[:3] == ["median", "min", "max"]
    assert " ".join(ours.split()) == "ours 300 ms 200 ms 400 ms 100 ms 31 MB"
    assert " ".join(theirs.split()) == "theirs 100 ms 100 ms 100 ms 50 ms 9 MB 3.00 2.00"


def test_a_table_compares_several_commands_with_the_others() -> None:
    results = {
        "all": [Run(0.2, 0.1, 1)],
        "json": [Run(0.4, 0.1, 1)],
        "theirs": [Run(0.1, 0.1, 1)],
    }
    head, *lines = table(results, "all", "json")
    assert head.endswith("   all / other: median, min   json / other: median, min")
    ratios = [" ".join(line.partition(" MB")[2].split()) for line in lines]
    assert ratios == ["2.00 2.00", "0.50 0.50", "2.00 2.00 4.00 4.00"]


def test_a_command_runs_in_its_directory_and_environment(tmp_path: Path) -> None:
    found = run(python(tmp_path, "import os; print(os.getcwd(), os.environ['COLOUR'])"))
    assert found.printed == f"{tmp_path} red\n"
    assert found.seconds > 0
    assert found.peak > 1_000_000


def test_memory_is_measured_per_command(tmp_path: Path) -> None:
    small, large = python(tmp_path, "pass"), python(tmp_path, "bytearray(900_000_000)")
    # a small command peaks at the memory of the process it was forked from
    assert run(large).peak > 900_000_000 > run(small).peak


def test_a_failing_command_raises_with_its_output(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"exited with code 3:\nno such thing"):
        run(python(tmp_path, "print('no such thing'); raise SystemExit(3)"))


def test_the_warm_up_round_is_not_measured(tmp_path: Path) -> None:
    log = tmp_path / "log"
    commands = {
        name: python(tmp_path, f"open({str(log)!r}, 'a').write({name!r})") for name in ("a", "b")
    }
    results = in_turn(commands, 2)
    assert log.read_text() == "ababab"
    assert {name: len(runs) for name, runs in results.items()} == {"a": 2, "b": 2}
