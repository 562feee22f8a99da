"""What is said when all is over: a table of the services, the failures, one closing line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msbuild.errors import EXIT_INTERRUPTED, EXIT_OK
from msbuild.events import Outcome
from msbuild.report import failure
from msbuild.report.table import table
from msbuild.report.text import counted, duration, up_to_date

if TYPE_CHECKING:
    from msbuild.events import RunFinished
    from msbuild.planning.plan import Plan
    from msbuild.report.record import RunRecord
    from msbuild.report.sink import Paint

FEW = 3
"""As many failed jobs are named in the closing line; more are counted."""


def summary(
    record: RunRecord, paint: Paint, *, failures_told: bool, width: int | None = None
) -> list[str]:
    """The lines at the end of a run; a single one where there was nothing to do.

    Args:
        record: a run that has ended.
        paint: gives colour or none.
        failures_told: whether the failures have been told in full before.
        width: columns of the terminal, where there is one.
    """
    if record.plan is None or record.end is None:
        return []
    lines = closing_line(record, paint)
    if not record.plan.jobs:
        return [lines]
    blocks = [table(record, paint, width), *failures(record, paint, told=failures_told), [lines]]
    return [line for block in blocks if block for line in ("", *block)]


def failures(record: RunRecord, paint: Paint, *, told: bool) -> list[list[str]]:
    """The failures in blocks, each cause once: a line each if told before, else in full."""
    groups = failure.grouped(record.failures)
    if told:
        return [[failure.short(group, paint) for group in groups]]
    return [failure.full(group, paint) for group in groups]


def closing_line(record: RunRecord, paint: Paint) -> str:
    """How it went, how long it took, and what reuse saved."""
    plan, end = record.plan, record.end
    if plan is None or end is None:
        return ""
    if not plan.jobs and end.exit_code == EXIT_OK:
        return up_to_date(len(plan.cached), end.seconds)
    reuse = "" if end.exit_code == EXIT_INTERRUPTED else _reuse(record, plan)
    told = [part for part in (_counts(record), reuse) if part]
    return _verdict(end, paint) + "".join(
        f"{':' if place == 0 else ';'} {part}" for place, part in enumerate(told)
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
    told = [", ".join(names) if len(names) <= FEW else counted(len(names), "job")] if names else []
    told = [f"{names} failed" for names in told]
    counts = Counter(outcome for _, outcome in record.services())
    for outcome in (Outcome.SKIPPED, Outcome.CANCELLED, Outcome.BUILT):
        if counts[outcome]:
            told.append(f"{counted(counts[outcome], 'service')} {outcome}")
    return ", ".join(told)


def _reuse(record: RunRecord, plan: Plan) -> str:
    outcomes = [outcome for _, outcome in record.services()]
    reused = outcomes.count(Outcome.CACHED)
    if not reused:
        return ""
    seconds = sum(service.saved or 0 for service in plan.cached.values())
    saved = f", saved about {duration(seconds)}" if seconds >= 1 else ""
    return f"reused {reused} of {counted(len(outcomes), 'image')}{saved}"
