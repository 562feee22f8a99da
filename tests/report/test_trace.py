"""The trace of a run: golden, always valid, and written atomically."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from msbuild.errors import UsageError
from msbuild.events import JobFinished, JobStarted, RunStarted, StepChanged
from msbuild.execute.api import Vertex
from msbuild.report.trace import TraceReporter

from .fakes import BAD_RUN, BUILT, EMPTY_RUN, GOOD_RUN, INTERRUPTED_RUN, planned, send_events, shop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild.events import Event

GOLDEN = Path(__file__).with_name("trace.txt")


def clock() -> float:
    """The epoch of the fakes: their step begins 10 s after it, and at 12.8 s of the run."""
    return -2.6


def trace(file: Path, events: Iterable[Event]) -> list[dict[str, Any]]:
    send_events(TraceReporter(file, clock), events)
    written: list[dict[str, Any]] = json.loads(file.read_text())["traceEvents"]
    return written


def slices(events: list[dict[str, Any]], category: str) -> list[dict[str, Any]]:
    return [event for event in events if category in event.get("cat", "").split(",")]


def test_the_trace_of_a_successful_run_is_the_golden_one(tmp_path: Path) -> None:
    written = trace(tmp_path / "trace.json", GOOD_RUN)
    assert "".join(f"{json.dumps(event)}\n" for event in written) == GOLDEN.read_text()
    assert [left.name for left in tmp_path.iterdir()] == ["trace.json"]


@pytest.mark.parametrize(
    "events", [GOOD_RUN, BAD_RUN, INTERRUPTED_RUN, EMPTY_RUN, GOOD_RUN[:9], []]
)
def test_every_trace_is_well_formed(tmp_path: Path, events: list[Event]) -> None:
    written = trace(tmp_path / "deep/er/trace.json", events)
    names = {event["tid"] for event in written if event["name"] == "thread_name"}
    tracks: dict[int, list[tuple[int, int]]] = {}
    for event in written:
        assert {"name", "ph", "pid", "tid", "args"} <= event.keys()
        if event["ph"] == "X":
            assert event["dur"] >= 0
            assert event["tid"] in names
            tracks.setdefault(event["tid"], []).append((event["ts"], event["ts"] + event["dur"]))
    for spans in tracks.values():
        for one in spans:
            for other in spans:
                apart = one[1] <= other[0] or other[1] <= one[0]
                within = one[0] <= other[0] <= other[1] <= one[1]
                assert apart or within or other[0] <= one[0] <= one[1] <= other[1]


def test_the_trace_of_a_failed_run_names_the_failed_job(tmp_path: Path) -> None:
    (job,) = slices(trace(tmp_path / "t.json", BAD_RUN), "job")
    assert job["args"]["outcome"] == "failed"
    assert job["args"]["error"] == "exit code: 1"
    assert job["args"]["log"] == "/logs/go-deps.log"


def test_an_aborted_run_leaves_a_trace(tmp_path: Path) -> None:
    written = trace(tmp_path / "t.json", GOOD_RUN[:8])
    outcomes = {job["name"]: job["args"]["outcome"] for job in slices(written, "job")}
    assert outcomes == {"go-deps": "built", "gateway": "unfinished", "orders": "unfinished"}


def test_steps_stay_within_their_job_even_if_the_engine_clock_differs(tmp_path: Path) -> None:
    events: list[Event] = [
        RunStarted(0, shop(planned("a")), "docker", 1),
        JobStarted(1, "a", 1),
        StepChanged(2, "a", Vertex("a", "RUN early", cached=False, started=-900, completed=-800)),
        StepChanged(3, "a", Vertex("a", "RUN late", cached=False, started=900, completed=None)),
    ]
    steps = slices(trace(tmp_path / "t.json", events), "step")
    assert [(step["ts"], step["dur"]) for step in steps] == [(1_000_000, 0), (3_000_000, 0)]


def test_waiting_on_the_critical_path_is_shown(tmp_path: Path) -> None:
    plan = shop(planned("a"), planned("b", "a"))
    events: list[Event] = [
        RunStarted(0.5, plan, "docker", 1),
        JobStarted(0.5, "a", 1),
        JobFinished(2, "a", BUILT, 1.5),
        JobStarted(5, "b", 1),
        JobFinished(9, "b", BUILT, 4),
    ]
    (wait,) = slices(trace(tmp_path / "t.json", events), "wait")
    assert (wait["ts"], wait["dur"], wait["tid"]) == (2_000_000, 3_000_000, 1)
    assert wait["args"]["reason"].startswith("b waits")


def test_a_heavy_job_is_on_each_of_its_slots(tmp_path: Path) -> None:
    heavy = replace(planned("heavy"), cores=2)
    events: list[Event] = [RunStarted(0, shop(heavy), "docker", 2), JobStarted(1, "heavy", 1)]
    jobs = slices(trace(tmp_path / "t.json", events), "job")
    assert len({job["tid"] for job in jobs}) == 2


@pytest.mark.parametrize("name", [".", "file/trace.json"])
def test_an_unwritable_file_is_reported_at_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write the trace"):
        TraceReporter(tmp_path / name)
    assert [left.name for left in tmp_path.iterdir()] == ["file"]


def test_the_old_file_stays_until_the_trace_is_complete(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("before")
    (tmp_path / "link.json").symlink_to("real.json")
    reporter = TraceReporter(tmp_path / "link.json", clock)
    for event in GOOD_RUN[:-1]:
        reporter(event)
    assert (tmp_path / "real.json").read_text() == "before"
    reporter(GOOD_RUN[-1])
    reporter.close()
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text())["otherData"]["slots"] == 4


def test_a_pipe_is_written_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        send_events(TraceReporter(pipe, clock), EMPTY_RUN)
        assert json.loads(os.read(reader, 1 << 16))["displayTimeUnit"] == "ms"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
