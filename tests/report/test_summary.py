"""The end of a run: the table, failures with one cause, what reuse saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.events import Event, JobFinished, Outcome, RunFinished, RunRecord, RunStarted
from msbuild.report.summary import closing_line, failures, summary, table
from msbuild.report.text import Paint

from .fakes import (
    BUILT,
    CANCELLED,
    ENGINE_GONE,
    FAILED,
    GOOD_RUN,
    SKIPPED,
    compile_error,
    made,
    planned,
    shop,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild.planning.planner import Plan

PAINT = Paint(color=False)


def record(events: Iterable[Event]) -> RunRecord:
    run = RunRecord()
    for event in events:
        run.note(event)
    return run


def ended(plan: Plan, *jobs: JobFinished, exit_code: int = 1) -> RunRecord:
    outcomes = {job.job: job.outcome for job in jobs}
    outcomes |= dict.fromkeys(plan.cached, Outcome.CACHED)
    start = RunStarted(0, plan, "docker", 2)
    return record([start, *jobs, RunFinished(9, 9, exit_code, outcomes)])


def test_columns_that_do_not_fit_are_left_out() -> None:
    run = record(GOOD_RUN)
    assert table(run, PAINT, 80)[0] == "service  outcome   time    image  builder"
    assert table(run, PAINT, 40)[0] == "service  outcome   time    image"
    assert table(run, PAINT, 25)[0] == "service  outcome   time"
    assert table(run, PAINT, 5)[0] == "service  outcome"
    assert table(run, PAINT, 25)[2] == "gateway  built    3.2 s"


def test_many_up_to_date_services_are_counted() -> None:
    plan = shop(planned("a"), cached=[f"old{number}" for number in range(98)])
    run = ended(plan, JobFinished(1, "a", BUILT, 1, made()), exit_code=0)
    assert table(run, PAINT, None) == [
        "service  outcome   time    image",
        "a        built    1.0 s  12.3 MB",
        "… and 98 more, cached",
    ]


def test_many_services_that_never_started_are_counted() -> None:
    names = [f"s{number}" for number in range(20)]
    plan = shop(*map(planned, names))
    run = ended(plan, *(JobFinished(1, name, CANCELLED) for name in names), exit_code=130)
    assert summary(run, PAINT, failures_shown=True) == [
        "",
        "… and 20 more, cancelled before they started",
        "",
        "interrupted after 9.0 s: 20 services cancelled",
    ]


def test_shared_stages_appear_only_if_they_were_built_or_failed() -> None:
    plan = shop(planned("deps", is_service=False), planned("a", "deps"))
    found = JobFinished(1, "deps", Outcome.CACHED, 0.3)
    run = ended(plan, found, JobFinished(1, "a", BUILT, 1, made()), exit_code=0)
    assert not any("deps" in line for line in table(run, PAINT, None))


def test_a_failed_shared_stage_is_reported_once() -> None:
    plan = shop(planned("a"), planned("b"), planned("c"))
    run = ended(
        plan,
        JobFinished(1, "a", FAILED, 1, error=compile_error("deps"), log="/logs/a.log"),
        JobFinished(1, "b", FAILED, 1, error=compile_error("deps"), log="/logs/b.log"),
        JobFinished(1, "c", FAILED, 1, error=compile_error("c-build"), log="/logs/c.log"),
    )
    one, other = failures(run, PAINT, shown=False)
    assert one == [
        "failed: a, b",
        "  stage: deps",
        "  step:  RUN go build ./...",
        "  | # shop/gateway",
        "  | main.go:3:1: undefined: foo",
        "  error: exit code: 1",
        "  log:   /logs/a.log",
        "  log:   /logs/b.log",
        "  hint:  fix `main.go`",
    ]
    assert other[0] == "failed: c"
    assert failures(run, PAINT, shown=True) == [
        [
            "failed: a, b: deps: RUN go build ./...: exit code: 1 (log: /logs/a.log)",
            "failed: c: c-build: RUN go build ./...: exit code: 1 (log: /logs/c.log)",
        ]
    ]


def test_an_environment_error_is_reported_once() -> None:
    plan = shop(planned("a"), planned("b"))
    run = ended(
        plan,
        JobFinished(1, "a", FAILED, 1, error=ENGINE_GONE),
        JobFinished(1, "b", FAILED, 1, error=UnavailableError("disk full")),
        JobFinished(1, "c", FAILED, 1, error=ENGINE_GONE),
    )
    assert [block[0] for block in failures(run, PAINT, shown=False)] == [
        "failed: a, c",
        "failed: b",
    ]
    assert failures(run, PAINT, shown=False)[0][1:] == [
        "  error: the engine does not respond",
        "  hint:  is it running?",
    ]


def test_a_skipped_job_names_the_failed_one() -> None:
    plan = shop(planned("deps"), planned("mid", "deps"), planned("far", "mid"), planned("other"))
    run = record([RunStarted(0, plan, "docker", 1), JobFinished(1, "deps", FAILED, 1)])
    far = JobFinished(1, "far", SKIPPED, because="deps")
    other = JobFinished(1, "other", SKIPPED, because="deps")
    assert run.why_skipped(far) == "needs deps, which failed"
    assert run.why_skipped(other) == "deps failed"


def test_a_few_failed_jobs_are_named_and_many_counted() -> None:
    def line(*names: str) -> str:
        failed = (JobFinished(1, name, FAILED, 1) for name in names)
        return closing_line(ended(shop(*map(planned, names)), *failed), PAINT)

    assert line("a", "b") == "failed after 9.0 s: a, b failed"
    assert line("a", "b", "c", "d") == "failed after 9.0 s: 4 jobs failed"


def test_unmeasured_services_add_no_saved_time() -> None:
    plan = shop(planned("a"), cached=["b"])
    run = ended(plan, JobFinished(1, "a", BUILT, 1, made()), exit_code=0)
    run.start = None
    assert closing_line(run, PAINT) == ""
    assert summary(run, PAINT, failures_shown=True) == []
