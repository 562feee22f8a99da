"""Joins a reporter with those that keep times: for `msbuild timing`, and as a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.events import RunStarted
from msbuild.report.console import Guard, Several

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.events import Event
    from msbuild.report.console import Reporter


def with_times(reporter: Reporter, root: Path, trace: Path | None) -> Reporter:
    """A reporter joined by those that keep times.

    Args:
        reporter: the one for people or programs.
        root: the directory of the workspace.
        trace: the trace to write, if one is wanted.

    Raises:
        UsageError: the trace cannot be written.
    """
    others: list[Reporter] = [LastRunIfAny(root)]
    if trace:
        from msbuild.report.trace import TraceReporter  # noqa: PLC0415

        others.append(TraceReporter(trace))
    return Several([reporter, *map(Guard, others)])


class LastRunIfAny:
    """Keeps the times of a run that has jobs; one with nothing to build loads nothing for it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._reporter: Reporter | None = None

    def __call__(self, event: Event) -> None:
        """Pass an event on; the first one shows what will come."""
        if isinstance(event, RunStarted) and event.plan.jobs:
            from msbuild.report.lastrun import LastRunReporter, file_of  # noqa: PLC0415

            self._reporter = LastRunReporter(file_of(self._root))
        if self._reporter:
            self._reporter(event)

    def close(self) -> None:
        """Nothing to let go of."""
