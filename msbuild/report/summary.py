"""The end of a run: a table of the services, the failures in full or in a line, a closing line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import EXIT_INTERRUPTED, EXIT_OK, BuildError, ConfigErrors, MsbuildError
from msbuild.events import Outcome
from msbuild.report.text import UNKNOWN, clean, counted, duration, one_line, size, up_to_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from msbuild.events import JobFinished, RunFinished, RunRecord
    from msbuild.planning.planner import Plan
    from msbuild.report.text import Paint

BUG_HINT = "this is a bug in msbuild or a plugin, not in your code; see the log"

Group = tuple["JobFinished", ...]


def grouped_failures(failures: Iterable[JobFinished]) -> list[Group]:
    """Failures grouped by cause: services that share a stage share its failure."""
    groups: dict[tuple[str, ...], list[JobFinished]] = {}
    for failure in failures:
        groups.setdefault(_cause(failure), []).append(failure)
    return [tuple(group) for group in groups.values()]


def full_failure(group: Sequence[JobFinished], paint: Paint) -> list[str]:
    """Everything known: stage, step, the last lines of output, error, log, hint."""
    first = group[0]
    error = first.error
    lines = [paint.red("failed: ") + paint.bold(_names(group))]
    if isinstance(error, BuildError):
        lines.append(f"  stage: {clean(error.stage)}")
        if error.step:
            lines.append(f"  step:  {one_line(error.step)}")
        # With the mark, output of a tool never starts a line: CI systems interpret some lines.
        lines += [f"  {paint.dim('|')} {clean(line)}" for line in error.tail]
    lines += _error_lines(error, paint)
    lines += [f"  log:   {shown_path(job.log)}" for job in group if job.log]
    if hint := _hint(error):
        lines.append(f"  hint:  {one_line(hint, 500)}")
    return lines


def short_failure(group: Sequence[JobFinished], paint: Paint) -> str:
    """One line: names, stage and step, error, log."""
    first = group[0]
    error = first.error
    place = ""
    if isinstance(error, BuildError):
        stage = "" if error.stage == _names(group) else clean(error.stage)
        place = "".join(f"{part}: " for part in (stage, one_line(error.step, 60)) if part)
    log = f" (log: {shown_path(first.log)})" if first.log else ""
    text = one_line(message(error))
    return paint.red("failed: ") + paint.bold(_names(group)) + f": {place}{text}{log}"


def message(error: Exception | None) -> str:
    """The message of an error."""
    if isinstance(error, ConfigErrors):
        return error.render()
    if isinstance(error, MsbuildError):
        return f"{error.at}: {error.message}" if error.at else error.message
    if error is None:
        return "no reason was given"
    return f"unexpected {type(error).__name__}: {error}"


def shown_path(path: str | None) -> str:
    """A path relative to the working directory, if it is inside."""
    if path is None:
        return ""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (OSError, ValueError):
        return path


def _error_lines(error: Exception | None, paint: Paint) -> list[str]:
    first, *rest = message(error).splitlines() or [""]
    more = [f"         {clean(line)}" for line in rest]
    return [f"  {paint.red('error:')} {clean(first)}", *more]


def _hint(error: Exception | None) -> str | None:
    if error is None or isinstance(error, MsbuildError):
        return error.hint if error else None
    return BUG_HINT


def _names(group: Sequence[JobFinished]) -> str:
    return ", ".join(failure.job for failure in group)


def _cause(failure: JobFinished) -> tuple[str, ...]:
    error = failure.error
    if isinstance(error, BuildError):
        # A stage is built in only one way, so its failing step is the same for every service.
        return ("stage", error.stage, error.step)
    if isinstance(error, MsbuildError):
        return ("error", error.render())
    return ("job", failure.job)


FEW = 3
"""The maximum number of failed jobs to name in the closing line; more are only counted."""


def summary(
    record: RunRecord, paint: Paint, *, failures_shown: bool, width: int | None = None
) -> list[str]:
    """The lines at the end of a run; a single one if there was nothing to do.

    Args:
        record: a finished run.
        paint: adds color or not.
        failures_shown: whether the failures have already been shown in full.
        width: the columns of the terminal, if there is one.
    """
    if record.plan is None or record.end is None:
        return []
    lines = closing_line(record, paint)
    if not record.plan.jobs:
        return [lines]
    blocks = [table(record, paint, width), *failures(record, paint, shown=failures_shown), [lines]]
    return [line for block in blocks if block for line in ("", *block)]


def failures(record: RunRecord, paint: Paint, *, shown: bool) -> list[list[str]]:
    """The failures in blocks, each cause once: one line each if already shown, else in full."""
    groups = grouped_failures(record.failures)
    if shown:
        return [[short_failure(group, paint) for group in groups]]
    return [full_failure(group, paint) for group in groups]


def closing_line(record: RunRecord, paint: Paint) -> str:
    """The result, the time it took, and what reuse saved."""
    plan, end = record.plan, record.end
    if plan is None or end is None:
        return ""
    if not plan.jobs and end.exit_code == EXIT_OK:
        return up_to_date(len(plan.cached), end.seconds)
    reuse = "" if end.exit_code == EXIT_INTERRUPTED else _reuse(record, plan)
    parts = [part for part in (_counts(record), reuse) if part]
    return _verdict(end, paint) + "".join(
        f"{':' if place == 0 else ';'} {part}" for place, part in enumerate(parts)
    )


def _verdict(end: RunFinished, paint: Paint) -> str:
    taken = duration(end.seconds)
    if end.exit_code == EXIT_OK:
        return f"{paint.green('done')} in {taken}"
    if end.exit_code == EXIT_INTERRUPTED:
        return f"{paint.yellow('interrupted')} after {taken}"
    return f"{paint.red('failed')} after {taken}"


def _counts(record: RunRecord) -> str:
    names = [job.job for job in record.failures]
    parts = [f"{', '.join(names) if len(names) <= FEW else counted(len(names), 'job')} failed"]
    parts = parts if names else []
    counts = Counter(outcome for _, outcome in record.services())
    for outcome in (Outcome.SKIPPED, Outcome.CANCELLED, Outcome.BUILT):
        if counts[outcome]:
            parts.append(f"{counted(counts[outcome], 'service')} {outcome}")
    return ", ".join(parts)


def _reuse(record: RunRecord, plan: Plan) -> str:
    outcomes = [outcome for _, outcome in record.services()]
    reused = outcomes.count(Outcome.CACHED)
    if not reused:
        return ""
    seconds = sum(service.saved or 0 for service in plan.cached.values())
    saved = f", saved about {duration(seconds)}" if seconds >= 1 else ""
    return f"reused {reused} of {counted(len(outcomes), 'image')}{saved}"


HEADER = ("service", "outcome", "time", "image", "builder")

MANY = 12
"""The maximum number of up-to-date or unstarted services to list; more are only counted."""

TOOK_PART = (Outcome.BUILT, Outcome.FAILED)
"""Outcomes of shared stages that get a line."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; a ``note`` replaces the cells after the name."""

    name: str
    outcome: Outcome
    cells: tuple[str, ...] = ()
    note: str = ""
    is_service: bool = True


