"""Writes a run as a trace for Perfetto and `chrome://tracing`: slots, jobs, steps, critical path.

The format is Chrome's: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU

The critical path is at the top, followed by a track for each slot with its jobs. The steps of a job
lie within it; steps that ran in parallel have their own tracks below that of the slot.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msbuild.errors import MsbuildError, UsageError
from msbuild.events import JobFinished, JobRetried, RunFinished, RunStarted
from msbuild.report.lastrun import Timeline
from msbuild.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from msbuild.events import Event
    from msbuild.execute.api import Vertex
    from msbuild.report.lastrun import Span


class TraceReporter:
    """Writes the file atomically when the run ends or is aborted.

    Args:
        file: the file to write; its directory is created.
        clock: seconds since the epoch, the same clock as the times of steps.

    Raises:
        UsageError: the file cannot be written.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        # a link stays a link: its target is written
        self._file = Path(os.path.realpath(file)) if file.is_file() else file
        self._clock = clock
        self._timeline = Timeline()
        self._epoch = 0.0
        self._written = False
        _check(file, self._temporary)

    def __call__(self, event: Event) -> None:
        """Record an event; the last one writes the file."""
        if isinstance(event, RunStarted):
            self._epoch = self._clock() - event.at
        self._timeline.note(event)
        if isinstance(event, RunFinished):
            self._write()

    def close(self) -> None:
        """Write the trace of a run that was aborted."""
        if not self._written:
            self._write()

    @property
    def _temporary(self) -> Path:
        return self._file.with_name(f".{self._file.name}.{os.getpid()}")

    def _write(self) -> None:
        self._written = True
        start = self._timeline.start
        details = {
            "displayTimeUnit": "ms",
            "otherData": {
                "workspace": start.plan.workspace if start else "",
                "executor": start.executor if start else "",
                "slots": start.jobs if start else 0,
            },
            "traceEvents": list(trace_events(self._timeline, self._epoch)),
        }
        text = json.dumps(details, separators=(",", ":"))
        if _is_special(self._file):
            self._file.write_text(text, encoding="utf-8")
            return
        self._temporary.write_text(text, encoding="utf-8")
        self._temporary.replace(self._file)


def _check(file: Path, temporary: Path) -> None:
    """Check that the trace can be written, before anything is built."""
    try:
        if file.is_dir():
            raise IsADirectoryError(0, "is a directory")
        if _is_special(file):
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch()
        temporary.unlink()
    except OSError as error:
        raise UsageError(
            f"cannot write the trace `{file}`: {error.strerror}",
            hint="give `--trace` a file in a writable directory",
        ) from error


def _is_special(file: Path) -> bool:
    """Whether it is a device or a pipe, which must not be replaced by a file."""
    return file.exists() and not file.is_file()


TraceEvent = dict[str, Any]

_PROCESS = 1
_PATH_TRACK = 1
_FIRST_SLOT_TRACK = 2
_MICRO = 1_000_000
_LEAST_WAIT = 0.1
# Names of colors that trace viewers support.
_COLORS = {"built": "good", "cached": "grey", "failed": "terrible", "cancelled": "bad"}
_CRITICAL_COLOR = "yellow"


@dataclass(slots=True)
class _Slot:
    """One slot: the events on its own track and those below.

    Attributes:
        lanes: when the last step on each track ends; the first is the track of the jobs.
    """

    jobs: list[TraceEvent] = field(default_factory=list)
    steps: list[tuple[int, TraceEvent]] = field(default_factory=list)
    lanes: list[float] = field(default_factory=lambda: [0.0])


def trace_events(timeline: Timeline, epoch: float) -> Iterator[TraceEvent]:
    """Every event of the trace.

    Args:
        timeline: the run, or its start if it was aborted.
        epoch: the time of the start of the run on the clock of the steps, in seconds.
    """
    if timeline.start:
        plan, executor = timeline.start.plan, timeline.start.executor
        yield _named("process_name", 0, f"msbuild {plan.workspace} ({executor})")
    critical = timeline.critical()
    yield from _track(_PATH_TRACK, "critical path")
    yield from _critical_path(timeline, critical)
    slots = _slots(timeline, set(critical), epoch)
    track = _FIRST_SLOT_TRACK
    for number, slot in sorted(slots.items()):
        yield from _track(track, f"slot {number}")
        for lane in range(1, len(slot.lanes)):
            yield from _track(track + lane, f"slot {number}, steps")
        for event in slot.jobs:
            yield {**event, "tid": track}
        for lane, event in slot.steps:
            yield {**event, "tid": track + lane}
        track += len(slot.lanes)


