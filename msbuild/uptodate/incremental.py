"""The incremental load: only the services that edited files belong to, from stored stages."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from msbuild.execute.api import LABEL_FINGERPRINT, BuiltImage
from msbuild.graph.assemble import Assembly
from msbuild.graph.stage_graph import StageGraph
from msbuild.model import Workspace
from msbuild.planning.plan import CachedService
from msbuild.planning.planner import IMAGE_EXISTS
from msbuild.sources.tree import SourceTree
from msbuild.uptodate.stage_store import StoredStages, unchanged
from msbuild.workspace.loading import Loaded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from msbuild.uptodate.fast_path import RecordedRun
    from msbuild.uptodate.record_file import RecordedImage
    from msbuild.uptodate.stage_store import StoredJob


@dataclass(frozen=True, slots=True)
class IncrementalLoad:
    """The workspace after an edit.

    Attributes:
        loaded: the workspace with only the stages of the edited services.
        services: the edited services.
        up_to_date: all other services.
    """

    loaded: Loaded
    services: tuple[str, ...]
    up_to_date: Mapping[str, CachedService]


def load_incrementally(directory: Path, found: RecordedRun) -> IncrementalLoad | None:
    """The workspace after an edit; ``None`` if it needs a full load.

    Args:
        directory: the state directory.
        found: the last run and the edited files.
    """
    about = found.build_record.workspace
    sources = SourceTree(directory.parent / about["source_root"])
    try:
        stored = StoredStages(directory, found.build_record.stages)
        if not all(unchanged(stored, path, sources) for path in found.changed):
            return None
        copying = {job.name: job for path in found.changed for job in stored.users(path)}
        users = {name: job for name, job in copying.items() if job.service}
        shared = [name for name, job in copying.items() if not job.service]
        if not all(_services_on(name, stored) <= users.keys() for name in shared):
            return None
        jobs = _with_needs(users.values(), stored)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError):
        return None
    workspace = Workspace(
        name=about["name"],
        file=directory.parent / about["file"],
        source_root=sources.root,
        registry=about["registry"],
        ca_bundle=about["ca_bundle"],
        plugins=(),
        builders={},
        stages={},
        services={},
    )
    ranked = sorted((each for job in jobs.values() for each in job.stages), key=itemgetter(0))
    graph = StageGraph((stage for _, stage in ranked), ordered=True)
    loaded = Loaded(
        workspace=workspace,
        plugins={},
        sources=sources,
        assembly=Assembly(graph, {name: name for name in users}, {}),
        jobs={name: frozenset(stage.name for _, stage in job.stages) for name, job in jobs.items()},
    )
    up_to_date = {
        name: _cached(name, image)
        for name, image in found.build_record.services.items()
        if name not in users
    }
    services = tuple(name for name in found.build_record.services if name in users)
    return IncrementalLoad(loaded, services, up_to_date)


def _cached(service: str, image: RecordedImage) -> CachedService:
    """A service whose image is known to exist."""
    labels = {LABEL_FINGERPRINT: image.fingerprint}
    built = BuiltImage(image.id, frozenset(), image.size, 0, labels)
    return CachedService(service, image.fingerprint, built, (), IMAGE_EXISTS, None)


def _services_on(shared: str, stored: StoredStages) -> set[str]:
    """The services that depend on a shared stage, directly or indirectly."""
    found: set[str] = set()
    waiting, seen = [shared], {shared}
    while waiting:
        for name, is_service in stored.children(waiting.pop()).items():
            if is_service:
                found.add(name)
            elif name not in seen:
                seen.add(name)
                waiting.append(name)
    return found


def _with_needs(jobs: Iterable[StoredJob], stored: StoredStages) -> Mapping[str, StoredJob]:
    found: dict[str, StoredJob] = {}
    waiting = list(jobs)
    while waiting:
        job = waiting.pop()
        if job.name not in found:
            found[job.name] = job
            waiting.extend(stored.job(name) for name in job.needs if name not in found)
    return found
