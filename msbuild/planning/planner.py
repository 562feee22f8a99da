"""The plan of a run: which jobs run, which services are up to date, and why. Changes nothing."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild.execute.api import (
    LABEL_FINGERPRINT,
    LABEL_SERVICE,
    LABEL_WORKSPACE,
    BuiltImage,
    Job,
)
from msbuild.graph.algorithms import reachable
from msbuild.graph.stage_graph import earlier_copies, inline_single_dependents, needs
from msbuild.model import ImageRef
from msbuild.planning.fingerprint import SHORT, service_changes
from msbuild.run_options import RunOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from msbuild.graph.stage_graph import StageGraph
    from msbuild.model import Workspace
    from msbuild.planning.fingerprint import Fingerprint
    from msbuild.planning.history import Record


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


IMAGE_EXISTS = Reason("up-to-date", "its image exists")
IN_REGISTRY = Reason("up-to-date", "its image is in the registry")
_MOST_CHANGES = 3
_MOST_USERS = 4


@dataclass(frozen=True, slots=True)
class Request:
    """The user's request.

    Attributes:
        services: the services, in the order of the config.
        options: the options of the run.
        cache_from: the repository with shared stages of other machines; empty for none.
        up_to_date: further services, which are known to be up to date.
    """

    services: tuple[str, ...]
    options: RunOptions = field(default_factory=RunOptions)
    cache_from: str = ""
    up_to_date: Mapping[str, CachedService] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the plan is based on.

    Attributes:
        jobs: the stages that each job builds.
        fingerprints: those of every needed stage.
        hash_of: returns the content hash of a source file of those stages.
        pins: the exact image behind each reference.
        images: the images that exist.
        records: the last build of each job.
        builds_parents: ``Executor.builds_parents``.
    """

    workspace: Workspace
    graph: StageGraph
    jobs: Mapping[str, frozenset[str]]
    fingerprints: Mapping[str, Fingerprint]
    hash_of: Callable[[str], str]
    pins: Mapping[str, str]
    images: Sequence[BuiltImage]
    records: Mapping[str, Record]
    builds_parents: bool


def make_plan(facts: Facts, request: Request) -> Plan:
    """The plan for a request.

    A service with an image of its fingerprint is up to date. All others are built, after the shared
    jobs that they need. A shared job that was built before, and that only one job waits for, is
    left to that job.
    """
    workspace = facts.workspace
    wanted = request.options.tags
    by_tag = {tag: image for image in facts.images for tag in image.tags}
    tags = {name: _tags(workspace.repository(name), wanted) for name in request.services}
    cached: dict[str, CachedService] = {}
    for name in request.services:
        fingerprint = facts.fingerprints[name]
        image = by_tag.get(fingerprint_tag(workspace.repository(name), fingerprint.value))
        if image and _is(image, fingerprint) and not request.options.no_cache:
            cached[name] = _cached(name, image, tags[name], facts.records)
    building = [name for name in request.services if name not in cached]
    jobs = _planned_jobs(building, tags, facts, request)
    for name, service in request.up_to_date.items():
        tags[name] = _tags(workspace.repository(name), wanted)
        cached[name] = service
    return Plan(workspace.name, jobs, cached, tags)


def fingerprint_tag(repository: str, fingerprint: str) -> str:
    """The tag with the fingerprint of an image."""
    return f"{repository}:fp-{fingerprint[:SHORT]}"


