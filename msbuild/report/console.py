"""Chooses the reporters for a run: by stream, environment and options."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, Protocol

from msbuild.events import RunStarted
from msbuild.report.text import Paint, Sink

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from msbuild.events import Event
    from msbuild.model import Workspace
    from msbuild.run_options import RunOptions


Mode = Literal["auto", "live", "plain", "json", "quiet"]


class Reporter(Protocol):
    """Listens to a run and reports it. It never raises and never changes anything."""

    def __call__(self, event: Event) -> None:
        """Report one event."""

    def close(self) -> None:
        """Restore the stream."""


def make_reporter(
    mode: Mode = "auto",
    verbose: int = 0,
    stream: TextIO | None = None,
    *,
    color: bool | None = None,
    environ: Mapping[str, str] | None = None,
) -> Reporter:
    """The reporter for a mode.

    Args:
        mode: ``auto`` is ``live`` on a terminal, else ``plain``.
        verbose: from 1 on, steps and their output are reported line by line.
        stream: where it writes; default: standard output.
        color: whether to use color; default: by stream and environment.
        environ: the environment; default: that of the process.
    """
    stream = sys.stdout if stream is None else stream
    environ = os.environ if environ is None else environ
    can_move = stream.isatty() and (stream.encoding or "").lower().startswith("utf")
    chosen = choose_mode(mode, verbose, environ, terminal=can_move)
    if color is None:
        color = choose_color(environ, terminal=stream.isatty())
    return Guard(_make(chosen, verbose, stream, color=color))


def run_reporter(options: RunOptions, workspace: Workspace, stream: TextIO) -> Reporter:
    """The reporters that the options of a run select.

    Raises:
        UsageError: the trace cannot be written.
    """
    mode: Mode = "json" if options.json else "quiet" if options.quiet else "auto"
    annotated = options.github_actions and not options.json
    reporter = with_ci(
        make_reporter(mode, options.verbose, stream),
        stream,
        junit=options.junit,
        prefix=os.path.relpath(workspace.source_root) if annotated else None,
    )
    return with_times(reporter, workspace.root, options.trace)


def with_ci(
    reporter: Reporter,
    stream: TextIO,
    *,
    junit: Path | None,
    prefix: str | None,
    environ: Mapping[str, str] | None = None,
) -> Reporter:
    """A reporter combined with those for CI systems.

    Args:
        reporter: the one for people or programs.
        stream: the standard output.
        junit: the JUnit file to write, if any.
        prefix: the path from the top of the repository to the source root, for annotations of
            GitHub Actions; ``None`` for no annotations.
        environ: the environment; default: that of the process.
    """
    environ = os.environ if environ is None else environ
    others: list[Reporter] = []
    if junit:
        from msbuild.report.ci import JUnitReporter  # noqa: PLC0415

        others.append(JUnitReporter(junit))
    if prefix is not None:
        from pathlib import Path  # noqa: PLC0415

        from msbuild.report.ci import GitHubReporter  # noqa: PLC0415

        summary = environ.get("GITHUB_STEP_SUMMARY")
        others.append(GitHubReporter(Sink(stream), Path(summary) if summary else None, prefix))
    return Several([reporter, *map(Guard, others)]) if others else reporter


def choose_mode(mode: Mode, verbose: int, environ: Mapping[str, str], *, terminal: bool) -> Mode:
    """The mode for ``auto``; ``live`` always needs a terminal with Unicode."""
    can_move = terminal and environ.get("TERM") != "dumb"
    if mode == "live":
        return "live" if can_move else "plain"
    if mode != "auto":
        return mode
    in_ci = environ.get("CI", "").lower() not in ("", "0", "false")
    return "live" if can_move and not in_ci and not verbose else "plain"


def choose_color(environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether to use color: see no-color.org and bixense.com/clicolors."""
    if environ.get("NO_COLOR"):
        return False
    for name in ("CLICOLOR_FORCE", "FORCE_COLOR"):
        if environ.get(name, "0") not in ("", "0"):
            return True
    return terminal and environ.get("TERM") != "dumb" and environ.get("CLICOLOR") != "0"


