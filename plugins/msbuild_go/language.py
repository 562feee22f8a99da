"""Go as stages: toolchain, dependencies by module, one program per service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin_api import Artifact, Inputs, ServiceBuild, toolchain
from msbuild_go.closure import closure_of
from msbuild_go.links import generated
from msbuild_go.lock import lock_facts
from msbuild_go.mainpackage import locate
from msbuild_go.settings import BUILDER_OPTIONS, SERVICE_OPTIONS, cgo_enabled
from msbuild_go.stages import TOOLCHAIN_ENV, build_stage, deps_name, deps_stage, host_tools

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.plugin_api import Builder, Generated, Option, Service, Sources, Stage
    from msbuild_go.closure import Closure
    from msbuild_go.modules import Modules
    from msbuild_go.settings import Program


class Go:
    """Services that the go command builds."""

    name = "go"
    version = "2"
    builder_options: Sequence[Option] = BUILDER_OPTIONS
    service_options: Sequence[Option] = SERVICE_OPTIONS

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:
        """The files that the main package reaches, and what of the lock files counts for it."""
        program, modules = locate(service, builder, sources)
        closure = closure_of(program, modules, sources)
        facts = lock_facts(closure, modules, sources, toolchain=program.toolchain)
        return Inputs(closure.files, facts, closure.widened)

    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Stage]:
        """The toolchain, and a stage of dependencies for each module or ``go.work``."""
        users = _by_root(builder, services, sources)
        env = {**TOOLCHAIN_ENV, "CGO_ENABLED": str(int(cgo_enabled(builder)))}
        return (
            toolchain(builder, env=env, host=host_tools(builder)),
            *(deps_stage(builder, *users[root], sources) for root in sorted(users)),
        )

    def generated_files(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Generated]:
        """What third-party packages import, for each module or ``go.work``."""
        users = _by_root(builder, services, sources)
        found = (generated(*users[root], sources) for root in sorted(users))
        return tuple(each for each in found if each)

    def service_build(
        self,
        service: Service,
        builder: Builder,
        inputs: Inputs,
        shared: Sequence[Stage],
        sources: Sources,
    ) -> ServiceBuild:
        """Compiles the program on top of its module's dependencies."""
        program, modules = locate(service, builder, sources)
        ground = deps_name(builder, modules, sources), modules.root
        files = tuple(inputs.files)
        closure = closure_of(program, modules, sources)
        stage = build_stage(f"{service.name}-build", ground, program, closure, files)
        return ServiceBuild((stage,), (Artifact(program.binary, program.binary),))


def _by_root(
    builder: Builder, services: Sequence[Service], sources: Sources
) -> dict[str, tuple[Modules, list[tuple[Program, Closure]]]]:
    """The programs of services, by the directory in which go is run for them."""
    users: dict[str, tuple[Modules, list[tuple[Program, Closure]]]] = {}
    for service in services:
        program, modules = locate(service, builder, sources)
        closure = closure_of(program, modules, sources)
        users.setdefault(modules.root, (modules, []))[1].append((program, closure))
    return users
