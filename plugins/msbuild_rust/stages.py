"""The stages that services of a workspace share: third-party crates, and libraries of the tree.

A stage of libraries holds libraries of several programs, compiled once. Its base is the stage of
third-party crates, or one with fewer libraries for more programs. It only makes services fast:
cargo recompiles whatever doesn't fit a service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin.api import (
    CacheMount,
    Copy,
    HostTool,
    Run,
    Stage,
    StageKind,
    StageRef,
    families,
    family_name,
    paths,
    shared_name,
    toolchain_name,
)
from msbuild_rust import scripts
from msbuild_rust.cargo_config import named_paths, vendored
from msbuild_rust.closure import Packaging, package_closure
from msbuild_rust.manifest import Target, targets
from msbuild_rust.needs import needs_of
from msbuild_rust.pins import sysroot_command
from msbuild_rust.settings import call_of, cfg_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from msbuild.plugin.api import Builder, Family, Sources
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.pins import Pin
    from msbuild_rust.settings import Call, Program
    from msbuild_rust.workspace import CargoWorkspace

_SETTINGS = ("~/.rustup/settings.toml", "$RUSTUP_HOME/settings.toml")
_CRATES_KEY = "name and version of the crate; cargo verifies the checksum in Cargo.lock"
_WARM_KEY = (
    "cargo: compiler, package id with version, features, profile and flags; it holds only "
    "third-party crates, whose sources never change within a version"
)


def host_tools(pin: Pin | None) -> tuple[HostTool, ...]:
    """The programs of the host that replace the toolchain's image."""
    home = sysroot_command(pin)
    return (
        HostTool("cargo", ("--version",), "cargo", home=home, settings=_SETTINGS),
        HostTool("rustc", ("-vV",), "rustc", home=home, settings=_SETTINGS),
        HostTool("cc", ("--version",), "gcc"),
    )


def crates_stage(
    builder: Builder, workspace: CargoWorkspace, programs: Sequence[Program], sources: Sources
) -> Stage:
    """The third-party crates of a workspace, downloaded and compiled for all its programs."""
    name = shared_name(builder, "deps", workspace.directory)
    call = call_of(workspace, workspace.root, builder, sources)
    manifests: Sequence[Manifest] = tuple(workspace.packages.values())
    downloads = CacheMount(f"{name}-crates", "crates", _CRATES_KEY, sharing="locked")
    warm_crates = CacheMount(f"{name}-warm", "warm", _WARM_KEY, sharing="locked")
    missing = stand_ins(manifests, sources)
    settings = _settings_paths((call, *(program.call for program in programs)), sources)
    fetch, plain_fetch = (
        scripts.fetch(missing, call, programs, cached=cached) for cached in (True, False)
    )
    compiled, plain_compiled = (
        scripts.compile_crates(programs, call, settings, warm=warm) for warm in (True, False)
    )
    return Stage(
        name=name,
        kind=StageKind.DEPENDENCIES,
        base=StageRef(toolchain_name(builder)),
        steps=(
            Copy(_shared_files(workspace, settings, sources)),
            Run(fetch, caches=(downloads,), network=True, plain=plain_fetch),
            Run(compiled, caches=(warm_crates,), plain=plain_compiled),
        ),
    )


def library_stages(
    builder: Builder, workspace: CargoWorkspace, programs: Sequence[Program], sources: Sources
) -> Iterator[Stage]:
    """The stages of a workspace's libraries, parents first.

    Args:
        builder: the builder.
        workspace: the workspace.
        programs: its programs that may share stages, for which cargo is called the same way.
        sources: the source tree.
    """
    if not programs:
        return
    how = Packaging(workspace, cfg_of(builder, programs[0].call, sources))
    needs = {
        program.name: frozenset(needs_of(workspace, program, sources).local)
        - {program.package.directory}
        for program in programs
    }
    bases: dict[Family | None, str] = {None: shared_name(builder, "deps", workspace.directory)}
    for number, family in enumerate(families(needs), start=1):
        bases[family] = family_name(builder, number, workspace.directory)
        known = family.outer.common if family.outer else frozenset()
        files = {
            path
            for directory in family.common - known
            for path in package_closure(how, workspace.packages[directory], sources)[0]
        }
        members = [program for program in programs if program.name in family.members]
        script = scripts.compile_libraries(members, sorted(family.common))
        yield Stage(
            name=bases[family],
            kind=StageKind.DEPENDENCIES,
            base=StageRef(bases[family.outer]),
            steps=(Copy(tuple(sorted(files))), Run(script)),
        )


def _shared_files(
    workspace: CargoWorkspace, settings: Iterable[str], sources: Sources
) -> tuple[str, ...]:
    """Every file that determines which crates there are and how they are compiled, sorted.

    Args:
        workspace: the workspace.
        settings: cargo's config files, and the files and directories that they name.
        sources: the source tree.
    """
    manifests = (workspace.root, *workspace.packages.values(), *workspace.outer_roots.values())
    named = (file for path in settings for file in paths.expand(path, sources))
    return tuple(sorted({workspace.lock_file, *(each.path for each in manifests), *named}))


def _settings_paths(calls: Iterable[Call], sources: Sources) -> tuple[str, ...]:
    """The config files of calls, and the files and directories that they name."""
    found = {path for call in calls for path in call.settings}
    for config in {call.config for call in calls}:
        found |= {*named_paths(config, sources), *vendored(config)}
    return tuple(sorted(path for path in found if sources.exists(path)))


def stand_ins(packages: Sequence[Manifest], sources: Sources) -> tuple[Target, ...]:
    """The targets whose root files cargo requires, although nothing is compiled from them yet.

    Cargo refuses a package that has neither library nor program, whatever else it has. In the build
    of a service the real files replace the stand-ins, as they are among its inputs; except for
    tests and the like, which only have to exist.
    """
    found: list[Target] = []
    for package in packages:
        own = targets(package, sources)
        found.extend(own)
        if package.package is not None and not any(t.kind in ("lib", "bin") for t in own):
            found.append(Target("lib", package.name, package.join("src/lib.rs")))
    return tuple(found)