def _critical_path(timeline: Timeline, critical: tuple[str, ...]) -> Iterator[TraceEvent]:
    """Planning, then each job of the path, with the waits between them."""
    if timeline.start is None:
        return
    before = timeline.start.at
    yield _slice("plan", "plan", 0, before, {}) | {"tid": _PATH_TRACK}
    for job in critical:
        spans = [span for span in timeline.spans if span.job == job]
        began, ended = spans[0].began, timeline.until(spans[-1])
        if began - before >= _LEAST_WAIT:
            details = {"reason": f"{job} waits for a slot or for jobs that it needs"}
            yield _slice("wait", "wait", before, began, details) | {"tid": _PATH_TRACK}
        event = _slice(job, "critical", began, ended, {"outcome": spans[-1].outcome})
        yield event | {"tid": _PATH_TRACK, "cname": _CRITICAL_COLOR}
        before = ended


def _slots(timeline: Timeline, critical: set[str], epoch: float) -> dict[int, _Slot]:
    slots: dict[int, _Slot] = {}
    for span in timeline.spans:
        event = _job(span, timeline, critical=span.job in critical)
        for number in span.slots:
            slots.setdefault(number, _Slot()).jobs.append(event)
        first = slots[span.slots[0]]
        if isinstance(span.last, JobRetried):
            first.jobs.append(_again(span.last))
        _lay_steps(first, span, timeline, epoch)
    return slots


def _job(span: Span, timeline: Timeline, *, critical: bool) -> TraceEvent:
    details: dict[str, Any] = {
        "outcome": span.outcome,
        "attempt": span.attempt,
        "critical": critical,
    }
    planned = timeline.start.plan.jobs.get(span.job) if timeline.start else None
    if planned:
        details |= {"reason": planned.reason.text, "estimate": planned.estimate}
        details |= {"needs": sorted(planned.needs), "service": planned.is_service}
    if isinstance(span.last, JobFinished):
        error = span.last.error
        message = error.message if isinstance(error, MsbuildError) else error and str(error)
        details |= {"error": clean(message) if message else None, "log": span.last.log}
    color = _CRITICAL_COLOR if critical else _COLORS.get(span.outcome, "generic_work")
    kind = "job,critical" if critical else "job"
    return _slice(span.job, kind, span.began, timeline.until(span), details) | {"cname": color}


def _again(event: JobRetried) -> TraceEvent:
    details = {"reason": clean(event.reason), "delay": event.delay}
    name = f"retry of {event.job}"
    place = {"ph": "i", "s": "t", "ts": _micro(event.at), "pid": _PROCESS}
    return {"name": name, "cat": "retry", **place, "args": details}


def _lay_steps(slot: _Slot, span: Span, timeline: Timeline, epoch: float) -> None:
    """Place the steps of a job: within it, or else on the first free track below."""
    ended = timeline.until(span)
    slot.lanes = [span.began] * len(slot.lanes)
    timed = sorted(_placed(span, ended, epoch), key=lambda step: (step[0], -step[1]))
    for start, end, vertex in timed:
        lane = next((n for n, last in enumerate(slot.lanes) if last <= start), len(slot.lanes))
        if lane == len(slot.lanes):
            slot.lanes.append(0.0)
        slot.lanes[lane] = end
        slot.steps.append((lane, _step(span.job, start, end, vertex)))


def _placed(span: Span, ended: float, epoch: float) -> Iterator[tuple[float, float, Vertex]]:
    """Start and end of each step, clamped to those of its job: engines have their own clocks."""
    for vertex in span.steps:
        if vertex.started is None:
            continue
        start = min(max(vertex.started - epoch, span.began), ended)
        completed = ended if vertex.completed is None else vertex.completed - epoch
        yield start, min(max(completed, start), ended), vertex


def _step(job: str, start: float, end: float, vertex: Vertex) -> TraceEvent:
    details = {"job": job, "stage": vertex.stage, "cached": vertex.cached}
    details |= {"error": clean(vertex.error) or None} if vertex.error else {}
    kind = "step,cached" if vertex.cached else "step"
    return _slice(clean(vertex.name), kind, start, end, details)


def _slice(name: str, kind: str, began: float, ended: float, details: dict[str, Any]) -> TraceEvent:
    start = _micro(began)
    times = {"ph": "X", "ts": start, "dur": _micro(ended) - start, "pid": _PROCESS}
    return {"name": name, "cat": kind, **times, "args": details}


def _track(track: int, name: str) -> Iterator[TraceEvent]:
    yield _named("thread_name", track, name)
    order = {"ph": "M", "pid": _PROCESS, "tid": track, "args": {"sort_index": track}}
    yield {"name": "thread_sort_index", **order}


def _named(kind: str, track: int, name: str) -> TraceEvent:
    return {"name": kind, "ph": "M", "pid": _PROCESS, "tid": track, "args": {"name": name}}


def _micro(seconds: float) -> int:
    return round(seconds * _MICRO)
