"""The fields of every event and of the result, as `docs/events.md` describes them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msbuild.errors import BuildError, MsbuildError
from msbuild.events import JobFinished, Outcome, RunFinished, RunStarted, StepChanged
from msbuild.report.failure import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.planning.plan import CachedService, PlannedJob, Reason
    from msbuild.report.record import RunRecord

Fields = dict[str, Any]


def run_started(event: RunStarted) -> Fields:
    """``run_started``: the whole plan."""
    plan = event.plan
    return {
        "event": "run_started",
        "at": event.at,
        "workspace": plan.workspace,
        "executor": event.executor,
        "slots": event.jobs,
        "jobs": {name: _planned(planned) for name, planned in plan.jobs.items()},
        "cached": {name: _standing(service) for name, service in plan.cached.items()},
    }


def _planned(planned: PlannedJob) -> Fields:
    return {
        "service": planned.is_service,
        "needs": sorted(planned.needs),
        "reason": _reason(planned.reason),
        "estimate": planned.estimate,
        "fingerprint": planned.fingerprint,
    }


def _standing(service: CachedService) -> Fields:
    return {
        "reason": _reason(service.reason),
        "image": service.image.id,
        "size": service.image.size,
        "fingerprint": service.fingerprint,
        "saved": service.saved,
    }


def _reason(reason: Reason) -> Fields:
    return {"kind": reason.kind, "text": reason.text}


def step(event: StepChanged, state: str) -> Fields:
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


def job_finished(event: JobFinished) -> Fields:
    """``job_finished``: with what the job made, or why it made nothing."""
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
        "error": error(event.error),
        "log": event.log,
        "because": event.because,
    }


def error(cause: Exception | None) -> Fields | None:
    """What a user is told of an error, in parts."""
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


def result(event: RunFinished, record: RunRecord) -> Fields:
    """``result``: how everything ended, what stood already included."""
    services: dict[str, Fields] = {}
    stages: dict[str, Fields] = {}
    plan = record.plan
    if plan is not None:
        for name, planned in plan.jobs.items():
            told = _job_result(planned, event.outcomes.get(name), record.finished.get(name))
            (services if planned.is_service else stages)[name] = told
        for name, service in plan.cached.items():
            services[name] = _cached_result(service, event.outcomes.get(name))
        for name, told in services.items():
            told["builder_size"] = event.builder_sizes.get(name)
            told["tags"] = list(plan.tags.get(name, ()))
    return ending(event.at, event.seconds, event.exit_code, services=services, stages=stages)


def ending(  # noqa: PLR0913 - the fields of the event
    at: float,
    seconds: float,
    exit_code: int,
    *,
    services: Mapping[str, Fields] | None = None,
    stages: Mapping[str, Fields] | None = None,
    error: Fields | None = None,
) -> Fields:
    """``result`` from its parts."""
    return {
        "event": "result",
        "at": at,
        "exit_code": exit_code,
        "seconds": seconds,
        "services": services or {},
        "stages": stages or {},
        "error": error,
    }


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
        "error": error(event.error) if event else None,
    }


def _cached_result(service: CachedService, outcome: Outcome | None) -> Fields:
    return {
        "outcome": (outcome or Outcome.CACHED).value,
        "reason": _reason(service.reason),
        "seconds": 0,
        "image": service.image.id,
        "size": service.image.size,
        "fingerprint": service.fingerprint,
        "because": None,
        "error": None,
    }
