"""The plan: what will be built, what stands already, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.execute.api import BuiltImage, Job


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a job is in the plan, or why it is not.

    Attributes:
        kind: ``new``, ``changed``, ``missing``, ``asked``, ``needed`` or ``up-to-date``.
        text: the same for people, with the names of what changed.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A job that will run.

    Attributes:
        job: what the executor is asked to do.
        needs: the names of the planned jobs that have to be done before.
        reason: why it runs.
        estimate: how long it took last time, in seconds; ``None`` where it never ran.
        fingerprint: of the job's target stage.
        is_service: whether it makes an image; else it is a shared stage.
        cores: how many slots it takes while it runs.
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
    """A service whose image stands already.

    Attributes:
        retag: names that should mean this image and do not yet, where it is.
        saved: how long building it took, in seconds; ``None`` where nobody measured.
    """

    name: str
    fingerprint: str
    image: BuiltImage
    retag: tuple[str, ...]
    reason: Reason
    saved: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it.

    Attributes:
        jobs: what will run, by name, parents before children.
        cached: the services that need nothing, by name.
        tags: what the image of every service is called, by service.
    """

    workspace: str
    jobs: Mapping[str, PlannedJob]
    cached: Mapping[str, CachedService]
    tags: Mapping[str, tuple[str, ...]]
