"""Says nothing until the end: then the failures, and one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.events import Event, RunFinished
from msbuild.report.record import RunRecord
from msbuild.report.summary import closing_line, failures

if TYPE_CHECKING:
    from msbuild.report.sink import Paint, Sink


class QuietReporter:
    """Tells what went wrong and how it ended.

    Args:
        sink: where the lines go.
        paint: gives colour or none.
    """

    def __init__(self, sink: Sink, paint: Paint) -> None:
        self._sink = sink
        self._paint = paint
        self._record = RunRecord()

    def __call__(self, event: Event) -> None:
        """Tell one event, if it is the last."""
        self._record.note(event)
        if isinstance(event, RunFinished):
            for block in failures(self._record, self._paint, told=False):
                self._sink.lines(block)
            self._sink.lines([closing_line(self._record, self._paint)])

    def close(self) -> None:
        """Nothing is held back."""
