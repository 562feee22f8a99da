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

from .fakes import DEADLOCK, World

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
    """What a thread that ignores everything waits for; set when the test is over."""
    release = threading.Event()
    yield release
    release.set()


def skip_delays(world: World) -> None:
    def on_event(event: Event) -> None:
        if isinstance(event, JobRetried):
            world.clock.advance(event.delay)

    world.on_event = on_event


def test_a_transient_error_is_retried(tmp_path: Path) -> None:
    world = World({"a": Flaky(2)})
    skip_delays(world)
    assert world.run("a b:a", log_dir=tmp_path) == {"a": BUILT, "b": BUILT}
    starts = [e.attempt for e in world.events if isinstance(e, JobStarted) and e.job == "a"]
    retries = [e for e in world.events if isinstance(e, JobRetried)]
    assert starts == [1, 2, 3]
    assert [(e.reason, e.delay) for e in retries] == [
        ("registry is gone", 1),
        ("registry is gone", 2),
    ]
    assert (tmp_path / "a.log").read_text() == (
        "# registry is gone\n# retrying in 1 s\n# registry is gone\n# retrying in 2 s\n"
    )


def test_retries_are_limited() -> None:
    world = World({"a": Flaky(3)})
    skip_delays(world)
    assert world.run("a", retries=2) == {"a": FAILED}
    assert isinstance(world.finished("a").error, TransientError)
    assert len(world.executed) == 3


def test_the_slot_is_free_while_a_retry_waits() -> None:
    world = World({"a": Flaky(1)})
    world.actions = {**world.actions, "b": lambda _p, _c: world.clock.advance(1)}
    assert world.run("a b", jobs=1) == {"a": BUILT, "b": BUILT}
    assert world.executed == ["a", "b", "a"]


def test_a_failed_step_is_not_retried() -> None:
    def action(_progress: Progress, _cancel: threading.Event) -> None:
        raise BuildError("exit code: 1", stage="a")

    world = World({"a": action})
    assert world.run("a", retries=5) == {"a": FAILED}
    assert world.executed == ["a"]


def test_the_delay_doubles_up_to_a_maximum() -> None:
    assert [delay_before(attempt) for attempt in range(2, 9)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_timeout_names_the_running_step() -> None:
    world = World()

    def slow(progress: Progress, cancel: threading.Event) -> None:
        progress.step(Vertex("a-build", "RUN sleep", cached=False, started=1.0, completed=None))
        progress.line("RUN sleep", "zzz")
        world.clock.advance(60)
        assert cancel.wait(DEADLOCK)
        raise Cancelled

    world.actions = {"a": slow}
    assert world.run("a b", jobs=1, timeout=60) == {"a": FAILED, "b": BUILT}
    error = world.finished("a").error
    assert isinstance(error, BuildError)
    assert error.message == "timed out after 60 s"
    assert (error.stage, error.step, error.tail) == ("a-build", "RUN sleep", ("zzz",))
    assert "`--timeout`" in (error.hint or "")


def test_a_stuck_job_is_abandoned_after_its_timeout(stuck: threading.Event) -> None:
    world = World()

    def deaf(_progress: Progress, cancel: threading.Event) -> None:
        world.clock.advance(60)
        assert cancel.wait(DEADLOCK)
        world.clock.advance(GRACE)
        stuck.wait(DEADLOCK)

    world.actions = {"a": deaf}
    assert world.run("a b", jobs=1, timeout=60) == {"a": FAILED, "b": BUILT}
    assert world.finished("a").seconds == 60 + GRACE


def test_cancel_stops_running_and_waiting_jobs() -> None:
    world = World({"flaky": Flaky(1)})

    def obedient(_progress: Progress, cancel: threading.Event) -> None:
        assert cancel.wait(DEADLOCK)
        raise Cancelled

    def on_event(event: Event) -> None:
        if isinstance(event, JobRetried):
            world.cancel.set()  # while `flaky` waits, `a` runs and the others have not started

    world.actions = {**world.actions, "a": obedient}
    world.on_event = on_event
    outcomes = world.run("flaky a b child:a")
    assert outcomes == dict.fromkeys(("flaky", "a", "b", "child"), CANCELLED)
    assert sorted(world.executed) == ["a", "flaky"]
    assert len([e for e in world.events if isinstance(e, JobFinished)]) == 4


def test_cancel_does_not_wait_for_a_thread_that_ignores_it(stuck: threading.Event) -> None:
    world = World()

    def deaf(_progress: Progress, cancel: threading.Event) -> None:
        world.cancel.set()
        assert cancel.wait(DEADLOCK)
        world.clock.advance(GRACE)
        stuck.wait(DEADLOCK)

    world.actions = {"a": deaf}
    assert world.run("a b", jobs=1) == {"a": CANCELLED, "b": CANCELLED}
    assert world.finished("a").seconds == GRACE
    assert GRACE < 3


def test_a_job_that_succeeds_after_all_is_built() -> None:
    world = World()

    def quick(_progress: Progress, cancel: threading.Event) -> None:
        world.cancel.set()
        assert cancel.wait(DEADLOCK)

    world.actions = {"a": quick}
    assert world.run("a b:a") == {"a": BUILT, "b": CANCELLED}


def test_nothing_starts_when_cancelled_before() -> None:
    world = World()
    world.cancel.set()
    assert world.run("a b:a") == {"a": CANCELLED, "b": CANCELLED}
    assert world.executed == []


def test_messages_from_an_abandoned_thread_are_dropped(stuck: threading.Event) -> None:
    world = World()
    late = threading.Event()

    def deaf(progress: Progress, cancel: threading.Event) -> None:
        assert cancel.wait(DEADLOCK)
        world.clock.advance(GRACE)
        stuck.wait(DEADLOCK)
        progress.line("", "too late")
        late.set()

    def other(_progress: Progress, _cancel: threading.Event) -> None:
        stuck.set()
        assert late.wait(DEADLOCK)

    def started(event: Event) -> None:
        if isinstance(event, JobStarted) and event.job == "a":
            world.clock.advance(60)

    world.actions = {"a": deaf, "b": other}
    world.on_event = started
    assert world.run("a b", jobs=1, timeout=60) == {"a": FAILED, "b": BUILT}
    assert "a:LogLine" not in world.names()
