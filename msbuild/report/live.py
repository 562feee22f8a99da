"""The live view of a terminal: running jobs at the bottom, finished ones above. Needs rich."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

from msbuild.events import (
    Event,
    JobFinished,
    JobRetried,
    LogLine,
    Outcome,
    RunFinished,
    RunRecord,
    RunStarted,
    StepChanged,
)
from msbuild.report.summary import message, summary
from msbuild.report.text import Paint, Sink, clean, duration, one_line, rough
from msbuild.schedule.order import fill_gaps, lower_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import TextIO

    from rich.console import ConsoleOptions, RenderResult

    from msbuild.planning.planner import Plan


@dataclass(frozen=True, slots=True)
class Outlook:
    """The progress of a run.

    Attributes:
        share: the share of the work that is done, from 0 to 1.
        remaining: seconds until the end; ``None`` if no job has ever been measured.
    """

    share: float
    remaining: float | None


class Forecast:
    """Estimates the remaining time of a run.

    No schedule ends before its longest chain, nor before the slots together have done all the work:
    the larger of the two is a good estimate.

    Args:
        plan: the jobs with their estimates.
        slots: the number of slots.
    """

    def __init__(self, plan: Plan, slots: int) -> None:
        estimates = {name: planned.estimate for name, planned in plan.jobs.items()}
        self._known = any(estimate is not None for estimate in estimates.values())
        self._costs = fill_gaps(estimates)
        self._needs = {name: planned.needs for name, planned in plan.jobs.items()}
        self._cores = {name: planned.cores for name, planned in plan.jobs.items()}
        self._slots = slots

    def outlook(self, finished: Collection[str], elapsed: Mapping[str, float]) -> Outlook:
        """The progress of the run, given the finished jobs and the seconds of each running job."""
        left = {name: self._left(name, finished, elapsed) for name in self._costs}
        total = sum(self._costs.values())
        share = 1 - sum(left.values()) / total if total else 1.0
        if not self._known:
            return Outlook(share, None)
        return Outlook(share, lower_bound(self._needs, left, self._slots, self._cores))

    def _left(self, name: str, finished: Collection[str], elapsed: Mapping[str, float]) -> float:
        if name in finished:
            return 0.0
        return max(self._costs[name] - elapsed.get(name, 0.0), 0.0)


WIDEST_BAR = 40
NARROWEST_BAR = 6

KEYSTROKE = len("^C")

SPARE_LINES = 2
"""Lines that stay free for output above."""


@dataclass(frozen=True, slots=True)
class Running:
    """A running job as shown."""

    name: str
    seconds: float
    doing: str
    is_service: bool


@dataclass(frozen=True, slots=True)
class View:
    """The moving part of the live view at one moment; a renderable for rich.

    Every line is cut to the width and their number to the height of the terminal at that moment;
    output of tools is plain ``Text`` and never interpreted as markup.
    """

    running: Sequence[Running]
    done: int
    total: int
    outlook: Outlook
    stopping: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines that fit."""
        width = options.max_width - 1  # a full line makes some terminals wrap
        room = max(options.size.height - 1 - SPARE_LINES, 1)
        shown = list(self.running)
        if len(shown) > room:
            shown = shown[: room - 1]
        names = min(max((len(job.name) for job in shown), default=0), max(width // 3, 8))
        for job in shown:
            yield _cut(_row(job, names), width)
        if hidden := len(self.running) - len(shown):
            yield _cut(Text(f"… {hidden} more", style="dim"), width)
        width -= KEYSTROKE  # the terminal's echo of it would wrap the line
        yield _cut(self._bar(width), width)

    def _bar(self, width: int) -> Text:
        text = f"{self.done}/{self.total}"
        if self.stopping:
            text += "  stopping"
        elif self.outlook.remaining is not None:
            left = self.outlook.remaining
            text += f"  about {rough(left)} left" if left >= 1 else "  almost done"
        length = min(WIDEST_BAR, width - len(text) - 2)
        if length < NARROWEST_BAR:
            return Text(text)
        full = int(length * min(max(self.outlook.share, 0), 1))
        return Text.assemble(("━" * full, "green"), ("─" * (length - full), "dim"), "  ", text)


def _row(job: Running, names: int) -> Text:
    name = Text(job.name, style="bold" if job.is_service else "dim")
    name.truncate(names, overflow="ellipsis", pad=True)
    return Text.assemble(name, f"  {rough(job.seconds):>8}  ", (job.doing, "dim"))


def _cut(line: Text, width: int) -> Text:
    line.no_wrap = True
    line.truncate(width, overflow="ellipsis")
    return line


MARKS = {
    Outcome.BUILT: ("✓", "green"),
    Outcome.CACHED: ("✓", "dim"),
    Outcome.FAILED: ("✗", "red"),
    Outcome.SKIPPED: ("-", "yellow"),
    Outcome.CANCELLED: ("-", "yellow"),
}

FRAMES_PER_SECOND = 8


class LiveReporter:
    """Shows a run in progress, and a summary at the end.

    Rich draws from its own thread; a lock protects the data that it reads, and nothing is printed
    while that lock is held.

    Args:
        stream: a terminal that supports Unicode.
        color: whether to use color.
        verbose: from 1 on, the output of steps scrolls by, too.
        console: used instead of one for the stream.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        color: bool,
        verbose: int = 0,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console or _console(stream, color=color)
        self._sink = Sink(stream)
        self._paint = Paint(color=color)
        self._verbose = verbose
        self._clock = clock
        self._lock = threading.Lock()
        self._record = RunRecord()
        self._doing: dict[str, str] = {}
        self._forecast: Forecast | None = None
        self._offset = 0.0
        self._live: Live | None = None

    def __call__(self, event: Event) -> None:
        """Handle one event and print what stays on the screen."""
        with self._lock:
            self._record.note(event)
            self._watch(event)
        match event:
            case RunStarted() if event.plan.jobs:
                self._open()
            case JobFinished():
                self._print_outcome(event)
            case JobRetried():
                text = f"retrying in {event.delay:g} s: {one_line(event.reason)}"
                self._print(event.job, "~", text, "yellow")
            case LogLine() if self._verbose:
                self._line(Text.assemble((f"{event.job} | ", "dim"), clean(event.text)))
            case RunFinished():
                self.close()
                self._conclude()
            case _:
                pass

    def close(self) -> None:
        """Remove the moving part and restore the cursor."""
        if self._live is not None:
            live, self._live = self._live, None
            live.stop()

    def view(self) -> View:
        """The current view; called from rich's thread."""
        with self._lock:
            now = self._clock() - self._offset
            record = self._record
            is_service = record.is_service
            elapsed = {job: max(now - began, 0) for job, began in record.running.items()}
            return View(
                running=[
                    Running(job, seconds, one_line(self._doing.get(job, "")), is_service(job))
                    for job, seconds in elapsed.items()
                ],
                done=len(record.finished),
                total=len(record.plan.jobs) if record.plan else 0,
                outlook=self._outlook(elapsed),
                stopping=any(
                    event.outcome is Outcome.CANCELLED for event in record.finished.values()
                ),
            )

    def _watch(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._offset = self._clock() - event.at
                self._forecast = Forecast(event.plan, event.jobs)
            case StepChanged(vertex=vertex) if vertex.stage and vertex.completed is None:
                self._doing[event.job] = vertex.name
            case LogLine() if event.text.strip():
                self._doing[event.job] = event.text
            case _:
                pass

    def _outlook(self, elapsed: Mapping[str, float]) -> Outlook:
        if self._forecast is None:
            return Outlook(0, None)
        return self._forecast.outlook(self._record.finished, elapsed)

    def _open(self) -> None:
        self._live = Live(
            console=self._console,
            get_renderable=self.view,
            refresh_per_second=FRAMES_PER_SECOND,
            transient=True,
            vertical_overflow="crop",
        )
        self._live.start()

    def _print_outcome(self, event: JobFinished) -> None:
        taken = duration(event.seconds)
        match event.outcome:
            case Outcome.SKIPPED:
                text = f"skipped: {self._record.why_skipped(event)}"
            case Outcome.CANCELLED if not event.seconds:
                return  # it never started: the summary lists it
            case Outcome.FAILED:
                text = f"failed after {taken}: {one_line(message(event.error))}"
            case Outcome.CANCELLED:
                text = f"cancelled after {taken}"
            case _:
                text = f"{event.outcome} in {taken}"
        mark, style = MARKS[event.outcome]
        self._print(event.job, mark, text, style)

    def _print(self, job: str, mark: str, text: str, style: str) -> None:
        if self._live is not None:
            self._live.refresh()  # so that the view below the line is not older than the line
        name_style = "bold" if self._record.is_service(job) else "dim"
        name = Text(job.ljust(self._name_width()), style=name_style)
        self._line(Text.assemble((mark, style), " ", name, "  ", text))

    def _name_width(self) -> int:
        plan = self._record.plan
        longest = max(map(len, plan.jobs), default=0) if plan else 0
        return min(longest, self._console.width // 3)

    def _line(self, line: Text) -> None:
        self._console.print(line, no_wrap=True, overflow="ellipsis", crop=True)

    def _conclude(self) -> None:
        width = self._console.width
        lines = summary(self._record, self._paint, failures_shown=False, width=width)
        self._sink.lines(lines[:-1])
        # Only the last line is prose and may be wrapped; output of tools is left as it is.
        self._console.print(Text.from_ansi("".join(lines[-1:])))


def _console(stream: TextIO, *, color: bool) -> Console:
    if color:
        return Console(file=stream, highlight=False)
    return Console(file=stream, highlight=False, color_system=None)
