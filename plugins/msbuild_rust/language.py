"""Rust as stages: toolchain, third-party crates by workspace, one program per service."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild.plugin_api import (
    Artifact,
    CacheMount,
    Copy,
    HostTool,
    Inputs,
    Run,
    ServiceBuild,
    Stage,
    StageKind,
    StageRef,
    ground_of,
    may_share,
    shared_name,
    toolchain,
)
from msbuild_rust import scripts
from msbuild_rust.closure import Closure
from msbuild_rust.facts import needs_of, root_facts
from msbuild_rust.libraries import library_stages
from msbuild_rust.settings import (
    BUILDER_OPTIONS,
    SERVICE_OPTIONS,
    cfg_of,
    compiler_flags,
    program_of,
)
from msbuild_rust.surroundings import settings_files, shared_files, stand_ins
from msbuild_rust.workspace import workspace_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.plugin_api import Builder, Option, Service, Sources
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.settings import Program
    from msbuild_rust.workspace import CargoWorkspace

_SYSROOT = ("rustc", "--print", "sysroot")
_SETTINGS = ("~/.rustup/settings.toml", "$RUSTUP_HOME/settings.toml")
_HOST_TOOLS = (
    HostTool("cargo", ("--version",), "cargo", home=_SYSROOT, settings=_SETTINGS),
    HostTool("rustc", ("-vV",), "rustc", home=_SYSROOT, settings=_SETTINGS),
    HostTool("cc", ("--version",), "gcc"),
)


class Rust:
    """Services that cargo builds."""

    name = "rust"
    version = "1"
    builder_options: Sequence[Option] = BUILDER_OPTIONS
    service_options: Sequence[Option] = SERVICE_OPTIONS

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:
        """The service's package, the packages of the tree it needs, and what decides of others."""
        workspace = workspace_of(service, builder, sources)
        needs = needs_of(workspace, program_of(service, builder, workspace, sources), sources)
        settings = settings_files(workspace, sources)
        cfg = cfg_of(builder, map(sources.read, settings))
        closure = Closure(sources, tuple(asset.source for asset in service.assets), cfg)
        for directory, package in needs.local.items():
            user = needs.needed_by[directory]
            reason = f"path dependency of {user.path}" if user else "the service's own package"
            closure.add_package(package, reason)
        facts = {**needs.crates, **root_facts(workspace, needs.local.values(), dev=needs.dev)}
        if closure.reads_workspace:
            for path in (workspace.root.path, workspace.lock_file):
                closure.add(path, "a build script may read it")
        for path in settings:
            closure.add(path, "cargo's settings")
        for path in service.options["inputs"]:
            closure.add(posixpath.normpath(path), "listed in `inputs`")
        return Inputs(dict(sorted(closure.files.items())), facts, closure.widened)

    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Stage]:
        """The toolchain, and for each workspace the third-party crates and what is shared."""
        env = {
            "CARGO_HOME": "$CACHE/cargo",
            "CARGO_INCREMENTAL": "0",
            "CARGO_TARGET_DIR": "$CACHE/target",
        }
        if flags := compiler_flags(builder):
            env["RUSTFLAGS"] = flags
        programs: dict[str, list[Program]] = {}
        workspaces: dict[str, CargoWorkspace] = {}
        for service in sorted(services, key=lambda each: each.name):
            workspace = workspace_of(service, builder, sources)
            workspaces[workspace.directory] = workspace
            program = program_of(service, builder, workspace, sources)
            programs.setdefault(workspace.directory, []).append(program)
        sharing = {service.name for service in services if may_share(service)}
        stages = [toolchain(builder, env=env, host=_HOST_TOOLS)]
        for directory, workspace in sorted(workspaces.items()):
            stages.append(_crates(builder, workspace, programs[directory], sources))
            common = [program for program in programs[directory] if program.name in sharing]
            stages.extend(library_stages(builder, workspace, common, sources))
        return stages

    def service_build(
        self,
        service: Service,
        builder: Builder,
        inputs: Inputs,
        shared: Sequence[Stage],
        sources: Sources,
    ) -> ServiceBuild:
        """Compiles the service on top of third-party crates and of what others share with it."""
        workspace = workspace_of(service, builder, sources)
        crates = shared_name(builder, "deps", workspace.directory)
        ground = ground_of(service, crates, shared, inputs.files)
        program = program_of(service, builder, workspace, sources)
        stage = Stage(
            name=f"{service.name}-build",
            kind=StageKind.BUILD,
            base=StageRef(ground, speed_only=True),
            steps=(Copy(tuple(inputs.files)), Run(scripts.build(program, workspace))),
        )
        return ServiceBuild((stage,), (Artifact(service.name, service.name),))


def _crates(
    builder: Builder, workspace: CargoWorkspace, programs: Sequence[Program], sources: Sources
) -> Stage:
    name = shared_name(builder, "deps", workspace.directory)
    target = programs[0].target
    manifests: Sequence[Manifest] = tuple(workspace.packages.values())
    downloads = CacheMount(f"{name}-crates", "crates", sharing="locked")
    kept_warm = CacheMount(f"{name}-warm", "warm", sharing="locked")
    missing = stand_ins(manifests, sources)
    settings = settings_files(workspace, sources)
    fetch, plain_fetch = (
        scripts.fetch(missing, workspace, target, kept=kept) for kept in (True, False)
    )
    compiled, plain_compiled = (
        scripts.compile_crates(programs, workspace, target, settings, warm=warm)
        for warm in (True, False)
    )
    return Stage(
        name=name,
        kind=StageKind.DEPENDENCIES,
        base=StageRef(f"{builder.name}-toolchain"),
        steps=(
            Copy(shared_files(workspace, sources)),
            Run(fetch, caches=(downloads,), network=True, plain=plain_fetch),
            Run(compiled, caches=(kept_warm,), plain=plain_compiled),
        ),
    )
