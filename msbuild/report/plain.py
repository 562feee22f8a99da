"""Plain lines for logs, CI and pipes: all events, or only failures and the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.events import (
    Event,
    JobFinished,
    JobRetried,
    JobStarted,
    LogLine,
    Outcome,
    RunFinished,
    RunRecord,
    RunStarted,
    StepChanged,
)
from msbuild.report.summary import closing_line, failures, full_failure, summary
from msbuild.report.text import clean, counted, duration, one_line

if TYPE_CHECKING:
    from msbuild.report.text import Paint, Sink


STEP_STATES = {"begun": "", "cached": "  cached", "done": "  done", "failed": "  failed"}


class PlainReporter:
    """Reports a run line by line.

    Args:
        sink: where the lines go.
        paint: adds color or not.
        verbose: from 1 on, also reasons, steps and their output.
    """

    def __init__(self, sink: Sink, paint: Paint, *, verbose: int = 0) -> None:
        self._sink = sink
        self._paint = paint
        self._verbose = verbose
        self._record = RunRecord()
        self._width = 0

    def __call__(self, event: Event) -> None:
        """Report one event."""
        self._record.note(event)
        self._sink.lines(self._lines(event))

    def close(self) -> None:
        """Nothing is buffered."""

    def _lines(self, event: Event) -> list[str]:  # noqa: PLR0911 - one for each event
        match event:
            case RunStarted():
                return self._begin(event)
            case JobStarted():
                return [self._started(event)]
            case JobRetried():
                again = f"retrying in {event.delay:g} s: {one_line(event.reason)}"
                return [self._about(event.job, self._paint.yellow(again))]
            case StepChanged():
                return self._step(event) if self._verbose else []
            case LogLine():
                return [self._quoted(event.job, clean(event.text))] if self._verbose else []
            case JobFinished():
                return self._finished(event)
            case RunFinished():
                return summary(self._record, self._paint, failures_shown=True)

    def _begin(self, event: RunStarted) -> list[str]:
        jobs = event.plan.jobs
        if not jobs:
            return []  # the summary is enough
        self._width = max(map(len, jobs))
        services = sum(planned.is_service for planned in jobs.values())
        todo = f"{counted(services, 'service')} to build, {len(event.plan.cached)} up to date"
        how = f"{counted(event.jobs, 'job')} at a time on {event.executor}"
        return [f"{event.plan.workspace}: {todo}; {how}"]

    def _started(self, event: JobStarted) -> str:
        text = "started"
        if event.attempt > 1:
            text = f"restarted, attempt {event.attempt}"
        elif self._verbose and (plan := self._record.plan) and event.job in plan.jobs:
            text += f": {one_line(plan.jobs[event.job].reason.text)}"
        return self._about(event.job, text)

    def _step(self, event: StepChanged) -> list[str]:
        state = self._record.new_step(event)
        if state is None or not event.vertex.stage:
            return []
        text = one_line(event.vertex.name) + STEP_STATES[state]
        if event.vertex.error:
            text += f": {one_line(event.vertex.error)}"
        elif state == "done" and event.vertex.started and event.vertex.completed:
            text += f" in {duration(event.vertex.completed - event.vertex.started)}"
        return [self._quoted(event.job, self._paint.dim(text))]

    def _finished(self, event: JobFinished) -> list[str]:
        match event.outcome:
            case Outcome.FAILED:
                text = self._paint.red("failed") + f" after {duration(event.seconds)}"
                return [self._about(event.job, text), *full_failure([event], self._paint)[1:]]
            case Outcome.SKIPPED:
                why = f"skipped: {self._record.why_skipped(event)}"
                return [self._about(event.job, self._paint.yellow(why))]
            case Outcome.CANCELLED if not event.seconds:
                return []  # it never started: the summary lists it
            case Outcome.CANCELLED:
                text = self._paint.yellow("cancelled") + f" after {duration(event.seconds)}"
            case _:
                text = f"{self._paint.green(event.outcome)} in {duration(event.seconds)}"
        return [self._about(event.job, text)]

    def _about(self, job: str, text: str) -> str:
        name = job.ljust(self._width)
        painted = self._paint.bold(name) if self._record.is_service(job) else self._paint.dim(name)
        return f"{painted}  {text}"

    def _quoted(self, job: str, text: str) -> str:
        return f"{self._paint.dim(f'{job} |')} {text}".rstrip()


class QuietReporter:
    """Reports failures and the result, at the end.

    Args:
        sink: where the lines go.
        paint: adds color or not.
    """

    def __init__(self, sink: Sink, paint: Paint) -> None:
        self._sink = sink
        self._paint = paint
        self._record = RunRecord()

    def __call__(self, event: Event) -> None:
        """Report the last event."""
        self._record.note(event)
        if isinstance(event, RunFinished):
            for block in failures(self._record, self._paint, shown=False):
                self._sink.lines(block)
            self._sink.lines([closing_line(self._record, self._paint)])

    def close(self) -> None:
        """Nothing is buffered."""
