"""Retries, time limits and interruption, with a manual clock."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import BuildError, TransientError
from msbuild.events import Event, JobFinished, JobRetried, JobStarted, Outcome
from msbuild.execute.api import Cancelled, Progress, Vertex
from msbuild.schedule.attempts import delay_before
from msbuild.schedule.scheduler import GRACE

from .fakes import DEADLOCK, Harness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUILT, FAILED, CANCELLED = Outcome.BUILT, Outcome.FAILED, Outcome.CANCELLED


class Flaky:
    """An action that fails with a transient error the first few times."""

    def __init__(self, errors: int) -> None:
        self.errors = errors

    def __call__(self, _progress: Progress, _cancel: threading.Event) -> None:
        self.errors -= 1
        if self.errors >= 0:
            raise TransientError("registry is gone")


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    """Set at the end of the test, to release a thread that ignores everything else."""
    release = threading.Event()
    yield release
    release.set()


def skip_delays(harness: Harness) -> None:
    def on_event(event: Event) -> None:
        if isinstance(event, JobRetried):
            harness.clock.advance(event.delay)

    harness.on_event = on_event


def test_a_transient_error_is_retried(tmp_path: Path) -> None:
    harness = Harness({"a": Flaky(2)})
    skip_delays(harness)
    assert harness.run("a b:a", log_dir=tmp_path) == {"a": BUILT, "b": BUILT}
    starts = [e.attempt for e in harness.events if isinstance(e, JobStarted) and e.job == "a"]
    retries = [e for e in harness.events if isinstance(e, JobRetried)]
    assert starts == [1, 2, 3]
    assert [(e.reason, e.delay) for e in retries] == [
        ("registry is gone", 1),
        ("registry is gone", 2),
    ]
    assert (tmp_path / "a.log").read_text() == (
        "# registry is gone\n# retrying in 1 s\n# registry is gone\n# retrying in 2 s\n"
    )


def test_retries_are_limited() -> None:
    harness = Harness({"a": Flaky(3)})
    skip_delays(harness)
    assert harness.run("a", retries=2) == {"a": FAILED}
    assert isinstance(harness.finished("a").error, TransientError)
    assert len(harness.executed) == 3


def test_the_slot_is_free_while_a_retry_waits() -> None:
    harness = Harness({"a": Flaky(1)})
    harness.actions = {**harness.actions, "b": lambda _p, _c: harness.clock.advance(1)}
    assert harness.run("a b", jobs=1) == {"a": BUILT, "b": BUILT}
    assert harness.executed == ["a", "b", "a"]


def test_a_failed_step_is_not_retried() -> None:
    def action(_progress: Progress, _cancel: threading.Event) -> None:
        raise BuildError("exit code: 1", stage="a")

    harness = Harness({"a": action})
    assert harness.run("a", retries=5) == {"a": FAILED}
    assert harness.executed == ["a"]


def test_the_delay_doubles_up_to_a_maximum() -> None:
    assert [delay_before(attempt) for attempt in range(2, 9)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_timeout_names_the_running_step() -> None:
    harness = Harness()

    def slow(progress: Progress, cancel: threading.Event) -> None:
        progress.step(Vertex("a-build", "RUN sleep", cached=False, started=1.0, completed=None))
        progress.line("RUN sleep", "zzz")
        harness.clock.advance(60)
        assert cancel.wait(DEADLOCK)
        raise Cancelled

    harness.actions = {"a": slow}
    assert harness.run("a b", jobs=1, timeout=60) == {"a": FAILED, "b": BUILT}
    error = harness.finished("a").error
    assert isinstance(error, BuildError)
    assert error.message == "timed out after 60 s"
    assert (error.stage, error.step, error.tail) == ("a-build", "RUN sleep", ("zzz",))
    assert "`--timeout`" in (error.hint or "")


def test_a_stuck_job_is_abandoned_after_its_timeout(stuck: threading.Event) -> None:
    harness = Harness()

    def ignores_cancel(_progress: Progress, cancel: threading.Event) -> None:
        harness.clock.advance(60)
        assert cancel.wait(DEADLOCK)
        harness.clock.advance(GRACE)
        stuck.wait(DEADLOCK)

    harness.actions = {"a": ignores_cancel}
    assert harness.run("a b", jobs=1, timeout=60) == {"a": FAILED, "b": BUILT}
    assert harness.finished("a").seconds == 60 + GRACE


def test_cancel_stops_running_and_waiting_jobs() -> None:
    harness = Harness({"flaky": Flaky(1)})

    def stops_on_cancel(_progress: Progress, cancel: threading.Event) -> None:
        assert cancel.wait(DEADLOCK)
        raise Cancelled

    def on_event(event: Event) -> None:
        if isinstance(event, JobRetried):
            harness.cancel.set()  # while `flaky` waits, `a` runs and the others have not started

    harness.actions = {**harness.actions, "a": stops_on_cancel}
    harness.on_event = on_event
    outcomes = harness.run("flaky a b child:a")
    assert outcomes == dict.fromkeys(("flaky", "a", "b", "child"), CANCELLED)
    assert sorted(harness.executed) == ["a", "flaky"]
    assert len([e for e in harness.events if isinstance(e, JobFinished)]) == 4


def test_cancel_does_not_wait_for_a_thread_that_ignores_it(stuck: threading.Event) -> None:
    harness = Harness()

    def ignores_cancel(_progress: Progress, cancel: threading.Event) -> None:
        harness.cancel.set()
        assert cancel.wait(DEADLOCK)
        harness.clock.advance(GRACE)
        stuck.wait(DEADLOCK)

    harness.actions = {"a": ignores_cancel}
    assert harness.run("a b", jobs=1) == {"a": CANCELLED, "b": CANCELLED}
    assert harness.finished("a").seconds == GRACE
    assert GRACE < 3


def test_a_job_that_succeeds_after_all_is_built() -> None:
    harness = Harness()

    def quick(_progress: Progress, cancel: threading.Event) -> None:
        harness.cancel.set()
        assert cancel.wait(DEADLOCK)

    harness.actions = {"a": quick}
    assert harness.run("a b:a") == {"a": BUILT, "b": CANCELLED}


def test_nothing_starts_when_cancelled_before() -> None:
    harness = Harness()
    harness.cancel.set()
    assert harness.run("a b:a") == {"a": CANCELLED, "b": CANCELLED}
    assert harness.executed == []


def test_messages_from_an_abandoned_thread_are_dropped(stuck: threading.Event) -> None:
    harness = Harness()
    late = threading.Event()

    def ignores_cancel(progress: Progress, cancel: threading.Event) -> None:
        assert cancel.wait(DEADLOCK)
        harness.clock.advance(GRACE)
        stuck.wait(DEADLOCK)
        progress.line("", "too late")
        late.set()

    def other(_progress: Progress, _cancel: threading.Event) -> None:
        stuck.set()
        assert late.wait(DEADLOCK)

    def started(event: Event) -> None:
        if isinstance(event, JobStarted) and event.job == "a":
            harness.clock.advance(60)

    harness.actions = {"a": ignores_cancel, "b": other}
    harness.on_event = started
    assert harness.run("a b", jobs=1, timeout=60) == {"a": FAILED, "b": BUILT}
    assert "a:LogLine" not in harness.names()
