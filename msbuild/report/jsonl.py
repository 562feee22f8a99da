"""One JSON object per event and line, for programs; `docs/events.md` describes the fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, BuildError, MsbuildError
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
from msbuild.report import events_json
from msbuild.report.summary import message

if TYPE_CHECKING:
    from msbuild.planning.planner import CachedService, PlannedJob, Reason
    from msbuild.report.events_json import Fields
    from msbuild.report.text import Sink


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
        fields = self._fields(event)
        if fields is not None:
            self._sink.write(events_json.line(fields))

    def close(self) -> None:
        """Nothing is buffered."""

    def _fields(self, event: Event) -> Fields | None:  # noqa: PLR0911 - one per event
        match event:
            case RunStarted():
                return _run_started(event)
            case JobStarted(at=at, job=job, attempt=attempt):
                return {"event": "job_started", "at": at, "job": job, "attempt": attempt}
            case StepChanged():
                state = self._record.new_step(event)
                return _step(event, state) if state else None
            case LogLine(at=at, job=job, step=step, text=text):
                return {"event": "log", "at": at, "job": job, "step": step, "text": text}
            case JobRetried(at=at, job=job):
                again = {"reason": event.reason, "delay": event.delay}
                return {"event": "job_retried", "at": at, "job": job, **again}
            case JobFinished():
                return _job_finished(event)
            case RunFinished():
                return _result(event, self._record)


def failed_before_start(error: BaseException) -> str:
    """The ``result`` of a run that an error ended early."""
    if isinstance(error, MsbuildError):
        code = error.exit_code
    else:
        code = EXIT_INTERRUPTED if isinstance(error, KeyboardInterrupt) else EXIT_INTERNAL
    cause = error if isinstance(error, Exception) else MsbuildError("interrupted")
    return events_json.line(events_json.ending(0, 0, code, error=error_fields(cause)))


def _run_started(event: RunStarted) -> Fields:
    plan = event.plan
    return events_json.run_started(
        event.at,
        plan.workspace,
        event.executor,
        event.jobs,
        jobs={name: _planned(planned) for name, planned in plan.jobs.items()},
        cached={name: _cached_service(service) for name, service in plan.cached.items()},
    )


def _planned(planned: PlannedJob) -> Fields:
    return {
        "service": planned.is_service,
        "needs": sorted(planned.needs),
        "reason": _reason(planned.reason),
        "estimate": planned.estimate,
        "fingerprint": planned.fingerprint,
    }


def _cached_service(service: CachedService) -> Fields:
    image = service.image
    return events_json.cached_service(
        _reason(service.reason), image.id, image.size, service.fingerprint, service.saved
    )


def _reason(reason: Reason) -> Fields:
    return events_json.reason(reason.kind, reason.text)


def _step(event: StepChanged, state: str) -> Fields:
    """``step``: a step began or ended."""
    vertex = event.vertex
    timed = vertex.started is not None and vertex.completed is not None
    return {
        "event": "step",
        "at": event.at,
        "job": event.job,
        "stage": vertex.stage,
        "step": vertex.name,
        "state": state,
        "seconds": (vertex.completed or 0) - (vertex.started or 0) if timed else None,
        "error": vertex.error or None,
    }


def _job_finished(event: JobFinished) -> Fields:
    """``job_finished``: with the result of the job, or its error."""
    made = event.result
    return {
        "event": "job_finished",
        "at": event.at,
        "job": event.job,
        "outcome": event.outcome.value,
        "seconds": event.seconds,
        "image": (made.image or None) if made else None,
        "size": (made.size or None) if made else None,
        "context_bytes": made.context_bytes if made else None,
        "error": error_fields(event.error),
        "log": event.log,
        "because": event.because,
    }


def error_fields(cause: Exception | None) -> Fields | None:
    """The parts of an error that users see."""
    if cause is None:
        return None
    failure = cause if isinstance(cause, BuildError) else None
    return {
        "message": message(cause),
        "hint": cause.hint if isinstance(cause, MsbuildError) else None,
        "stage": failure.stage if failure else None,
        "step": failure.step if failure else None,
        "tail": list(failure.tail) if failure else [],
        "missing": [
            {"path": each.path, "reason": each.reason, "detail": each.detail or None}
            for each in (failure.missing if failure else ())
        ],
    }


def _result(event: RunFinished, record: RunRecord) -> Fields:
    """``result``: the outcome of every service, including those that were up to date."""
    services: dict[str, Fields] = {}
    stages: dict[str, Fields] = {}
    plan = record.plan
    if plan is not None:
        for name, planned in plan.jobs.items():
            target = services if planned.is_service else stages
            outcome, finished = event.outcomes.get(name), record.finished.get(name)
            target[name] = _job_result(planned, outcome, finished)
        for name, service in plan.cached.items():
            services[name] = _cached_result(service, event.outcomes.get(name))
        services = {
            name: events_json.with_image(
                fields, event.builder_sizes.get(name), plan.tags.get(name, ())
            )
            for name, fields in services.items()
        }
    return events_json.ending(
        event.at, event.seconds, event.exit_code, services=services, stages=stages
    )


def _job_result(planned: PlannedJob, outcome: Outcome | None, event: JobFinished | None) -> Fields:
    made = event.result if event else None
    return {
        "outcome": (outcome or Outcome.CANCELLED).value,
        "reason": _reason(planned.reason),
        "seconds": event.seconds if event else 0,
        "image": (made.image or None) if made else None,
        "size": (made.size or None) if made else None,
        "fingerprint": planned.fingerprint,
        "because": event.because if event else None,
        "error": error_fields(event.error) if event else None,
    }


def _cached_result(service: CachedService, outcome: Outcome | None) -> Fields:
    image, ended = service.image, outcome or Outcome.CACHED
    return events_json.cached_result(
        _reason(service.reason), image.id, image.size, service.fingerprint, ended.value
    )
