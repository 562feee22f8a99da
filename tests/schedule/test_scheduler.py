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

from .fakes import DEADLOCK, World, plan, result

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUILT, FAILED, SKIPPED = Outcome.BUILT, Outcome.FAILED, Outcome.SKIPPED


def fail(error: BaseException) -> Callable[[Progress, threading.Event], JobResult]:
    def action(_progress: Progress, _cancel: threading.Event) -> JobResult:
        raise error

    return action


def test_jobs_run_after_those_they_need() -> None:
    world = World()
    assert world.run("deps b:deps a:deps last:a,b") == {
        "deps": BUILT,
        "a": BUILT,
        "b": BUILT,
        "last": BUILT,
    }
    assert world.executed[0] == "deps"
    assert world.executed[-1] == "last"
    assert len(world.executed) == 4


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
    world = World(dict.fromkeys(names.split(), action))
    assert set(world.run(names, jobs=3).values()) == {BUILT}
    assert counts["most"] == 3


def test_a_job_that_takes_all_slots_runs_alone() -> None:
    world = World()
    light = plan("heavy a b")
    heavy = replace(light.jobs["heavy"], cores=3)
    heavy_plan = replace(light, jobs={**light.jobs, "heavy": heavy})
    two = RunOptions(jobs=2)
    outcomes = run(heavy_plan, world.execute, two, listener=world.listen, cancel=world.cancel)
    assert set(outcomes.values()) == {BUILT}
    assert world.names()[:4] == ["heavy:JobStarted", "heavy:built", "a:JobStarted", "b:JobStarted"]


def test_a_failure_skips_what_needs_it_and_nothing_else() -> None:
    error = BuildError("exit code: 1", stage="deps")
    world = World({"deps": fail(error)})
    outcomes = world.run("deps mid:deps far:mid other", jobs=1)
    assert outcomes == {"deps": FAILED, "mid": SKIPPED, "far": SKIPPED, "other": BUILT}
    assert world.finished("deps").error is error
    assert world.finished("far").because == "deps"
    assert world.finished("far").seconds == 0
    assert "mid" not in world.executed


def test_an_unexpected_error_fails_only_its_job() -> None:
    world = World({"a": fail(ZeroDivisionError("oops")), "b": fail(SystemExit(3))})
    assert world.run("a b c") == {"a": FAILED, "b": FAILED, "c": BUILT}
    assert isinstance(world.finished("a").error, ZeroDivisionError)
    assert str(world.finished("b").error) == "SystemExit(3)"


def test_fail_fast_cancels_running_jobs_and_skips_the_rest() -> None:
    running = threading.Barrier(2)

    def bad(_progress: Progress, _cancel: threading.Event) -> None:
        running.wait(DEADLOCK)
        raise BuildError("exit code: 1", stage="bad")

    def obedient(_progress: Progress, cancel: threading.Event) -> None:
        running.wait(DEADLOCK)
        assert cancel.wait(DEADLOCK)
        raise ConnectionError("torn down")

    world = World({"bad": bad, "slow": obedient})
    outcomes = world.run("bad slow rest last:slow", fail_fast=True)
    assert outcomes == {
        "bad": FAILED,
        "slow": Outcome.CANCELLED,
        "rest": SKIPPED,
        "last": SKIPPED,
    }
    assert world.finished("rest").because == "bad"
    assert world.finished("slow").error is None


def test_events_come_in_order_and_from_one_thread() -> None:
    vertex = Vertex("a-build", "RUN make", cached=False, started=1.0, completed=None)

    def action(progress: Progress, _cancel: threading.Event) -> None:
        progress.step(vertex)
        progress.line("RUN make", "hello")

    callers = set()

    def note_thread(_event: Event) -> None:
        callers.add(threading.current_thread())

    world = World({"a": action, "b": action}, on_event=note_thread)
    world.run("a b:a")
    assert callers == {threading.current_thread()}
    assert world.names() == [
        "a:JobStarted",
        "a:StepChanged",
        "a:LogLine",
        "a:built",
        "b:JobStarted",
        "b:StepChanged",
        "b:LogLine",
        "b:built",
    ]
    assert StepChanged(0.0, "a", vertex) in world.events
    assert LogLine(0.0, "a", "RUN make", "hello") in world.events


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
        World({"a": action}, on_event=refuse).run("a")
    assert stopped.wait(DEADLOCK)


def test_events_have_times_and_durations() -> None:
    world = World()
    world.actions = {"a": lambda _progress, _cancel: world.clock.advance(3)}
    world.run("a b:a")
    assert (world.finished("a").at, world.finished("a").seconds) == (3, 3)
    assert (world.finished("b").at, world.finished("b").seconds) == (3, 0)


def test_events_count_from_the_start_of_the_run() -> None:
    world = World()
    world.clock.advance(100)
    run(
        plan("a"),
        world.execute,
        RunOptions(jobs=1),
        listener=world.listen,
        cancel=world.cancel,
        clock=world.clock,
        started=98,
    )
    assert world.finished("a").at == 2


def test_a_job_whose_steps_were_all_cached_is_cached() -> None:
    found = result(True, True, stage="a-build")
    world = World({"a": lambda _progress, _cancel: found})
    assert world.run("a") == {"a": Outcome.CACHED}
    assert world.finished("a").result is found


def test_each_job_has_its_own_log(tmp_path: Path) -> None:
    def action(progress: Progress, _cancel: threading.Event) -> None:
        for step in ("RUN one", "RUN two", "RUN one"):
            progress.step(Vertex("a-build", step, cached=False, started=1.0, completed=None))
            progress.line(step, f"from {step} \x1b[1mraw\x1b[0m")
        progress.step(Vertex("a-build", "RUN one", cached=False, started=1.0, completed=3.5))
        raise BuildError("exit code: 1", stage="a-build", hint="fix it")

    world = World({"a": action})
    world.run("a b:a c", log_dir=tmp_path / "logs")
    log = tmp_path / "logs" / "a.log"
    assert world.finished("a").log == str(log)
    assert log.read_text() == (
        "=== RUN one\nfrom RUN one \x1b[1mraw\x1b[0m\n"
        "=== RUN two\nfrom RUN two \x1b[1mraw\x1b[0m\n"
        "=== RUN one\nfrom RUN one \x1b[1mraw\x1b[0m\n"
        "# done in 2.5 s\n"
        "# exit code: 1\n  hint: fix it\n"
    )
    assert world.finished("b").log is None, "it never ran"


def test_the_log_of_an_unexpected_error_has_a_traceback(tmp_path: Path) -> None:
    World({"a": fail(ZeroDivisionError("oops"))}).run("a", log_dir=tmp_path)
    text = (tmp_path / "a.log").read_text()
    assert text.startswith("Traceback")
    assert text.endswith("ZeroDivisionError: oops\n")


def test_an_unwritable_log_does_not_stop_the_job(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    world = World()
    assert world.run("a", log_dir=tmp_path / "file") == {"a": BUILT}
    assert world.finished("a").log is None
