"""Failures as text: in full with the output of the tool, or one line each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import BuildError, ConfigErrors, MsbuildError
from msbuild.report.text import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from msbuild.events import JobFinished
    from msbuild.report.sink import Paint

BUG_HINT = "this is a bug in msbuild or a plugin, not in your code; see the log"

Group = tuple["JobFinished", ...]


def grouped(failures: Iterable[JobFinished]) -> list[Group]:
    """Failures grouped by cause: services that share a stage share its failure."""
    groups: dict[tuple[str, ...], list[JobFinished]] = {}
    for failure in failures:
        groups.setdefault(_cause(failure), []).append(failure)
    return [tuple(group) for group in groups.values()]


def full(group: Sequence[JobFinished], paint: Paint) -> list[str]:
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


def short(group: Sequence[JobFinished], paint: Paint) -> str:
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
