"""Calls languages for stages, once for each builder and service, and traces the results."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msbuild.graph.answer_checks import (
    Call,
    build_problems,
    inputs_problems,
    shared_problems,
)
from msbuild.graph.inputs import (
    asset_steps,
    declared_inputs,
    ignored_file_warnings,
    inputs_with_links,
    missing_submodule,
    stages_with_links,
)
from msbuild.graph.program_checks import check_programs
from msbuild.model import (
    SCRATCH,
    AddUser,
    Certificates,
    CopyArtifact,
    ImageRef,
    Packages,
    Run,
    Stage,
    StageKind,
    Step,
)
from msbuild.plugin.memo import note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild.graph.inputs import DeclaredInputs
    from msbuild.model import Builder, Service, Workspace
    from msbuild.plugin.api import Inputs, Language, ServiceBuild, TargetPlatform
    from msbuild.sources.tree import SourceTree

SHARED = "shared"
SERVICE = "service"
"""Questions in traces: the shared stages of a builder, and the stages of a service."""


@dataclasses.dataclass(frozen=True, slots=True)
class SharedStages:
    """The stages that the services of a builder share.

    Attributes:
        stages: the stages, parents first.
        returned: the stages as the language returned them, without the targets of links.
    """

    stages: tuple[Stage, ...]
    returned: tuple[Stage, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class ServiceStages:
    """The stages of one service.

    Attributes:
        stages: its own stages, parents first; the last one is its runtime stage.
        warnings: warnings for the user.
        target: the platform that the config tells compilers to build for, if any.
        absent: a submodule in its assets or inputs that is not checked out; else empty.
    """

    stages: tuple[Stage, ...]
    warnings: tuple[str, ...] = ()
    target: TargetPlatform | None = None
    absent: str = ""

    @property
    def artifact_stage(self) -> str:
        """The name of the stage with its artifacts."""
        return self.stages[-2].name


@dataclasses.dataclass(frozen=True, slots=True)
class Build:
    """The result of a language for a service.

    Attributes:
        stages: the stages that make its artifacts; the last one has the artifacts.
    """

    stages: tuple[Stage, ...]
    returned: ServiceBuild
    inputs: Inputs


class Questions:
    """Calls languages for builders and services, and traces the dependencies of their answers.

    Args:
        workspace: the workspace.
        languages: the languages by name.
        sources: the source tree.
        verified: paths that ``msbuild.lock`` lists as inputs, by service.
    """

    def __init__(
        self,
        workspace: Workspace,
        languages: Mapping[str, Language],
        sources: SourceTree,
        verified: Mapping[str, Sequence[str]],
    ) -> None:
        self._workspace = workspace
        self._languages = languages
        self._sources = sources
        self._verified = verified
        self._listed: dict[str, tuple[int, DeclaredInputs, Service]] = {}

    def shared(self, builder: Builder) -> SharedStages:
        """The stages that all services of a builder share."""
        names = [s.name for s in self._workspace.services.values() if s.builder == builder.name]
        language = self._languages[builder.plugin]
        with self._sources.trace.question(SHARED, builder.name):
            users = tuple(self._with_inputs(name)[0] for name in names)
            call = Call(language, "shared_stages", f"builder `{builder.name}`", builder.at)
            with call.blaming():
                found = language.shared_stages(builder, users, self._sources)
            call.check(shared_problems(found, self._sources))
            returned = tuple(found)
            stages = stages_with_links([*weighted(returned, builder.cores)], self._sources)
        return SharedStages(tuple(stages), returned)

    def build(self, name: str, shared: SharedStages) -> Build:
        """The result of a service's language.

        Args:
            name: the service.
            shared: the shared stages of its builder.
        """
        sources = self._sources
        with sources.trace.question(SERVICE, name):
            service, listed = self._with_inputs(name)
            builder = self._workspace.builders[service.builder]
            language = self._languages[builder.plugin]
            subject = f"service `{name}`"
            call = Call(language, "inputs", subject, service.at)
            with call.blaming():
                found = language.inputs(service, builder, sources)
            call.check(inputs_problems(found, sources))
            inputs = listed.added_to(found)
            stages = _Noted(shared.returned, (SHARED, builder.name))
            call = Call(language, "service_build", subject, service.at)
            with call.blaming():
                returned = language.service_build(service, builder, inputs, stages, sources)
            call.check(build_problems(returned, inputs, shared.returned))
            facts = {"plugin": f"{language.name} {language.version}", **inputs.facts}
            return Build(
                _with_facts(returned.stages, facts), returned, inputs_with_links(inputs, sources)
            )

    def service(
        self, name: str, build: Build, shared: SharedStages, artifacts: Mapping[str, str]
    ) -> ServiceStages:
        """The stages of a service, with its runtime stage and the artifacts that it depends on.

        Args:
            name: the service.
            build: the result of its language.
            shared: the shared stages of its builder.
            artifacts: the stage with the artifacts of each service that it depends on.
        """
        sources = self._sources
        with sources.trace.question(SERVICE, name):
            service, _ = self._with_inputs(name)
            builder = self._workspace.builders[service.builder]
            *earlier, last = build.stages
            made = [*earlier, _with_dependencies(last, service, artifacts)]
            runtime = _runtime_stage(service, build, shared.stages[0].name, sources)
            check_programs(service, runtime, sources)
            stages = [*weighted(made, service.cores, builder.cores), runtime]
            assets = [asset.source for asset in service.assets]
            warnings = (*build.inputs.warnings, *ignored_file_warnings("asset", assets, sources))
            return ServiceStages(
                tuple(stages_with_links(stages, sources)),
                warnings,
                build.returned.target,
                missing_submodule(service, sources),
            )

    def _with_inputs(self, name: str) -> tuple[Service, DeclaredInputs]:
        """A service whose inputs are the files that the config lists, and those files."""
        if name not in self._listed:
            service = self._workspace.services[name]
            builder = self._workspace.builders[service.builder]
            verified = self._verified.get(name, ())
            with self._sources.trace.result() as key:
                listed = declared_inputs(service, builder, verified, self._sources)
            service = dataclasses.replace(service, inputs=tuple(listed.files))
            self._listed[name] = key, listed, service
        key, listed, service = self._listed[name]
        note(key)
        return service, listed


class _Noted(Sequence[Any]):
    """A sequence whose use is recorded in traces.

    Args:
        items: the items.
        key: the key to record as used.
    """

    def __init__(self, items: Sequence[Any], key: tuple[str, ...]) -> None:
        self._items = items
        self._key = key

    def __getitem__(self, place: Any) -> Any:
        note(self._key)
        return self._items[place]

    def __len__(self) -> int:
        note(self._key)
        return len(self._items)


def weighted(stages: Iterable[Stage], *cores: int | None) -> Iterator[Stage]:
    """The stages with the first number of cores that is given; toolchains do not compile."""
    given = next((number for number in cores if number is not None), None)
    for stage in stages:
        if given is None or stage.kind is StageKind.TOOLCHAIN:
            yield stage
        else:
            yield dataclasses.replace(stage, cores=given)


def _with_facts(stages: Sequence[Stage], facts: Mapping[str, str]) -> tuple[Stage, ...]:
    *earlier, last = stages
    merged = tuple(sorted({**dict(last.facts), **facts}.items()))
    return (*earlier, dataclasses.replace(last, facts=merged))


def _with_dependencies(stage: Stage, service: Service, artifacts: Mapping[str, str]) -> Stage:
    """A build stage that copies the artifacts a service depends on before its first script.

    Args:
        stage: the stage.
        service: the service.
        artifacts: the stage with the artifacts of each service; a custom stage has its own.
    """
    copies = tuple(
        CopyArtifact(artifacts.get(each.name, each.name), each.source, each.destination)
        for each in service.depends_on
    )
    first = next(
        (i for i, step in enumerate(stage.steps) if isinstance(step, Run)), len(stage.steps)
    )
    return dataclasses.replace(stage, steps=(*stage.steps[:first], *copies, *stage.steps[first:]))


def _runtime_stage(service: Service, build: Build, toolchain: str, sources: SourceTree) -> Stage:
    runtime = service.runtime
    if runtime.entrypoint is None:
        runtime = dataclasses.replace(
            runtime, entrypoint=(f"./{build.returned.artifacts[0].name}",)
        )
    return Stage(
        name=service.name,
        kind=StageKind.RUNTIME,
        base=ImageRef(runtime.base or SCRATCH),
        steps=tuple(_runtime_steps(service, build, toolchain, sources)),
        runtime=runtime,
    )


def _runtime_steps(
    service: Service, build: Build, toolchain: str, sources: SourceTree
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
    for artifact in build.returned.artifacts:
        yield CopyArtifact(build.stages[-1].name, artifact.source, f"./{artifact.name}")
