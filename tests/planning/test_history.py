from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from msbuild.planning.fingerprint import service_changes
from msbuild.planning.history import History, Record

if TYPE_CHECKING:
    from pathlib import Path

RECORD = Record.of("f" * 64, 1.5, {"a-build": {"files": {"x": "1"}}})


def test_records_survive_a_round_trip(tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite")
    assert history.records() == {}
    assert not (tmp_path / "history.sqlite").exists()
    history.write("a", Record.of("old", 9, {}))
    history.write("a", RECORD)
    assert history.records() == {"a": RECORD}


def test_only_the_records_of_the_given_jobs_are_read(tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite")
    for number in range(120):
        history.write(f"job{number}", RECORD)
    assert history.records(["job1", "job7", "other"]) == {"job1": RECORD, "job7": RECORD}
    assert history.records([]) == {}
    assert len(history.records([f"job{number}" for number in range(110)])) >= 110


def test_a_damaged_file_is_recreated(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    file.write_bytes(b"this is not a database, however long it is" * 100)
    history = History(file)
    assert history.records() == {}
    history.write("a", RECORD)
    assert history.records() == {"a": RECORD}


def test_an_unwritable_directory_does_not_fail_the_run(tmp_path: Path) -> None:
    history = History(tmp_path / "missing" / "history.sqlite")
    history.write("a", RECORD)
    assert history.records() == {}


def test_a_locked_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    history = History(file, wait=0)
    history.write("a", RECORD)
    with sqlite3.connect(file) as holder:
        holder.execute("begin exclusive")
        history.write("b", RECORD)
    holder.close()
    assert history.records() == {"a": RECORD}


def test_damaged_rows_are_skipped(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    history.write("good", Record.of("f", 1.5, {}))
    history.write("bad", Record.of("f", 1.5, {}))
    with sqlite3.connect(tmp_path / "history") as db:
        db.execute("update build set seconds = 'much' where job = 'bad'")
    db.close()
    assert set(history.records()) == {"good"}


def test_a_history_that_is_not_a_file_is_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "history")
    assert History(tmp_path / "history").records() == {}


def test_values_of_variables_are_compared_but_not_stored(tmp_path: Path) -> None:
    def inputs(value: str) -> dict[str, object]:
        steps = [["copy", []], ["run", "make", False, [["TOKEN", value]]]]
        return {"env": {"A": value}, "steps": steps, "runtime": {"env": {"B": value}, "base": "x"}}

    history = History(tmp_path / "history")
    history.write("x", Record.of("f", 1, {"x": inputs("s3cr3t")}))
    assert b"s3cr3t" not in (tmp_path / "history").read_bytes()
    assert (tmp_path / "history").stat().st_mode & 0o777 == 0o600
    assert service_changes(history.last_inputs(), {"x": inputs("s3cr3t")}) == []
    shown = [str(change) for change in service_changes(history.last_inputs(), {"x": inputs("y")})]
    assert shown == ["variable A changed", "steps changed", "runtime changed"]


def test_a_damaged_row_has_no_inputs() -> None:
    record = Record.of("f", 1, {"x": {"files": {}}})
    assert record.inputs == {"x": {"files": {}}}
    assert Record("f", 1, record.written.replace("files", "filet")).inputs == {}


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "history.sqlite", tmp_path / "elsewhere"
    file.symlink_to(elsewhere)
    history = History(file)
    assert history.records() == {}
    history.write("job", Record.of("f", 1.0, {}))
    assert not elsewhere.exists()
    assert history.records()["job"].fingerprint == "f"
