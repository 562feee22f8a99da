"""Creates and updates the build record at the end of a run."""

from __future__ import annotations

import os
from array import array
from dataclasses import dataclass
from pickle import PicklingError
from typing import TYPE_CHECKING, Any

from msbuild.errors import UnavailableError
from msbuild.planning.planner import IMAGE_EXISTS, fingerprint_tag
from msbuild.state.file_stat import ABSENT, UNPROVEN, StatCache
from msbuild.state.files import STATE_DIRECTORY, state_directory
from msbuild.uptodate import record_file, traces
from msbuild.uptodate.record_file import (
    WIDTH,
    BuildRecord,
    RecordedFiles,
    RecordedImage,
    environment,
    is_noise,
)
from msbuild.workspace.lockfile import read_lock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from msbuild.events import JobFinished
    from msbuild.execute.api import Executor
    from msbuild.execute.evidence import Evidence
    from msbuild.model import Workspace
    from msbuild.pipeline import Planned
    from msbuild.state.file_stat import FileStat
    from msbuild.uptodate.incremental import IncrementalLoad
    from msbuild.workspace.loading import Loaded


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """The end of a run in which every requested service was built or already up to date.

    Attributes:
        key: the request.
        executor: its executor.
        executor_note: the line about it that was printed; empty if there was none.
        built: how the job of each service that was built ended.
    """

    key: Mapping[str, Any]
    executor: Executor
    executor_note: str
    built: Mapping[str, JobFinished]


def record_run(planned: Planned, loaded: Loaded, run: FinishedRun) -> None:
    """Store the build record of a run after which all services are up to date.

    If that could not be checked quickly later, the old build record is removed instead.

    Args:
        planned: the plan of the run.
        loaded: the workspace, before the executor adapted its stages.
        run: how the run ended.
    """
    workspace, sources = loaded.workspace, loaded.sources
    certain = loaded.elsewhere.proven and sources.outside.proven
    evidence = _evidence(planned, run) if certain else None
    directory = _directory(workspace)
    if directory is None or evidence is None:
        record_file.forget(workspace.root / STATE_DIRECTORY)
        return
    root = f"{sources.root}/"
    build_record = BuildRecord(
        key=run.key,
        environment=environment(evidence.variables, os.environ),
        executor=run.executor.name,
        workspace=workspace.name,
        reason=(IMAGE_EXISTS.kind, IMAGE_EXISTS.text),
        executor_note=run.executor_note,
        services={name: _image_of(name, planned, run) for name in workspace.services},
        traces=_traces_of(loaded, directory),
        repositories=sources.tracked.answers,
        evidence=evidence,
        seen=(
            _seen(root, sources.stat_cache, follow=False),
            _seen("", sources.outside, follow=True),
            _seen("", loaded.elsewhere, follow=True),
            _files(evidence.files),
        ),
    )
    record_file.write(directory, build_record)


def update_record(change: IncrementalLoad, planned: Planned, run: FinishedRun) -> None:
    """Update the build record after a run with an incremental load.

    Args:
        change: the incremental load.
        planned: the plan of the run; its graph has only the affected services.
        run: how the run ended.
    """
    build_record = change.since.build_record
    images = {name: _image_of(name, planned, run) for name in change.services}
    new = None if _is_remote(planned) else run.executor.evidence(_tags_of(images, planned), {})
    directory = _directory(planned.loaded.workspace)
    if directory is None or new is None:
        record_file.forget(planned.loaded.workspace.root / STATE_DIRECTORY)
        return
    old = _tags_of({name: build_record.services[name] for name in images}, planned)
    tags = {tag: image for tag, image in build_record.evidence.tags.items() if tag not in old}
    sources, *others, files = build_record.seen
    known = dict(zip(files.paths, _stats(files), strict=True))
    stored = build_record.traces
    if change.changes or not change.traces.are_current(change.loaded.sources):
        stored = _updated_traces(change, directory)
    record_file.write(
        directory,
        build_record._replace(
            services={**build_record.services, **images},
            traces=stored,
            evidence=build_record.evidence._replace(tags={**tags, **new.tags}, layout_index=ABSENT),
            seen=(
                # others may have been edited since; then their old stats differ
                _seen_again(sources, change.loaded.sources.stat_cache, change.since.changed),
                *others,
                _files({**known, **new.files}),
            ),
        ),
    )


def _directory(workspace: Workspace) -> Path | None:
    """The state directory, or ``None``: a successful run does not fail because of it."""
    try:
        return state_directory(workspace.root)
    except UnavailableError:
        return None


def _is_remote(planned: Planned) -> bool:
    """Whether an image is only in the registry, so that checking it needs the network."""
    return any(service.image.remote for service in planned.plan.cached.values())


