"""The incremental load: only the affected services, calling languages only if necessary."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msbuild.errors import ConfigError
from msbuild.execute.api import LABEL_FINGERPRINT, BuiltImage
from msbuild.graph.algorithms import reachable
from msbuild.graph.assemble import Assembly
from msbuild.graph.questions import SERVICE, SHARED, Questions
from msbuild.graph.stage_graph import ALWAYS_SHARED, StageGraph, references
from msbuild.planning.planner import IMAGE_EXISTS, CachedService
from msbuild.plugin.memo import RECALLED, Trace
from msbuild.sources.tree import SourceTree
from msbuild.uptodate import traces
from msbuild.workspace.loading import WORKSPACE, Loaded
from msbuild.workspace.lockfile import read_inputs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from msbuild.graph.questions import ServiceStages, SharedStages
    from msbuild.model import Service, Stage, Workspace
    from msbuild.plugin.memo import Key
    from msbuild.uptodate.fast_path import RecordedRun
    from msbuild.uptodate.record_file import RecordedImage
    from msbuild.uptodate.traces import Observation, Traces


@dataclass(frozen=True, slots=True)
class IncrementalLoad:
    """The workspace after an edit.

    Attributes:
        loaded: the workspace with only the stages of the affected services.
        services: the affected services.
        up_to_date: all other services.
        since: the last run, and the changes since.
        traces: the traces of the last run.
        changes: the observations that changed since.
        answers: the answers that were computed again.
    """

    loaded: Loaded
    services: tuple[str, ...]
    up_to_date: Mapping[str, CachedService]
    since: RecordedRun
    traces: Traces
    changes: frozenset[Observation] = frozenset()
    answers: Mapping[Observation, object] = field(default_factory=dict)


class _Full(Exception):
    """A full load is needed."""


def load_incrementally(directory: Path, found: RecordedRun) -> IncrementalLoad | None:
    """The workspace after an edit; ``None`` if it needs a full load.

    Args:
        directory: the state directory.
        found: the last run and the edited files.
    """
    try:
        stored = traces.read(directory, found.build_record.traces)
        return _load(stored, found)
    except (_Full, ConfigError, OSError, ValueError, KeyError, TypeError, AttributeError):
        # a full load reports the problem, or finds none
        return None
    except ImportError:
        return None


def _load(stored: Traces, found: RecordedRun) -> IncrementalLoad:
    workspace: Workspace = stored.answer(WORKSPACE)
    sources = SourceTree(workspace.source_root, Trace(count=stored.numbers))
    changes = stored.changes(found.changed, sources)
    if changes is None:
        raise _Full
    asked = _Asked(stored, workspace, sources)
    asked.again(stored.outdated(changes))
    affected = stored.services_on(asked.different | _copying(found.changed, stored, asked))
    graph = asked.graph(affected)
    _check_recorded(sources, found)
    services = {name: asked.service(name) for name in affected}
    warnings = [text for each in services.values() for text in each.warnings]
    jobs: dict[str, set[str]] = {}
    for name in graph:
        jobs.setdefault(stored.jobs[name], set()).add(name)
    loaded = Loaded(
        workspace=workspace,
        plugins={},
        sources=sources,
        assembly=Assembly(graph, {}, services, {}, tuple(dict.fromkeys(warnings))),
        jobs={name: frozenset(stages) for name, stages in jobs.items()},
    )
    images = found.build_record.services
    return IncrementalLoad(
        loaded,
        tuple(name for name in images if name in affected),
        {name: _cached(name, image) for name, image in images.items() if name not in affected},
        found,
        stored,
        frozenset(changes),
        asked.answers,
    )


def _copying(paths: Iterable[str], stored: Traces, asked: _Asked) -> set[str]:
    """The stages that copy edited files.

    Raises:
        _Full: a stage copies a file that is gone, and its language was not asked again.
    """
    found: set[str] = set()
    for path in paths:
        if path in stored.listed:
            continue
        names = set(stored.copying(path))
        if not os.path.lexists(asked.sources.root / path) and any(
            stored.owners[name] not in asked.answers for name in names
        ):
            raise _Full
        found |= names
    return found


def _check_recorded(sources: SourceTree, found: RecordedRun) -> None:
    """Check that nothing decides what is ignored but what the last run recorded.

    Raises:
        _Full: a new repository, for example, has settings of its own.
    """
    record = found.build_record
    _, outside, *_ = record.seen
    if not sources.outside.stats.keys() <= set(outside.paths):
        raise _Full
    if not sources.tracked.answers.keys() <= record.repositories.keys():
        raise _Full


def _cached(service: str, image: RecordedImage) -> CachedService:
    """A service whose image is known to exist."""
    labels = {LABEL_FINGERPRINT: image.fingerprint}
    built = BuiltImage(image.id, frozenset(), image.size, 0, labels)
    return CachedService(service, image.fingerprint, built, (), IMAGE_EXISTS, image.seconds)


class _Asked:
    """Stored answers, and those that were computed again.

    Args:
        stored: the traces of the last run.
        workspace: the workspace.
        sources: the source tree now.

    Attributes:
        answers: the answers that were computed again.
        different: the stages whose result may differ because of that.
    """

    def __init__(self, stored: Traces, workspace: Workspace, sources: SourceTree) -> None:
        self.answers: dict[Observation, Any] = {}
        self.different: set[str] = set()
        self._stored = stored
        self._known: dict[Observation, Any] = {}
        self.sources = sources
        self._workspace = workspace

    def service(self, name: str) -> ServiceStages:
        """The answer about a service."""
        answer: ServiceStages = self._answer(SERVICE, name)
        return answer

    def _shared(self, builder: str) -> SharedStages:
        answer: SharedStages = self._answer(SHARED, builder)
        return answer

    def _answer(self, *key: str) -> Any:
        if key in self.answers:
            return self.answers[key]
        if key not in self._known:
            self._known[key] = self._stored.answer(*key)
        return self._known[key]

    def again(self, outdated: set[Key]) -> None:
        """Ask outdated questions again, and those whose answers depend on the new answers.

        Raises:
            _Full: the workspace itself may have changed.
        """
        questions = {key for key in outdated if isinstance(key, tuple)}
        if (WORKSPACE,) in questions:
            raise _Full
        if not questions:
            return
        recalled = self._stored.answer(RECALLED)
        trace = self.sources.trace
        trace.recalled.update({q: a for q, a in recalled.items() if (RECALLED, q) not in outdated})
        with trace.question(WORKSPACE):
            self._ask(questions)

    def _ask(self, outdated: set[Observation]) -> None:
        builders = [name for kind, *names in outdated if kind == SHARED for name in names]
        services = {name for kind, *names in outdated if kind == SERVICE for name in names}
        questions = self._questions({*builders, *map(self._builder_of, services)})
        for name in builders:
            answer = questions.shared(self._workspace.builders[name])
            services |= self._readers(name, answer)
            self.answers[SHARED, name] = answer
        builds = {
            name: questions.build(name, self._shared(self._builder_of(name)))
            for name in sorted(services)
        }
        for name, build in builds.items():
            service = self._workspace.services[name]
            artifacts = self._artifacts(service)
            artifacts |= {each: other.stages[-1].name for each, other in builds.items()}
            shared = self._shared(service.builder)
            made = questions.service(name, build, shared, artifacts)
            self.answers[SERVICE, name] = made
            self.different |= {stage.name for stage in made.stages}

    def _readers(self, builder: str, answer: SharedStages) -> set[str]:
        """The services whose stages depend on changes of shared stages."""
        before: SharedStages = self._stored.answer(SHARED, builder)
        known = {stage.name: stage for stage in before.stages}
        different = {stage.name for stage in answer.stages if known.get(stage.name) != stage}
        self.different |= different & self._stored.deciding
        if before.returned == answer.returned:
            return set()
        readers = self._stored.users.get((SHARED, builder), ())
        return {key[1] for key in readers if isinstance(key, tuple)}

    def _artifacts(self, service: Service) -> dict[str, str]:
        """The stages with the artifacts of the services that a service depends on."""
        names = [each.name for each in service.depends_on if each.name in self._workspace.services]
        return {name: self._stored.answer(SERVICE, name).artifact_stage for name in names}

    def _questions(self, builders: set[str]) -> Questions:
        # most edits need no language
        from msbuild.plugin.manager import load_origins  # noqa: PLC0415

        workspace = self._workspace
        used = {workspace.builders[name].plugin for name in builders}
        plugins = load_origins(self._stored.origins[name] for name in sorted(used))
        languages = {name: plugin.language for name, plugin in plugins.items()}
        return Questions(workspace, languages, self.sources, read_inputs(workspace.root))

    def _builder_of(self, service: str) -> str:
        return self._workspace.services[service].builder

    def graph(self, services: Collection[str]) -> StageGraph:
        """The stages of services and all of their dependencies.

        Raises:
            _Full: the stages are not the same as in the last run.
        """
        stored = self._stored
        for key, answer in self.answers.items():
            self._take_shape(key, answer.stages)
        keys = {(SERVICE, name) for name in services}
        own = [name for name, owner in stored.owners.items() if owner in keys]
        needed = reachable(own, lambda name: stored.parents[name])
        stages = {
            stage.name: stage
            for key in {stored.owners[name] for name in needed}
            for stage in self._answer(*key).stages
        }
        return StageGraph((stages[name] for name in stored.parents if name in needed), ordered=True)

    def _take_shape(self, key: Observation, stages: tuple[Stage, ...]) -> None:
        """Record the parents of stages that were computed again.

        The division into jobs stays the same if only stages come and go that are always shared.
        """
        stored, places = self._stored, {name: n for n, name in enumerate(self._stored.parents)}
        if {stage.name for stage in stages} != {
            n for n, own in stored.owners.items() if own == key
        }:
            raise _Full
        for stage in stages:
            before, now = stored.parents[stage.name], references(stage)
            for parent in before.keys() ^ now.keys():
                kind, owner = stored.owners[parent]
                shared = self._answer(kind, owner).stages if kind == SHARED else ()
                always = {each.name for each in shared if each.kind in ALWAYS_SHARED}
                if parent not in always or places[parent] > places[stage.name]:
                    raise _Full
            stored.parents[stage.name] = now
            deciding = [parent for parent, decides in now.items() if decides and key[0] == SERVICE]
            stored.deciding.update(reachable(deciding, lambda name: stored.parents[name]))
