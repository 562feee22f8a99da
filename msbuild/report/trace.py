"""Writes a run as a trace for Perfetto and `chrome://tracing`: slots, jobs, steps, critical path.

The format is Chrome's: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import UsageError
from msbuild.events import RunFinished, RunStarted
from msbuild.report.timeline import Timeline
from msbuild.report.tracks import trace_events

if TYPE_CHECKING:
    from collections.abc import Callable

    from msbuild.events import Event


class TraceReporter:
    """Writes the file when the run has ended, or when it breaks off: whole, or not at all.

    Args:
        file: where to; its directory is made.
        clock: seconds since the epoch, which the times of steps count from.

    Raises:
        UsageError: the file cannot be written.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        # a link stays a link: what it points to is written
        self._file = Path(os.path.realpath(file)) if file.is_file() else file
        self._clock = clock
        self._timeline = Timeline()
        self._epoch = 0.0
        self._written = False
        _check(file, self._temporary)

    def __call__(self, event: Event) -> None:
        """Take an event in; the last one writes."""
        if isinstance(event, RunStarted):
            self._epoch = self._clock() - event.at
        self._timeline.note(event)
        if isinstance(event, RunFinished):
            self._write()

    def close(self) -> None:
        """Write what is known of a run that did not come to its own end."""
        if not self._written:
            self._write()

    @property
    def _temporary(self) -> Path:
        return self._file.with_name(f".{self._file.name}.{os.getpid()}")

    def _write(self) -> None:
        self._written = True
        start = self._timeline.start
        told = {
            "displayTimeUnit": "ms",
            "otherData": {
                "workspace": start.plan.workspace if start else "",
                "executor": start.executor if start else "",
                "slots": start.jobs if start else 0,
            },
            "traceEvents": list(trace_events(self._timeline, self._epoch)),
        }
        text = json.dumps(told, separators=(",", ":"))
        if _is_special(self._file):
            self._file.write_text(text, encoding="utf-8")
            return
        self._temporary.write_text(text, encoding="utf-8")
        self._temporary.replace(self._file)


def _check(file: Path, temporary: Path) -> None:
    """See that the trace can be written, before anything is built."""
    try:
        if file.is_dir():
            raise IsADirectoryError(0, "it is a directory")
        if _is_special(file):
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch()
        temporary.unlink()
    except OSError as error:
        raise UsageError(
            f"cannot write the trace `{file}`: {error.strerror}",
            hint="name a file in a directory that is yours, after `--trace`",
        ) from error


def _is_special(file: Path) -> bool:
    """Whether it is a device or a pipe: nothing that another file may take the place of."""
    return file.exists() and not file.is_file()