def _traces_of(loaded: Loaded, directory: Path) -> FileStat:
    """Store the traces of a full load; without them, the next one is full, too."""
    try:
        return traces.of_run(loaded).write(directory)
    except (TypeError, PicklingError):
        # an option of a plugin, for example, may be of any type
        return ABSENT


def _updated_traces(change: IncrementalLoad, directory: Path) -> FileStat:
    try:
        change.traces.update(change.loaded.sources, change.answers, change.changes)
        return ABSENT if change.traces.have_grown else change.traces.write(directory)
    except (TypeError, PicklingError):
        return ABSENT


def _image_of(service: str, planned: Planned, run: FinishedRun) -> RecordedImage:
    """The image of a service after a run."""
    fingerprint = planned.fingerprints[service].value
    repository = planned.loaded.workspace.repository(service)
    if cached := planned.plan.cached.get(service):
        image = cached.image
        return RecordedImage(fingerprint, image.id, image.size, cached.saved, repository)
    event = run.built[service]
    built = event.result
    if built is None:
        raise AssertionError(f"`{service}` was built without a result")
    return RecordedImage(fingerprint, built.image, built.size, event.seconds, repository)


def _tags_of(images: Mapping[str, RecordedImage], planned: Planned) -> dict[str, str]:
    """The image behind every tag of services."""
    workspace, plan = planned.loaded.workspace, planned.plan
    found: dict[str, str] = {}
    for name, image in images.items():
        tag = fingerprint_tag(workspace.repository(name), image.fingerprint)
        found.update(dict.fromkeys((tag, *plan.tags[name]), image.id))
    return found


def _evidence(planned: Planned, run: FinishedRun) -> Evidence | None:
    """The evidence that the images of all services exist."""
    workspace = planned.loaded.workspace
    if _is_remote(planned):
        return None
    images = {name: _image_of(name, planned, run) for name in workspace.services}
    tags = _tags_of(images, planned)
    locked = read_lock(workspace.root)
    bases = {name: pin for name, pin in planned.pins.items() if name not in locked}
    evidence = run.executor.evidence(tags, bases)
    if evidence is None or evidence.variables is None:
        # all relevant variables are compared; a config that uses an irrelevant one is always loaded
        return None if any(map(is_noise, planned.loaded.variables)) else evidence
    variables = {*evidence.variables, *planned.loaded.variables}
    return evidence._replace(variables=tuple(sorted(variables)))


def _seen(root: str, stat_cache: StatCache, *, follow: bool) -> RecordedFiles:
    paths = sorted(stat_cache.stats)
    stats = array("q", (number for path in paths for number in stat_cache.stats[path]))
    digests = ((place, stat_cache.content(path)) for place, path in enumerate(paths))
    contents = {place: digest for place, digest in digests if digest != UNPROVEN}
    inconclusive = frozenset(
        place for place, path in enumerate(paths) if path in stat_cache.inconclusive
    )
    return RecordedFiles(root, follow, tuple(paths), stats, contents, inconclusive)


def _seen_again(
    seen: RecordedFiles, stat_cache: StatCache, changed: Collection[str]
) -> RecordedFiles:
    """Recorded files without the changed ones, and with those that were read or listed again.

    Files that were read again but had not changed keep their first stat: they may have changed in
    between.
    """
    cache = StatCache()
    for place, (path, stat) in enumerate(zip(seen.paths, _stats(seen), strict=True)):
        was_read = stat_cache.stats.get(path, ABSENT) != ABSENT
        if path not in changed or not (was_read or not os.path.lexists(seen.root + path)):
            cache.stats[path] = stat
            if place in seen.inconclusive:
                cache.inconclusive.add(path)
            if place in seen.contents:
                cache.record_content(path, seen.contents[place])
    for path, stat in stat_cache.stats.items():
        if path not in cache.stats and stat != ABSENT:
            cache.stats[path] = stat
            if path in stat_cache.inconclusive:
                cache.inconclusive.add(path)
            cache.record_content(path, stat_cache.content(path))
    return _seen(seen.root, cache, follow=seen.follow)


def _stats(seen: RecordedFiles) -> Iterator[FileStat]:
    for place in range(len(seen.paths)):
        mtime, ctime, size, inode, mode = seen.stats[place * WIDTH : (place + 1) * WIDTH]
        yield mtime, ctime, size, inode, mode


def _files(stats: Mapping[str, FileStat]) -> RecordedFiles:
    numbers = array("q", (number for stat in stats.values() for number in stat))
    return RecordedFiles("", True, tuple(stats), numbers, {}, frozenset())
