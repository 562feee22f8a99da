"""A small shop and the events of its runs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from msbuild.errors import BuildError, TransientError
from msbuild.events import (
    Event,
    JobFinished,
    JobRetried,
    JobStarted,
    LogLine,
    Outcome,
    RunFinished,
    RunStarted,
    StepChanged,
)
from msbuild.execute.api import BuiltImage, Job, JobResult, Vertex
from msbuild.model import ImageRef, Stage, StageKind
from msbuild.planning.planner import CachedService, Plan, PlannedJob, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild.report.console import Reporter

BUILT, CACHED, FAILED = Outcome.BUILT, Outcome.CACHED, Outcome.FAILED
SKIPPED, CANCELLED = Outcome.SKIPPED, Outcome.CANCELLED


def planned(
    name: str, *needs: str, estimate: float | None = None, is_service: bool = True
) -> PlannedJob:
    stage = Stage(f"{name}-build", StageKind.BUILD, ImageRef("debian"))
    job = Job(name, (stage,), frozenset({stage.name}), (), {}, {}, {}, {})
    reason = Reason("changed", f"{name}/main.go changed")
    return PlannedJob(job, frozenset(needs), reason, estimate, f"fp-{name}", is_service)


def cached_service(name: str, saved: float | None = 50.0) -> CachedService:
    image = BuiltImage(f"sha256:{name}", frozenset(), 8_100_000, 0, {})
    return CachedService(
        name, f"fp-{name}", image, (), Reason("up-to-date", "its image exists"), saved
    )


def shop(*jobs: PlannedJob, cached: Iterable[str] = ()) -> Plan:
    by_name = {job.job.name: job for job in jobs}
    services = {name: cached_service(name) for name in cached}
    tags = {name: (f"shop/{name}:latest",) for name in (*by_name, *services)}
    return Plan("shop", by_name, services, tags)


def made(image: str = "sha256:new", size: int = 12_345_678) -> JobResult:
    return JobResult(image, size, (), 2048)


def step(name: str, *, done: bool = False, cached: bool = False, error: str = "") -> Vertex:
    return Vertex("gateway-build", name, cached, 10.0, 12.5 if done or cached else None, error)


def compile_error(stage: str = "gateway-build") -> BuildError:
    return BuildError(
        "exit code: 1",
        stage=stage,
        step="RUN go build ./...",
        tail=("# shop/gateway", "main.go:3:1: undefined: \x1b[31mfoo\x1b[0m"),
        hint="fix `main.go`",
    )


SMALL = shop(
    planned("go-deps", estimate=10, is_service=False),
    planned("gateway", "go-deps", estimate=5),
    planned("orders", "go-deps"),
    cached=["billing", "web"],
)

GOOD_RUN: list[Event] = [
    RunStarted(0.2, SMALL, "docker", 4),
    JobStarted(0.2, "go-deps", 1),
    JobFinished(12.6, "go-deps", BUILT, 12.4, JobResult("", 0, (), 512)),
    JobStarted(12.6, "gateway", 1),
    JobStarted(12.6, "orders", 1),
    StepChanged(12.7, "gateway", step("RUN go build ./...")),
    StepChanged(12.8, "gateway", step("RUN go build ./...")),
    LogLine(12.9, "gateway", "RUN go build ./...", "compiling\x1b[2J main\x07"),
    StepChanged(13.0, "gateway", step("RUN go build ./...", done=True)),
    StepChanged(13.0, "gateway", step("COPY . .", cached=True)),
    JobRetried(13.1, "orders", "registry does not respond", 1),
    JobStarted(14.1, "orders", 2),
    JobFinished(15.8, "gateway", BUILT, 3.2, made()),
    JobFinished(16.0, "orders", CACHED, 2.4, made("sha256:o", 9_000_000)),
    RunFinished(
        16.1,
        16.1,
        0,
        dict.fromkeys(("go-deps", "gateway"), BUILT)
        | dict.fromkeys(("orders", "billing", "web"), CACHED),
        {"gateway": 1_500_000_000},
    ),
]

BAD_RUN: list[Event] = [
    RunStarted(0.2, SMALL, "docker", 4),
    JobStarted(0.2, "go-deps", 1),
    JobFinished(
        3.4, "go-deps", FAILED, 3.2, error=compile_error("go-deps"), log="/logs/go-deps.log"
    ),
    JobFinished(3.4, "gateway", SKIPPED, because="go-deps"),
    JobFinished(3.4, "orders", SKIPPED, because="go-deps"),
    RunFinished(
        3.5,
        3.5,
        1,
        {
            "go-deps": FAILED,
            "gateway": SKIPPED,
            "orders": SKIPPED,
            "billing": CACHED,
            "web": CACHED,
        },
    ),
]

INTERRUPTED_RUN: list[Event] = [
    RunStarted(0.2, SMALL, "docker", 4),
    JobStarted(0.2, "go-deps", 1),
    JobFinished(2.2, "go-deps", CANCELLED, 2.0),
    JobFinished(2.2, "gateway", CANCELLED),
    JobFinished(2.2, "orders", CANCELLED),
    RunFinished(2.3, 2.3, 130, dict.fromkeys(("go-deps", "gateway", "orders"), CANCELLED)),
]

NOTHING = shop(cached=["a", "b", "c", "d", "e", "f", "g", "h", "i"])

EMPTY_RUN: list[Event] = [
    RunStarted(0.2, NOTHING, "docker", 4),
    RunFinished(0.21, 0.21, 0, dict.fromkeys(NOTHING.cached, CACHED)),
]

ENGINE_GONE = TransientError("the engine does not respond", hint="is it running?")


def send_events(reporter: Reporter, events: Iterable[Event]) -> None:
    for event in events:
        reporter(event)
    reporter.close()


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True
