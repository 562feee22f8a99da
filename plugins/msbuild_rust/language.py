"""Rust as stages: toolchain, third-party crates by workspace, one program per service."""

from __future__ import annotations

import dataclasses
import posixpath
from typing import TYPE_CHECKING

from msbuild.plugin.api import (
    Artifact,
    HarmlessAccess,
    Inputs,
    ServiceBuild,
    base_stage_for,
    build_name,
    may_share,
    shared_name,
    toolchain,
)
from msbuild_rust import rustflags
from msbuild_rust.cargo_config import named_paths, vendored, vendored_crate
from msbuild_rust.closure import Closure, Packaging
from msbuild_rust.needs import needs_of, root_facts
from msbuild_rust.pins import host_tools, one_pin
from msbuild_rust.settings import (
    BUILDER_OPTIONS,
    SERVICE_OPTIONS,
    call_of,
    cfg_of,
    program_of,
)
from msbuild_rust.stages import build_stage, crates_stage, library_stages
from msbuild_rust.workspace import workspace_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.plugin.api import Builder, Option, Service, Sources, Stage
    from msbuild_rust.needs import Needs
    from msbuild_rust.settings import Program
    from msbuild_rust.workspace import CargoWorkspace


class Rust:
    """Services that cargo builds."""

    name = "rust"
    version = "2"
    builder_options: Sequence[Option] = BUILDER_OPTIONS
    service_options: Sequence[Option] = SERVICE_OPTIONS
    # it looks for the targets of all members; the compiler opens those that matter
    harmless_accesses: Sequence[HarmlessAccess] = (HarmlessAccess("cargo", lookups=True),)

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:
        """The service's package, its dependencies in the tree, and facts about locked crates."""
        workspace = workspace_of(service, builder, sources)
        program = program_of(service, builder, workspace, sources)
        needs = needs_of(workspace, program, sources)
        cfg = cfg_of(builder, program.call, sources)
        packaging = Packaging(workspace, cfg, tuple(asset.source for asset in service.assets))
        closure = Closure(sources)
        for directory, package in needs.local.items():
            user = needs.needed_by[directory]
            reason = f"path dependency of {user.path}" if user else "the service's own package"
            closure.add_package(packaging, package, reason)
        facts = {**needs.crates, **root_facts(workspace, needs.local.values(), dev=needs.dev)}
        self._add_settings(closure, program, needs, sources)
        for path in service.options["inputs"]:
            closure.add(posixpath.normpath(path), "listed in `inputs`")
        return Inputs(dict(sorted(closure.files.items())), facts, closure.widened)

    @staticmethod
    def _add_settings(closure: Closure, program: Program, needs: Needs, sources: Sources) -> None:
        """Add cargo's config files, the files they name, and vendored crates."""
        for path in program.call.settings:
            closure.add(path, "cargo's settings")
        for path in named_paths(program.call.config, sources):
            closure.add(path, "named by cargo's settings")
        if directories := vendored(program.call.config):
            for name, version in needs.third_party:
                for path in vendored_crate(name, version, directories, sources):
                    closure.add(path, f"the crate {name}")

    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Stage]:
        """The toolchain, and for each workspace its third-party crates and shared libraries."""
        env = {
            # overrides `build.build-dir`: artifacts of stand-ins must be found
            "CARGO_BUILD_BUILD_DIR": "$CACHE/target",
            "CARGO_HOME": "$CACHE/cargo",
            "CARGO_INCREMENTAL": "0",
            "CARGO_TARGET_DIR": "$CACHE/target",
            **rustflags.variables(builder),
        }
        programs: dict[str, list[Program]] = {}
        workspaces: dict[str, CargoWorkspace] = {}
        for service in sorted(services, key=lambda service: service.name):
            workspace = workspace_of(service, builder, sources)
            workspaces[workspace.directory] = workspace
            program = program_of(service, builder, workspace, sources)
            programs.setdefault(workspace.directory, []).append(program)
        sharing = {service.name for service in services if may_share(service)}
        every = [program for group in programs.values() for program in group]
        pin = one_pin((program.call.pin for program in every), builder)
        # the builder's own flags are in the variables above
        builder_env = {
            name: value for name, value in builder.env.items() if name not in rustflags.NAMES
        }
        plain = dataclasses.replace(builder, env=builder_env)
        stages = [toolchain(plain, env=env, host=host_tools(pin))]
        for directory, workspace in sorted(workspaces.items()):
            stages.append(crates_stage(builder, workspace, programs[directory], sources))
            call = call_of(workspace, workspace.root, builder, sources)
            common = [
                program
                for program in programs[directory]
                if program.name in sharing and program.call == call
            ]
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
        """The stage that compiles the service, based on third-party crates and shared libraries."""
        workspace = workspace_of(service, builder, sources)
        crates = shared_name(builder, "deps", workspace.directory)
        base = base_stage_for(service, crates, shared, inputs.files)
        program = program_of(service, builder, workspace, sources)
        stage = build_stage(build_name(service), base, program, inputs.files)
        artifacts = (Artifact(service.name, service.name),)
        return ServiceBuild((stage,), artifacts, program.call.platform)
