"""Assembles the stage graph: stages of languages, custom stages and runtime stages."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, ConfigErrors
from msbuild.graph.inputs import ignored_file_warnings, outdated_entries, stages_with_links
from msbuild.graph.questions import Build, Questions, ServiceStages, SharedStages, weighted
from msbuild.graph.stage_graph import StageGraph
from msbuild.model import Copy, Run, Stage, StageKind, StageRef
from msbuild.sources.globs import files_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from msbuild.model import Builder, CustomStage, Service, Workspace
    from msbuild.plugin.api import Inputs, Language
    from msbuild.sources.tree import SourceTree


@dataclasses.dataclass(frozen=True, slots=True)
class Assembly:
    """The stages of a workspace, or of some of its services.

    Attributes:
        graph: all stages.
        shared: the shared stages, by builder.
        services: the stages of each service, by service.
        inputs: the inputs of each service, by service; empty if languages were not called.
        warnings: warnings for the user.
    """

    graph: StageGraph
    shared: Mapping[str, SharedStages]
    services: Mapping[str, ServiceStages]
    inputs: Mapping[str, Inputs]
    warnings: tuple[str, ...] = ()


def assemble(
    workspace: Workspace,
    languages: Mapping[str, Language],
    sources: SourceTree,
    verified: Mapping[str, Sequence[str]] | None = None,
) -> Assembly:
    """All stages of a workspace, requested or not, so that the graph never depends on the request.

    Args:
        workspace: the workspace.
        languages: the languages by name.
        sources: the source tree.
        verified: paths that ``msbuild.lock`` lists as inputs, by service.

    Raises:
        ConfigError: a language rejects a service, or the stages do not fit together.
    """
    verified = verified or {}
    questions = Questions(workspace, languages, sources, verified)
    problems = _Problems()
    shared: dict[str, SharedStages] = {}
    for builder in workspace.builders.values():
        if any(each.builder == builder.name for each in _users(workspace)):
            with problems:
                shared[builder.name] = questions.shared(builder)
    builds: dict[str, Build] = {}
    for name, service in workspace.services.items():
        if service.builder in shared:
            with problems:
                builds[name] = questions.build(name, shared[service.builder])
    problems.raise_any()
    artifacts = {name: build.stages[-1].name for name, build in builds.items()}
    services: dict[str, ServiceStages] = {}
    for name, build in builds.items():
        with problems:
            services[name] = questions.service(
                name, build, shared[workspace.services[name].builder], artifacts
            )
    problems.raise_any()
    custom = [
        _custom_stage(stage, workspace.builders[stage.builder], shared, sources)
        for stage in workspace.stages.values()
    ]
    warnings = [text for each in services.values() for text in each.warnings]
    for stage in workspace.stages.values():
        warnings += ignored_file_warnings("input", stage.inputs, sources)
    warnings += [*outdated_entries(verified, workspace, sources), *sources.warnings]
    stages = [
        *(stage for each in shared.values() for stage in each.stages),
        *stages_with_links(custom, sources),
        *(stage for each in services.values() for stage in each.stages),
    ]
    return Assembly(
        StageGraph(stages),
        shared,
        services,
        {name: build.inputs for name, build in builds.items()},
        tuple(dict.fromkeys(warnings)),
    )


def _users(workspace: Workspace) -> Iterator[Service | CustomStage]:
    yield from workspace.services.values()
    yield from workspace.stages.values()


class _Problems:
    """Collects the problems of services, to raise them together."""

    def __init__(self) -> None:
        self._found: dict[str, ConfigError] = {}

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not isinstance(error, ConfigError):
            return False
        each = error.problems if isinstance(error, ConfigErrors) else (error,)
        self._found.update({problem.render(): problem for problem in each})
        return True

    def raise_any(self) -> None:
        """Raise the problems, if there are any."""
        problems = list(self._found.values())
        if problems:
            raise problems[0] if len(problems) == 1 else ConfigErrors(problems)


def _custom_stage(
    custom: CustomStage, builder: Builder, shared: Mapping[str, SharedStages], sources: SourceTree
) -> Stage:
    files = sorted({file for path in custom.inputs for file in files_of(path, sources)})
    runs = (Run(script, network=custom.network) for script in custom.run)
    stage = Stage(
        name=custom.name,
        kind=StageKind.CUSTOM,
        base=StageRef(shared[builder.name].stages[0].name),
        steps=(*((Copy(tuple(files)),) if files else ()), Run('mkdir -p "$OUT"'), *runs),
    )
    (stage,) = weighted([stage], custom.cores, builder.cores)
    return stage
