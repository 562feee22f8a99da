"""The plan: what will be built, what is up to date, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.execute.api import BuiltImage, Job


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a job runs, or why it does not.

    Attributes:
        kind: ``new``, ``changed``, ``missing``, ``asked``, ``needed`` or ``up-to-date``.
        text: the reason for people, with the names of changed inputs.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A job that will run.

    Attributes:
        job: the job for the executor.
        needs: the names of the planned jobs that it waits for.
        reason: why it runs.
        estimate: the expected duration in seconds; ``None`` if unknown.
        fingerprint: of the job's target stage.
        is_service: whether it builds an image; otherwise it is a shared stage.
        cores: the number of slots that it takes.
    """

    job: Job
    needs: frozenset[str]
    reason: Reason
    estimate: float | None
    fingerprint: str
    is_service: bool
    cores: int = 1


@dataclass(frozen=True, slots=True)
class CachedService:
    """A service whose image is up to date.

    Attributes:
        retag: tags that should point to this image but do not yet, where it is.
        saved: how long its last build took, in seconds; ``None`` if unknown.
    """

    name: str
    fingerprint: str
    image: BuiltImage
    retag: tuple[str, ...]
    reason: Reason
    saved: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a run.

    Attributes:
        jobs: the jobs that will run, by name, parents before children.
        cached: the services that are up to date, by name.
        tags: the tags of each service's image, by service.
    """

    workspace: str
    jobs: Mapping[str, PlannedJob]
    cached: Mapping[str, CachedService]
    tags: Mapping[str, tuple[str, ...]]
