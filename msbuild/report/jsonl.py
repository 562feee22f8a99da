"""One JSON object per line and event, for programs; `docs/events.md` describes them all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msbuild.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, MsbuildError
from msbuild.events import (
    Event,
    JobFinished,
    JobRetried,
    JobStarted,
    LogLine,
    RunFinished,
    RunStarted,
    StepChanged,
)
from msbuild.report import fields
from msbuild.report.record import RunRecord

if TYPE_CHECKING:
    from msbuild.report.sink import Sink


class JsonReporter:
    """Writes every event as a line of JSON; the last one is the ``result``.

    Args:
        sink: where the lines go.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._record = RunRecord()

    def __call__(self, event: Event) -> None:
        """Write one event."""
        self._record.note(event)
        told = self._told(event)
        if told is not None:
            self._sink.write(_line(told))

    def close(self) -> None:
        """Nothing is held back."""

    def _told(  # noqa: PLR0911 - one for each event
        self, event: Event
    ) -> fields.Fields | None:
        match event:
            case RunStarted():
                return fields.run_started(event)
            case JobStarted(at=at, job=job, attempt=attempt):
                return {"event": "job_started", "at": at, "job": job, "attempt": attempt}
            case StepChanged():
                state = self._record.new_step(event)
                return fields.step(event, state) if state else None
            case LogLine(at=at, job=job, step=step, text=text):
                return {"event": "log", "at": at, "job": job, "step": step, "text": text}
            case JobRetried(at=at, job=job):
                again = {"reason": event.reason, "delay": event.delay}
                return {"event": "job_retried", "at": at, "job": job, **again}
            case JobFinished():
                return fields.job_finished(event)
            case RunFinished():
                return fields.result(event, self._record)


def failed_before_start(error: BaseException) -> str:
    """The line for a run that an error kept from coming to its own end."""
    if isinstance(error, MsbuildError):
        code = error.exit_code
    else:
        code = EXIT_INTERRUPTED if isinstance(error, KeyboardInterrupt) else EXIT_INTERNAL
    told = error if isinstance(error, Exception) else MsbuildError("interrupted")
    return _line(fields.ending(0, 0, code, error=fields.error(told)))


def _line(told: fields.Fields) -> str:
    # ASCII alone: no stream fails to encode it, and no terminal obeys what is in it.
    return json.dumps(_tidy(told), ensure_ascii=True, separators=(",", ":")) + "\n"


def _tidy(value: Any) -> Any:
    """The same with times to the millisecond."""
    if isinstance(value, dict):
        return {key: _tidy(inner) for key, inner in value.items()}
    return round(value, 3) if isinstance(value, float) else value
