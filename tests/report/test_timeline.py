"""Spans and slots from events."""

from __future__ import annotations

from dataclasses import replace

from msbuild.events import Event, JobFinished, JobStarted, RunStarted, StepChanged
from msbuild.execute.api import Vertex
from msbuild.report.lastrun import Timeline

from .fakes import BAD_RUN, BUILT, GOOD_RUN, INTERRUPTED_RUN, planned, shop


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


def test_repeated_and_restarted_steps_are_told_apart() -> None:
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
