"""Go as stages: toolchain, dependencies by module, one program per service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin.api import Artifact, HarmlessAccess, Inputs, ServiceBuild, toolchain
from msbuild_go.closure import closure_of
from msbuild_go.environment import check_environment
from msbuild_go.flag_files import named_files, real_files
from msbuild_go.links import broken_links, generated
from msbuild_go.lock import lock_facts
from msbuild_go.mainpackage import locate
from msbuild_go.settings import BUILDER_OPTIONS, SERVICE_OPTIONS, cgo_enabled, target_of
from msbuild_go.stages import (
    TOOLCHAIN_ENV,
    build_stage,
    deps_name,
    deps_stage,
    host_tools,
    is_keyed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.plugin.api import Builder, Generated, Location, Option, Service, Sources, Stage
    from msbuild_go.closure import Closure
    from msbuild_go.modules import Modules
    from msbuild_go.settings import Program


class Go:
    """Services that the go command builds."""

    name = "go"
    version = "2"
    builder_options: Sequence[Option] = BUILDER_OPTIONS
    service_options: Sequence[Option] = SERVICE_OPTIONS
    # it reads the head of every file of a package; those that count are opened by the compiler, too
    harmless_accesses: Sequence[HarmlessAccess] = (
        HarmlessAccess("go", opens=("*.go",), lookups=True),
    )

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:
        """The files that the main package reaches, and what of the lock files counts for it."""
        program, modules, tree = locate(service, builder, sources)
        closure = closure_of(program, modules, tree)
        facts = lock_facts(closure, modules, tree, toolchain=program.toolchain)
        files = _files(program, modules, closure, tree, builder.at)
        return Inputs(
            dict(sorted(files.items())),
            facts,
            closure.widened,
            (*_warnings(closure.lost), *broken_links(modules, tree)),
        )

    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Stage]:
        """The toolchain, and a stage of dependencies for each module or ``go.work``."""
        check_environment(builder)
        users = _by_root(builder, services, sources)
        env = {**TOOLCHAIN_ENV, "CGO_ENABLED": str(int(cgo_enabled(builder)))}
        return (
            toolchain(builder, env=env, host=host_tools(builder)),
            *(deps_stage(builder, *users[root]) for root in sorted(users)),
        )

    def generated_files(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Generated]:
        """What third-party packages import, for each module or ``go.work``."""
        users = _by_root(builder, services, sources)
        found = (generated(*users[root]) for root in sorted(users))
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
        program, modules, tree = locate(service, builder, sources)
        ground = deps_name(builder, modules, sources), modules.root
        closure = closure_of(program, modules, tree)
        listed = inputs.files.keys() - _files(program, modules, closure, tree, builder.at).keys()
        caches = is_keyed(program, closure, listed)
        name, files = f"{service.name}-build", tuple(inputs.files)
        stage = build_stage(name, ground, program, files, is_cached=caches)
        artifacts = (Artifact(program.binary, program.binary),)
        return ServiceBuild((stage,), artifacts, target_of(builder))


def _warnings(lost: Mapping[str, str]) -> Iterator[str]:
    """What is left out, a line for each place that names it."""
    places: dict[str, list[str]] = {}
    for path, reason in lost.items():
        places.setdefault(reason, []).append(path)
    for reason, paths in places.items():
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        what = reason.replace(" by ", " by `", 1)
        yield f"ignore rules leave out `{paths[0]}`{more}, {what}`"


def _files(
    program: Program, modules: Modules, closure: Closure, tree: Sources, at: Location
) -> dict[str, str]:
    """What a program is compiled from, on the disk."""
    named = named_files(program.flags, modules.root, tree, at)
    return {**named, **real_files(closure.files, tree)}


def _by_root(
    builder: Builder, services: Sequence[Service], sources: Sources
) -> dict[str, tuple[Modules, list[tuple[Program, Closure]], Sources]]:
    """The programs of services and the tree as go sees it, by where go is run for them."""
    users: dict[str, tuple[Modules, list[tuple[Program, Closure]], Sources]] = {}
    for service in services:
        program, modules, tree = locate(service, builder, sources)
        closure = closure_of(program, modules, tree)
        users.setdefault(modules.root, (modules, [], tree))[1].append((program, closure))
    return users
