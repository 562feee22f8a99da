"""Measures the scheduler itself: many jobs that do nothing, run by the real driver."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bench.scheduler.graphs import SHAPES
from bench.table import markdown
from msbuild.events import Outcome
from msbuild.execute.api import Job, JobResult, Vertex
from msbuild.model import ImageRef, Stage, StageKind
from msbuild.planning.planner import Plan, PlannedJob, Reason
from msbuild.run_options import RunOptions
from msbuild.schedule import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.scheduler.graphs import Needs
    from msbuild.execute.api import Progress

TARGET = 0.2
"""Milliseconds per stage."""

SLOTS = (1, 2, 8, 64)
_RUNS = 5


def table(stages: int, slots: tuple[int, ...] = SLOTS) -> tuple[str, float]:
    """A table of milliseconds per stage by number of slots, and the worst median without output."""
    plan = _plan(SHAPES["builders"](Random(1), stages))  # noqa: S311 - no secret
    rows, worst = [], 0.0
    for number in slots:
        silent = _medians(lambda n=number: _once(plan, n, _silent, None))
        with tempfile.TemporaryDirectory() as logs:
            verbose = _medians(lambda n=number, d=logs: _once(plan, n, _verbose, Path(d)))
        worst = max(worst, silent[0])
        rows.append([str(number), *(f"{value:.3f}" for value in (*silent, *verbose))])
    head = [
        "slots",
        "ms per stage",
        "of which CPU",
        "with 2 steps, 2 lines and a log",
        "of which CPU",
    ]
    return markdown(head, rows), worst


def _medians(once: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    times = [once() for _ in range(_RUNS)]
    return statistics.median(t[0] for t in times), statistics.median(t[1] for t in times)


def _once(
    plan: Plan,
    slots: int,
    execute: Callable[[PlannedJob, Progress, threading.Event], JobResult],
    logs: Path | None,
) -> tuple[float, float]:
    """Milliseconds per stage of one run: wall-clock time and CPU time."""
    started, cpu_started = time.perf_counter(), time.process_time()
    outcomes = run(
        plan,
        execute,
        RunOptions(jobs=slots),
        listener=lambda _event: None,
        cancel=threading.Event(),
        log_dir=logs,
    )
    elapsed = time.perf_counter() - started, time.process_time() - cpu_started
    if set(outcomes.values()) != {Outcome.BUILT} or len(outcomes) != len(plan.jobs):
        raise SystemExit("not every stage was built")
    return elapsed[0] * 1000 / len(plan.jobs), elapsed[1] * 1000 / len(plan.jobs)


_STARTED = Vertex("s", "RUN make", cached=False, started=1.0, completed=None)
_DONE = Vertex("s", "RUN make", cached=False, started=1.0, completed=2.0)
_RESULT = JobResult("sha256:1", 1, (_DONE,), 0)


def _silent(_job: PlannedJob, _progress: Progress, _cancel: threading.Event) -> JobResult:
    return _RESULT


def _verbose(_job: PlannedJob, progress: Progress, _cancel: threading.Event) -> JobResult:
    progress.step(_STARTED)
    progress.line("RUN make", "compiling")
    progress.line("RUN make", "linking")
    progress.step(_DONE)
    return _RESULT


def _plan(needs: Needs) -> Plan:
    stage = Stage("s", StageKind.BUILD, ImageRef("debian"))
    jobs = {
        name: PlannedJob(
            job=Job(name, (stage,), frozenset({stage.name}), (), {}, {}, {}, {}),
            needs=parents,
            reason=Reason("new", "first build"),
            estimate=None,
            fingerprint=name,
            is_service=True,
        )
        for name, parents in needs.items()
    }
    return Plan("bench", jobs, {}, {})
