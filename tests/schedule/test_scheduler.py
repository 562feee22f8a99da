"""The scheduler with real threads and no real time: order, limits, failures, skips."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import BuildError
from msbuild.events import Event, LogLine, Outcome, StepChanged
from msbuild.execute.api import JobResult, Progress, Vertex
from msbuild.run_options import RunOptions
from msbuild.schedule import run

from .fakes import DEADLOCK, Harness, plan, result

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUILT, FAILED, SKIPPED = Outcome.BUILT, Outcome.FAILED, Outcome.SKIPPED


def fail(error: BaseException) -> Callable[[Progress, threading.Event], JobResult]:
    def action(_progress: Progress, _cancel: threading.Event) -> JobResult:
        raise error

    return action


def test_jobs_run_after_their_dependencies() -> None:
    harness = Harness()
    assert harness.run("deps b:deps a:deps last:a,b") == {
        "deps": BUILT,
        "a": BUILT,
        "b": BUILT,
        "last": BUILT,
    }
    assert harness.executed[0] == "deps"
    assert harness.executed[-1] == "last"
    assert len(harness.executed) == 4


def test_as_many_jobs_run_as_there_are_slots_and_no_more() -> None:
    together = threading.Barrier(3)
    lock = threading.Lock()
    counts = {"now": 0, "most": 0}

    def action(_progress: Progress, _cancel: threading.Event) -> None:
        with lock:
            counts["now"] += 1
            counts["most"] = max(counts["most"], counts["now"])
        together.wait(DEADLOCK)  # passes only if three run at once
        with lock:
            counts["now"] -= 1

    names = "a b c d e f"
    harness = Harness(dict.fromkeys(names.split(), action))
    assert set(harness.run(names, jobs=3).values()) == {BUILT}
    assert counts["most"] == 3


def test_a_job_that_takes_all_slots_runs_alone() -> None:
    harness = Harness()
    light = plan("heavy a b")
    heavy = replace(light.jobs["heavy"], cores=3)
    heavy_plan = replace(light, jobs={**light.jobs, "heavy": heavy})
    two = RunOptions(jobs=2)
    outcomes = run(heavy_plan, harness.execute, two, listener=harness.listen, cancel=harness.cancel)
    assert set(outcomes.values()) == {BUILT}
    assert harness.names()[:4] == [
        "heavy:JobStarted",
        "heavy:built",
        "a:JobStarted",
        "b:JobStarted",
    ]


def test_a_failure_skips_exactly_its_dependents() -> None:
    error = BuildError("exit code: 1", stage="deps")
    harness = Harness({"deps": fail(error)})
    outcomes = harness.run("deps mid:deps far:mid other", jobs=1)
    assert outcomes == {"deps": FAILED, "mid": SKIPPED, "far": SKIPPED, "other": BUILT}
    assert harness.finished("deps").error is error
    assert harness.finished("far").because == "deps"
    assert harness.finished("far").seconds == 0
    assert "mid" not in harness.executed


def test_an_unexpected_error_fails_only_its_job() -> None:
    harness = Harness({"a": fail(ZeroDivisionError("oops")), "b": fail(SystemExit(3))})
    assert harness.run("a b c") == {"a": FAILED, "b": FAILED, "c": BUILT}
    assert isinstance(harness.finished("a").error, ZeroDivisionError)
    assert str(harness.finished("b").error) == "SystemExit(3)"


def test_fail_fast_cancels_running_jobs_and_skips_the_rest() -> None:
    running = threading.Barrier(2)

    def bad(_progress: Progress, _cancel: threading.Event) -> None:
        running.wait(DEADLOCK)
        raise BuildError("exit code: 1", stage="bad")

    def stops_on_cancel(_progress: Progress, cancel: threading.Event) -> None:
        running.wait(DEADLOCK)
        assert cancel.wait(DEADLOCK)
        raise ConnectionError("torn down")

    harness = Harness({"bad": bad, "slow": stops_on_cancel})
    outcomes = harness.run("bad slow rest last:slow", fail_fast=True)
    assert outcomes == {
        "bad": FAILED,
        "slow": Outcome.CANCELLED,
        "rest": SKIPPED,
        "last": SKIPPED,
    }
    assert harness.finished("rest").because == "bad"
    assert harness.finished("slow").error is None


def test_events_come_in_order_and_from_one_thread() -> None:
    vertex = Vertex("a-build", "RUN make", cached=False, started=1.0, completed=None)

    def action(progress: Progress, _cancel: threading.Event) -> None:
        progress.step(vertex)
        progress.line("RUN make", "hello")

    callers = set()

    def note_thread(_event: Event) -> None:
        callers.add(threading.current_thread())

    harness = Harness({"a": action, "b": action}, on_event=note_thread)
    harness.run("a b:a")
    assert callers == {threading.current_thread()}
    assert harness.names() == [
        "a:JobStarted",
        "a:StepChanged",
        "a:LogLine",
        "a:built",
        "b:JobStarted",
        "b:StepChanged",
        "b:LogLine",
        "b:built",
    ]
    assert StepChanged(0.0, "a", vertex) in harness.events
    assert LogLine(0.0, "a", "RUN make", "hello") in harness.events


def test_a_failing_listener_stops_running_jobs() -> None:
    stopped = threading.Event()

    def action(progress: Progress, cancel: threading.Event) -> None:
        progress.line("", "hello")
        assert cancel.wait(DEADLOCK)
        stopped.set()

    def refuse(event: Event) -> None:
        if isinstance(event, LogLine):
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        Harness({"a": action}, on_event=refuse).run("a")
    assert stopped.wait(DEADLOCK)


def test_events_have_times_and_durations() -> None:
    harness = Harness()
    harness.actions = {"a": lambda _progress, _cancel: harness.clock.advance(3)}
    harness.run("a b:a")
    assert (harness.finished("a").at, harness.finished("a").seconds) == (3, 3)
    assert (harness.finished("b").at, harness.finished("b").seconds) == (3, 0)


def test_events_count_from_the_start_of_the_run() -> None:
    harness = Harness()
    harness.clock.advance(100)
    run(
        plan("a"),
        harness.execute,
        RunOptions(jobs=1),
        listener=harness.listen,
        cancel=harness.cancel,
        clock=harness.clock,
        started=98,
    )
    assert harness.finished("a").at == 2


def test_a_job_whose_steps_were_all_cached_is_cached() -> None:
    found = result(True, True, stage="a-build")
    harness = Harness({"a": lambda _progress, _cancel: found})
    assert harness.run("a") == {"a": Outcome.CACHED}
    assert harness.finished("a").result is found


def test_each_job_has_its_own_log(tmp_path: Path) -> None:
    def action(progress: Progress, _cancel: threading.Event) -> None:
        for step in ("RUN one", "RUN two", "RUN one"):
            progress.step(Vertex("a-build", step, cached=False, started=1.0, completed=None))
            progress.line(step, f"from {step} \x1b[1mraw\x1b[0m")
        progress.step(Vertex("a-build", "RUN one", cached=False, started=1.0, completed=3.5))
        raise BuildError("exit code: 1", stage="a-build", hint="fix it")

    harness = Harness({"a": action})
    harness.run("a b:a c", log_dir=tmp_path / "logs")
    log = tmp_path / "logs" / "a.log"
    assert harness.finished("a").log == str(log)
    assert log.read_text() == (
        "=== RUN one\nfrom RUN one \x1b[1mraw\x1b[0m\n"
        "=== RUN two\nfrom RUN two \x1b[1mraw\x1b[0m\n"
        "=== RUN one\nfrom RUN one \x1b[1mraw\x1b[0m\n"
        "# done in 2.5 s\n"
        "# exit code: 1\n  hint: fix it\n"
    )
    assert harness.finished("b").log is None, "it never ran"


def test_the_log_of_an_unexpected_error_has_a_traceback(tmp_path: Path) -> None:
    Harness({"a": fail(ZeroDivisionError("oops"))}).run("a", log_dir=tmp_path)
    text = (tmp_path / "a.log").read_text()
    assert text.startswith("Traceback")
    assert text.endswith("ZeroDivisionError: oops\n")


def test_an_unwritable_log_does_not_stop_the_job(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    harness = Harness()
    assert harness.run("a", log_dir=tmp_path / "file") == {"a": BUILT}
    assert harness.finished("a").log is None
