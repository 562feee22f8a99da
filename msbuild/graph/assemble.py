"""Assembles the stage graph: stages of languages, custom stages and runtime stages."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, ConfigErrors
from msbuild.graph.declared_inputs import (
    declared_inputs,
    ignored_file_warnings,
    missing_submodules,
    outdated_entries,
)
from msbuild.graph.linked_files import asset_steps, inputs_with_links, stages_with_links
from msbuild.graph.program_checks import check_programs
from msbuild.graph.stage_graph import StageGraph
from msbuild.model import (
    SCRATCH,
    AddUser,
    Certificates,
    Copy,
    CopyArtifact,
    ImageRef,
    Packages,
    Run,
    Stage,
    StageKind,
    StageRef,
    Step,
)
from msbuild.sources.globs import files_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from msbuild.model import CustomStage, Dependency, Service, Workspace
    from msbuild.plugin.api import Inputs, Language, ServiceBuild, TargetPlatform
    from msbuild.sources.tree import SourceTree


@dataclasses.dataclass(frozen=True, slots=True)
class Assembly:
    """The stages of a workspace.

    Attributes:
        runtime_stages: the name of each service's runtime stage, which is the service's name.
        inputs: the inputs of each service, by service.
        warnings: warnings for the user.
        targets: the platform that the config tells compilers to build for, by service, if any.
        absent: a submodule that is not checked out, by service that needs it in assets or inputs.
    """

    graph: StageGraph
    runtime_stages: Mapping[str, str]
    inputs: Mapping[str, Inputs]
    warnings: tuple[str, ...] = ()
    targets: Mapping[str, TargetPlatform] = dataclasses.field(default_factory=dict)
    absent: Mapping[str, str] = dataclasses.field(default_factory=dict)


def assemble(
    workspace: Workspace,
    languages: Mapping[str, Language],
    sources: SourceTree,
    verified: Mapping[str, Sequence[str]] | None = None,
) -> Assembly:
    """All stages of a workspace, requested or not, so that the graph never depends on the request.

    Args:
        workspace: what the config declares.
        languages: the languages by name.
        sources: the source tree.
        verified: paths that ``msbuild.lock`` lists as inputs, by service.

    Raises:
        ConfigError: a language rejects a service, or the stages do not fit together.
    """
    verified = verified or {}
    listed = {
        name: declared_inputs(
            each, workspace.builders[each.builder], verified.get(name, ()), sources
        )
        for name, each in workspace.services.items()
    }
    services = [
        dataclasses.replace(service, inputs=tuple(listed[service.name].files))
        for service in workspace.services.values()
    ]
    stages: list[Stage] = []
    shared: dict[str, Sequence[Stage]] = {}
    problems = _Problems()
    for builder in workspace.builders.values():
        users = tuple(s for s in services if s.builder == builder.name)
        if users or any(s.builder == builder.name for s in workspace.stages.values()):
            with problems:
                common = languages[builder.plugin].shared_stages(builder, users, sources)
                shared[builder.name] = common
                stages.extend(_weighted(common, builder.cores))
    inputs: dict[str, Inputs] = {}
    builds: dict[str, ServiceBuild] = {}
    for service in services:
        if service.builder not in shared:
            continue
        with problems:
            builder = workspace.builders[service.builder]
            language = languages[builder.plugin]
            found = listed[service.name].added_to(language.inputs(service, builder, sources))
            build = language.service_build(service, builder, found, shared[builder.name], sources)
            facts = {"plugin": f"{language.name} {language.version}", **found.facts}
            builds[service.name] = _with_facts(build, facts)
            inputs[service.name] = inputs_with_links(found, sources)
    problems.raise_any()
    for custom in workspace.stages.values():
        stage = _custom_stage(custom, shared[custom.builder][0].name, sources)
        stages.extend(_weighted([stage], custom.cores, workspace.builders[custom.builder].cores))
    for service in services:
        *earlier, last = builds[service.name].stages
        made = [*earlier, _with_dependencies(last, service, workspace, builds)]
        stages.extend(_weighted(made, service.cores, workspace.builders[service.builder].cores))
        toolchain = shared[service.builder][0].name
        stages.append(_runtime_stage(service, builds[service.name], toolchain, sources))
        with problems:
            check_programs(service, stages[-1], sources)
    problems.raise_any()
    warnings = [text for found in inputs.values() for text in found.warnings]
    for service in services:
        warnings += ignored_file_warnings(
            "asset", (asset.source for asset in service.assets), sources
        )
    for custom in workspace.stages.values():
        warnings += ignored_file_warnings("input", custom.inputs, sources)
    warnings += [*outdated_entries(verified, workspace, sources), *sources.warnings]
    linked = stages_with_links(stages, sources)
    return Assembly(
        StageGraph(linked),
        {name: name for name in workspace.services},
        inputs,
        tuple(dict.fromkeys(warnings)),
        {name: build.target for name, build in builds.items() if build.target},
        missing_submodules(services, sources),
    )


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


def _weighted(stages: Iterable[Stage], *cores: int | None) -> Iterator[Stage]:
    """The stages with the first number of cores that is given; toolchains do not compile."""
    given = next((number for number in cores if number is not None), None)
    for stage in stages:
        if given is None or stage.kind is StageKind.TOOLCHAIN:
            yield stage
        else:
            yield dataclasses.replace(stage, cores=given)


def _custom_stage(custom: CustomStage, toolchain: str, sources: SourceTree) -> Stage:
    files = sorted({file for path in custom.inputs for file in files_of(path, sources)})
    runs = (Run(script, network=custom.network) for script in custom.run)
    return Stage(
        name=custom.name,
        kind=StageKind.CUSTOM,
        base=StageRef(toolchain),
        steps=(*((Copy(tuple(files)),) if files else ()), Run('mkdir -p "$OUT"'), *runs),
    )


def _with_facts(build: ServiceBuild, facts: Mapping[str, str]) -> ServiceBuild:
    *earlier, last = build.stages
    merged = tuple(sorted({**dict(last.facts), **facts}.items()))
    return dataclasses.replace(build, stages=(*earlier, dataclasses.replace(last, facts=merged)))


def _with_dependencies(
    stage: Stage, service: Service, workspace: Workspace, builds: Mapping[str, ServiceBuild]
) -> Stage:
    """A build stage that copies the artifacts a service depends on before its first script."""
    copies = tuple(_artifact(each, workspace, builds) for each in service.depends_on)
    first = next(
        (i for i, step in enumerate(stage.steps) if isinstance(step, Run)), len(stage.steps)
    )
    return dataclasses.replace(stage, steps=(*stage.steps[:first], *copies, *stage.steps[first:]))


def _artifact(
    dependency: Dependency, workspace: Workspace, builds: Mapping[str, ServiceBuild]
) -> CopyArtifact:
    is_custom = dependency.name in workspace.stages
    stage = dependency.name if is_custom else builds[dependency.name].stages[-1].name
    return CopyArtifact(stage, dependency.source, dependency.destination)


def _runtime_stage(
    service: Service, build: ServiceBuild, toolchain: str, sources: SourceTree
) -> Stage:
    runtime = service.runtime
    if runtime.entrypoint is None:
        runtime = dataclasses.replace(runtime, entrypoint=(f"./{build.artifacts[0].name}",))
    return Stage(
        name=service.name,
        kind=StageKind.RUNTIME,
        base=ImageRef(runtime.base or SCRATCH),
        steps=tuple(_runtime_steps(service, build, toolchain, sources)),
        runtime=runtime,
    )


def _runtime_steps(
    service: Service, build: ServiceBuild, toolchain: str, sources: SourceTree
) -> Iterator[Step]:
    runtime = service.runtime
    if runtime.packages:
        yield Packages(runtime.packages)
    if runtime.user.name:
        yield AddUser(runtime.user, toolchain)
    if runtime.certificates:
        yield Certificates(toolchain)
    for asset in service.assets:
        yield from asset_steps(asset.source, asset.destination, sources)
    # the artifact is last, as it changes most often
    for artifact in build.artifacts:
        yield CopyArtifact(build.stages[-1].name, artifact.source, f"./{artifact.name}")