def table(record: RunRecord, paint: Paint, width: int | None) -> list[str]:
    """The lines of the table, without columns that do not fit or are empty."""
    rows = [*_job_rows(record), *_cached_rows(record)]
    if not rows:
        return _uncounted(record, paint)
    columns = [HEADER, *((row.name, *row.cells) for row in rows if row.cells)]
    name_width = max(len(HEADER[0]), *(len(row.name) for row in rows))
    widths = [name_width, *(max(map(len, cells)) for cells in list(zip(*columns, strict=True))[1:])]
    shown = _columns_that_fit(rows, widths, width)
    lines = [paint.dim(_lay_out(HEADER, widths[:shown]).rstrip())]
    lines += [_line(row, widths[:shown], paint) for row in rows]
    return lines + _uncounted(record, paint)


def _job_rows(record: RunRecord) -> Iterator[Row]:
    jobs = record.plan.jobs if record.plan else {}
    list_unstarted = len(_unstarted(record)) <= MANY
    for name, planned in sorted(jobs.items(), key=lambda item: item[1].is_service):
        event = record.finished.get(name)
        if event is None or not (planned.is_service or event.outcome in TOOK_PART):
            continue
        if list_unstarted or not _never_started(event):
            yield _job_row(record, event, is_service=planned.is_service)


def _job_row(record: RunRecord, event: JobFinished, *, is_service: bool) -> Row:
    if event.outcome is Outcome.SKIPPED:
        note = f"skipped: {record.why_skipped(event)}"
        return Row(event.job, event.outcome, note=note, is_service=is_service)
    if _never_started(event):
        return Row(event.job, event.outcome, note="cancelled before it started")
    made = event.result
    cells = (
        event.outcome.value,
        duration(event.seconds),
        size(made.size if made else None),
        size(record.end.builder_sizes.get(event.job) if record.end else None),
    )
    return Row(event.job, event.outcome, cells, is_service=is_service)


def _cached_rows(record: RunRecord) -> Iterator[Row]:
    cached = record.plan.cached if record.plan else {}
    if len(cached) <= MANY:
        for name, service in cached.items():
            cells = (Outcome.CACHED.value, UNKNOWN, size(service.image.size), UNKNOWN)
            yield Row(name, Outcome.CACHED, cells)


def _never_started(event: JobFinished) -> bool:
    return event.outcome is Outcome.CANCELLED and not event.seconds


def _unstarted(record: RunRecord) -> list[str]:
    return [
        name
        for name, event in record.finished.items()
        if _never_started(event) and record.is_service(name)
    ]


def _uncounted(record: RunRecord, paint: Paint) -> list[str]:
    cached = len(record.plan.cached) if record.plan else 0
    unstarted = len(_unstarted(record))
    lines = [f"… and {cached} more, cached"] if cached > MANY else []
    lines += [f"… and {unstarted} more, cancelled before they started"] if unstarted > MANY else []
    return [paint.dim(line) for line in lines]


def _columns_that_fit(rows: Sequence[Row], widths: Sequence[int], width: int | None) -> int:
    builders_known = any(row.cells and row.cells[-1] != UNKNOWN for row in rows)
    shown = len(widths) if builders_known else len(widths) - 1
    while width is not None and shown > 2 and sum(widths[:shown]) + 2 * (shown - 1) > width:  # noqa: PLR2004 - name and outcome stay
        shown -= 1
    return shown


def _line(row: Row, widths: Sequence[int], paint: Paint) -> str:
    name = row.name.ljust(widths[0])
    name = paint.bold(name) if row.is_service else paint.dim(name)
    rest = row.note or _lay_out(("", *row.cells), (0, *widths[1:])).strip()
    return f"{name}  {_color(row.outcome, paint)(rest)}"


def _lay_out(cells: Sequence[str], widths: Sequence[int]) -> str:
    # Words are aligned left, numbers right.
    pairs = enumerate(zip(cells, widths, strict=False))
    return "  ".join(
        cell.ljust(width) if place <= 1 else cell.rjust(width) for place, (cell, width) in pairs
    )


def _color(outcome: Outcome, paint: Paint) -> Callable[[str], str]:
    if outcome is Outcome.BUILT:
        return str
    if outcome is Outcome.CACHED:
        return paint.dim
    return paint.red if outcome is Outcome.FAILED else paint.yellow
