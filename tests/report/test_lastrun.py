"""Spans and slots from events, and the record of the last run."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from msbuild.events import Event, JobFinished, JobStarted, RunStarted, StepChanged
from msbuild.execute.api import Vertex
from msbuild.report.console import with_times
from msbuild.report.lastrun import JobTimes, LastRun, LastRunReporter, Timeline, file_of, read

from .fakes import BAD_RUN, BUILT, EMPTY_RUN, GOOD_RUN, INTERRUPTED_RUN, planned, send_events, shop

if TYPE_CHECKING:
    from pathlib import Path


SOME = (
    '{"version":1,"at":1,"workspace":"w","executor":"e","slots":1,"seconds":1,"exit_code":0,'
    '"jobs":{"a":%s}}'
)


class Listening:
    """A reporter that does nothing."""

    def __init__(self) -> None:
        self.heard: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.heard.append(event)

    def close(self) -> None:
        pass


def test_a_run_survives_a_round_trip(tmp_path: Path) -> None:
    send_events(LastRunReporter(tmp_path / "timing.json", lambda: 1000.0), GOOD_RUN)
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
        send_events(LastRunReporter(tmp_path / "timing.json"), events)
        run = read(tmp_path / "timing.json")
        assert run is not None
        assert run.exit_code == code
        assert list(run.jobs) == ["go-deps"]


def test_a_run_without_jobs_keeps_the_previous_record(tmp_path: Path) -> None:
    file_of(tmp_path).parent.mkdir()
    for events in (GOOD_RUN, EMPTY_RUN):
        ear = Listening()
        send_events(with_times(ear, tmp_path, None), events)
        assert ear.heard == events
    run = read(file_of(tmp_path))
    assert run is not None
    assert len(run.jobs) == 3


def test_last_run_and_trace_are_both_written(tmp_path: Path) -> None:
    file_of(tmp_path).parent.mkdir()
    send_events(with_times(Listening(), tmp_path, tmp_path / "trace.json"), GOOD_RUN)
    assert read(file_of(tmp_path)) is not None
    assert json.loads((tmp_path / "trace.json").read_text())["traceEvents"]


def test_an_unwritable_directory_is_not_an_error(tmp_path: Path) -> None:
    send_events(LastRunReporter(tmp_path / "gone/timing.json"), GOOD_RUN)
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


def timeline(events: list[Event]) -> Timeline:
    seen = Timeline()
    for event in events:
        seen.note(event)
    return seen


def test_every_attempt_is_a_span_on_the_lowest_free_slot() -> None:
    seen = timeline(GOOD_RUN)
    assert [(s.job, s.attempt, s.slots, s.began, s.ended, s.outcome) for s in seen.spans] == [
        ("go-deps", 1, (1,), 0.2, 12.6, "built"),
        ("gateway", 1, (1,), 12.6, 15.8, "built"),
        ("orders", 1, (2,), 12.6, 13.1, "retried"),
        ("orders", 2, (2,), 14.1, 16.0, "cached"),
    ]
    assert seen.critical() == ("go-deps", "gateway")


def test_a_job_takes_as_many_slots_as_its_weight() -> None:
    heavy = replace(planned("heavy"), cores=9)
    double = replace(planned("double"), cores=2)
    seen = timeline(
        [
            RunStarted(0, shop(planned("a"), double, heavy), "docker", 3),
            JobStarted(0, "a", 1),
            JobStarted(0, "double", 1),
            JobFinished(1, "a", BUILT, 1),
            JobFinished(2, "double", BUILT, 2),
            JobStarted(2, "heavy", 1),
        ]
    )
    assert [span.slots for span in seen.spans] == [(1,), (2, 3), (1, 2, 3)]


def test_a_job_that_never_had_a_slot_has_no_span() -> None:
    assert [span.job for span in timeline(BAD_RUN).spans] == ["go-deps"]
    assert [span.outcome for span in timeline(INTERRUPTED_RUN).spans] == ["cancelled"]
    assert timeline(BAD_RUN).critical() == ("go-deps",)


def test_an_aborted_run_has_spans_until_then() -> None:
    seen = timeline(GOOD_RUN[:8])
    assert seen.spans[1].ended is None
    assert seen.spans[1].outcome == "unfinished"
    assert seen.seconds()["gateway"] == 12.9 - 12.6


def test_repeated_and_restarted_steps_are_distinguished() -> None:
    def step(started: float, completed: float | None) -> StepChanged:
        return StepChanged(1, "a", Vertex("a-build", "RUN make", False, started, completed))

    began: list[Event] = [RunStarted(0, shop(planned("a")), "docker", 1), JobStarted(0, "a", 1)]
    seen = timeline(
        [*began, step(1, None), step(1.5, None), step(1.5, 3), step(1.5, 3.5), step(4, 5)]
    )
    assert [(s.started, s.completed) for s in seen.spans[0].steps] == [(1.5, 3.5), (4, 5)]


def test_a_timeline_without_events_is_empty() -> None:
    assert Timeline().critical() == ()
    assert Timeline().seconds() == {}
