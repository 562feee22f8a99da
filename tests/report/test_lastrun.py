"""The record of the last run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from msbuild.report.console import with_times
from msbuild.report.lastrun import JobTimes, LastRun, LastRunReporter, file_of, read

from .fakes import BAD_RUN, EMPTY_RUN, GOOD_RUN, INTERRUPTED_RUN, tell

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.events import Event


SOME = (
    '{"version":1,"at":1,"workspace":"w","executor":"e","slots":1,"seconds":1,"exit_code":0,'
    '"jobs":{"a":%s}}'
)


class Ear:
    """A reporter that does nothing."""

    def __init__(self) -> None:
        self.heard: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.heard.append(event)

    def close(self) -> None:
        pass


def test_a_run_survives_a_round_trip(tmp_path: Path) -> None:
    tell(LastRunReporter(tmp_path / "timing.json", lambda: 1000.0), GOOD_RUN)
    assert read(tmp_path / "timing.json") == LastRun(
        at=1000.0,
        workspace="shop",
        executor="docker",
        slots=4,
        seconds=16.1,
        exit_code=0,
        jobs={
            "go-deps": JobTimes((), 1, "built", ((0.2, 12.6, (1,)),)),
            "gateway": JobTimes(("go-deps",), 1, "built", ((12.6, 15.8, (1,)),)),
            "orders": JobTimes(("go-deps",), 1, "cached", ((12.6, 13.1, (2,)), (14.1, 16.0, (2,)))),
        },
    )
    assert [file.name for file in tmp_path.iterdir()] == ["timing.json"]


def test_seconds_include_all_attempts() -> None:
    job = JobTimes((), 1, "built", ((1.0, 2.0, (1,)), (5.0, 7.0, (2,))))
    assert (job.began, job.ended, job.seconds) == (1, 7, 3)


def test_the_jobs_of_a_failed_run_are_stored(tmp_path: Path) -> None:
    for events, code in ((BAD_RUN, 1), (INTERRUPTED_RUN, 130)):
        tell(LastRunReporter(tmp_path / "timing.json"), events)
        run = read(tmp_path / "timing.json")
        assert run is not None
        assert run.exit_code == code
        assert list(run.jobs) == ["go-deps"]


def test_a_run_without_jobs_keeps_the_previous_record(tmp_path: Path) -> None:
    file_of(tmp_path).parent.mkdir()
    for events in (GOOD_RUN, EMPTY_RUN):
        ear = Ear()
        tell(with_times(ear, tmp_path, None), events)
        assert ear.heard == events
    run = read(file_of(tmp_path))
    assert run is not None
    assert len(run.jobs) == 3


def test_last_run_and_trace_are_both_written(tmp_path: Path) -> None:
    file_of(tmp_path).parent.mkdir()
    tell(with_times(Ear(), tmp_path, tmp_path / "trace.json"), GOOD_RUN)
    assert read(file_of(tmp_path)) is not None
    assert json.loads((tmp_path / "trace.json").read_text())["traceEvents"]


def test_an_unwritable_directory_is_not_an_error(tmp_path: Path) -> None:
    tell(LastRunReporter(tmp_path / "gone/timing.json"), GOOD_RUN)
    assert read(tmp_path / "gone/timing.json") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 1, "jobs": {}}',
        '{"version": 99, "jobs": {}}',
        SOME % '{"needs":["gone"],"cores":1,"outcome":"built","spans":[[0,1,[1]]]}',
        SOME % '{"needs":[],"cores":1,"outcome":"built","spans":[]}',
    ],
)
def test_a_damaged_file_counts_as_missing(tmp_path: Path, text: str) -> None:
    (tmp_path / "timing.json").write_text(text)
    assert read(tmp_path / "timing.json") is None