def _make(mode: Mode, verbose: int, stream: TextIO, *, color: bool) -> Reporter:
    # Each mode imports only its own module.
    if mode == "json":
        from msbuild.report.jsonl import JsonReporter  # noqa: PLC0415

        return JsonReporter(Sink(stream))
    if mode == "quiet":
        from msbuild.report.plain import QuietReporter  # noqa: PLC0415

        return QuietReporter(Sink(stream), Paint(color=color))
    if mode == "live":
        return _LiveIfNeeded(stream, color=color, verbose=verbose)
    from msbuild.report.plain import PlainReporter  # noqa: PLC0415

    return PlainReporter(Sink(stream), Paint(color=color), verbose=verbose)


class _LiveIfNeeded:
    """The live view if there are jobs; importing rich takes longer than a run without jobs.

    Args:
        stream: a terminal.
        color: whether to use color.
        verbose: as for ``make_reporter``.
    """

    def __init__(self, stream: TextIO, *, color: bool, verbose: int) -> None:
        self._stream = stream
        self._color = color
        self._verbose = verbose
        self._reporter = _make("plain", verbose, stream, color=color)

    def __call__(self, event: Event) -> None:
        """Pass an event on; the first one decides."""
        if isinstance(event, RunStarted) and event.plan.jobs:
            from msbuild.report.live import LiveReporter  # noqa: PLC0415

            self._reporter = LiveReporter(self._stream, color=self._color, verbose=self._verbose)
        self._reporter(event)

    def close(self) -> None:
        """Close the reporter."""
        self._reporter.close()


class Several:
    """Passes every event to several reporters."""

    def __init__(self, reporters: Sequence[Reporter]) -> None:
        self._reporters = reporters

    def __call__(self, event: Event) -> None:
        """Pass an event on."""
        for reporter in self._reporters:
            reporter(event)

    def close(self) -> None:
        """Close them all."""
        for reporter in self._reporters:
            reporter.close()


class Guard:
    """Keeps errors of a reporter away from the run: warns once, then drops it.

    Args:
        reporter: the guarded reporter.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._broken = False

    def __call__(self, event: Event) -> None:
        """Pass an event on."""
        if self._broken:
            return
        try:
            self._reporter(event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the build continues
            self._give_up(error)

    def close(self) -> None:
        """Close the reporter."""
        try:
            self._reporter.close()
        except Exception as error:  # noqa: BLE001 - as above
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        if not self._broken:
            self._broken = True
            cause = f"{type(error).__name__}: {error}"
            with suppress(Exception):  # this stream may be broken, too
                Sink(sys.stderr).lines([f"warning: cannot continue to report this run: {cause}"])


def with_times(reporter: Reporter, root: Path, trace: Path | None) -> Reporter:
    """A reporter combined with those that record times: for `msbuild timing`, and as a trace.

    Args:
        reporter: the one for people or programs.
        root: the directory of the workspace.
        trace: the trace file to write, if any.

    Raises:
        UsageError: the trace cannot be written.
    """
    others: list[Reporter] = [LastRunIfAny(root)]
    if trace:
        from msbuild.report.trace import TraceReporter  # noqa: PLC0415

        others.append(TraceReporter(trace))
    return Several([reporter, *map(Guard, others)])


class LastRunIfAny:
    """Stores the times of a run with jobs; a run without jobs imports nothing for it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._reporter: Reporter | None = None

    def __call__(self, event: Event) -> None:
        """Pass an event on; the first one decides."""
        if isinstance(event, RunStarted) and event.plan.jobs:
            from msbuild.report.lastrun import LastRunReporter, file_of  # noqa: PLC0415

            self._reporter = LastRunReporter(file_of(self._root))
        if self._reporter:
            self._reporter(event)

    def close(self) -> None:
        """Nothing to close."""
