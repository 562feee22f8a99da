"""Outcomes are built or cached; worker threads are reused and replaced."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from msbuild.events import Outcome
from msbuild.execute.api import JobResult, Vertex
from msbuild.schedule.attempts import outcome_of
from msbuild.schedule.scheduler import GRACE

from .fakes import DEADLOCK, Harness, planned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.events import Event
    from msbuild.execute.api import Progress


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ([("x-build", True), ("x-build", True)], Outcome.CACHED),
        ([("x-build", True), ("x-build", False)], Outcome.BUILT),
        ([("x-build", True), ("", False), ("elsewhere", False)], Outcome.CACHED),
        ([("", True)], Outcome.BUILT),
        ([], Outcome.BUILT),
    ],
)
def test_only_the_steps_of_the_job_determine_its_outcome(
    steps: Sequence[tuple[str, bool]], outcome: Outcome
) -> None:
    vertices = tuple(Vertex(stage, "RUN make", cached, 1.0, 2.0) for stage, cached in steps)
    assert outcome_of(JobResult("", 0, vertices, 0), planned("x").job) is outcome


def test_threads_are_reused() -> None:
    seen: set[threading.Thread] = set()

    def action(_progress: Progress, _cancel: threading.Event) -> None:
        seen.add(threading.current_thread())

    names = " ".join(f"j{number}" for number in range(30))
    Harness(dict.fromkeys(names.split(), action)).run(names, jobs=2)
    assert len(seen) <= 2
    for thread in seen:
        thread.join(DEADLOCK)
        assert not thread.is_alive(), "they end with the run"


def test_a_stuck_thread_is_replaced_and_ends_when_it_can() -> None:
    release = threading.Event()
    threads: list[threading.Thread] = []
    harness = Harness()

    def ignores_cancel(_progress: Progress, cancel: threading.Event) -> None:
        threads.append(threading.current_thread())
        assert cancel.wait(DEADLOCK)
        harness.clock.advance(GRACE)
        assert release.wait(DEADLOCK)

    def other(_progress: Progress, _cancel: threading.Event) -> None:
        threads.append(threading.current_thread())

    def started(event: Event) -> None:
        if getattr(event, "job", "") == "a" and harness.executed == []:
            harness.clock.advance(60)

    harness.actions = {"a": ignores_cancel, "b": other}
    harness.on_event = started
    harness.run("a b", jobs=1, timeout=60)
    assert len(set(threads)) == 2
    assert threads[0].is_alive()
    release.set()
    for thread in threads:
        thread.join(DEADLOCK)
        assert not thread.is_alive()