def _tags(repository: str, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{repository}:{name}" for name in names)


def _is(image: BuiltImage, fingerprint: Fingerprint) -> bool:
    """Whether an image really has a fingerprint: tags can be moved, labels cannot."""
    return image.labels.get(LABEL_FINGERPRINT) == fingerprint.value


def _cached(
    name: str, image: BuiltImage, tags: Sequence[str], records: Mapping[str, Record]
) -> CachedService:
    record = records.get(name)
    return CachedService(
        name=name,
        fingerprint=image.labels[LABEL_FINGERPRINT],
        image=image,
        retag=tuple(tag for tag in tags if tag not in image.tags),
        reason=IN_REGISTRY if image.remote else IMAGE_EXISTS,
        saved=record.seconds if record else None,
    )


def _planned_jobs(
    building: Sequence[str],
    tags: Mapping[str, tuple[str, ...]],
    facts: Facts,
    request: Request,
) -> Mapping[str, PlannedJob]:
    all_needs = needs(facts.graph, facts.jobs)
    users: dict[str, list[str]] = {}
    for service in building:
        for job in reachable((service,), all_needs.__getitem__):
            users.setdefault(job, []).append(service)
    durations = [record.seconds for job, record in facts.records.items() if job in users]
    typical = statistics.median(durations) if durations else None
    planned: dict[str, PlannedJob] = {}
    waiting = _waiting(users.keys(), all_needs, facts, request)
    for name, waits_for in waiting.items():
        record = facts.records.get(name)
        is_service = name in tags
        planned[name] = PlannedJob(
            job=_job(name, tags.get(name, ()), facts, request, alone=len(waiting) == 1),
            needs=waits_for,
            reason=_reason(name, facts, request) if is_service else _needed_by(users[name]),
            estimate=record.seconds if record else typical,
            fingerprint=facts.fingerprints[name].value,
            is_service=is_service,
            cores=max(facts.graph[stage].cores for stage in facts.jobs[name]),
        )
    return planned


def _waiting(
    names: Collection[str],
    all_needs: Mapping[str, frozenset[str]],
    facts: Facts,
    request: Request,
) -> Mapping[str, frozenset[str]]:
    """The jobs to run, parents first, and which of them each one waits for."""
    copies = earlier_copies(facts.graph, facts.jobs)
    waiting = {
        name: all_needs[name] | copies.get(name, frozenset()).intersection(names)
        for name in facts.graph
        if name in names
    }
    # shared stages can only be pushed from their own jobs
    pushed = request.options.cache_to is not None
    if request.options.no_cache or pushed or not facts.builds_parents:
        return waiting
    shared = waiting.keys() - {*request.services}
    return inline_single_dependents(waiting, {name for name in shared if _was_made(name, facts)})


def _was_made(name: str, facts: Facts) -> bool:
    record = facts.records.get(name)
    return record is not None and record.fingerprint == facts.fingerprints[name].value


def _job(name: str, tags: tuple[str, ...], facts: Facts, request: Request, *, alone: bool) -> Job:
    stages = facts.graph.with_ancestors(name)
    references = {stage.base.reference for stage in stages if isinstance(stage.base, ImageRef)}
    fingerprint = facts.fingerprints[name]
    labels = {}
    if tags:
        repository = facts.workspace.repository(name)
        tags = (fingerprint_tag(repository, fingerprint.value), *tags)
        labels = {
            LABEL_WORKSPACE: facts.workspace.name,
            LABEL_SERVICE: name,
            LABEL_FINGERPRINT: fingerprint.value,
        }
    return Job(
        name=name,
        stages=stages,
        own=facts.jobs[name],
        tags=tags,
        labels=labels,
        pins={reference: facts.pins[reference] for reference in references & set(facts.pins)},
        hashes={path: facts.hash_of(path) for stage in stages for path in stage.files},
        fingerprints={stage.name: facts.fingerprints[stage.name].value for stage in stages},
        no_cache=request.options.no_cache,
        cache_from="" if tags else _cache_from(name, facts, request),
        alone=alone,
    )


def cache_tag(repository: str, stage: str, fingerprint: str) -> str:
    """The tag of a shared stage that is exported for other machines."""
    return f"{repository}:{stage}-{fingerprint[:SHORT]}"


def _cache_from(name: str, facts: Facts, request: Request) -> str:
    """The tag to import a shared stage from, if this machine has not built it yet."""
    if _was_made(name, facts) or request.options.no_cache or not request.cache_from:
        return ""
    return cache_tag(request.cache_from, name, facts.fingerprints[name].value)


def _reason(name: str, facts: Facts, request: Request) -> Reason:
    record = facts.records.get(name)
    if request.options.no_cache:
        return Reason("asked", "`--no-cache`")
    if record is None:
        return Reason("new", "first build")
    if _was_made(name, facts):
        return Reason("missing", "its image no longer exists")
    now = {stage: facts.fingerprints[stage].inputs for stage in sorted(facts.jobs[name])}
    changes = [str(change) for change in service_changes(record.inputs, now)]
    return Reason("changed", _list(changes, _MOST_CHANGES) if changes else "its inputs changed")


def _needed_by(users: Sequence[str]) -> Reason:
    return Reason("needed", f"needed by {_list(users, _MOST_USERS)}")


def _list(phrases: Sequence[str], most: int) -> str:
    rest = len(phrases) - most
    return ", ".join(phrases[:most]) + (f" and {rest} more" if rest > 0 else "")
