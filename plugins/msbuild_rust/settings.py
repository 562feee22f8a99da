"""The options of the language, and what a service's options come to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import ConfigError, Option
from msbuild_rust.calling import call_of
from msbuild_rust.cfg import Cfg
from msbuild_rust.manifest import NAME
from msbuild_rust.targets import targets

if TYPE_CHECKING:
    from msbuild.plugin.api import Builder, Service, Sources
    from msbuild_rust.calling import Call
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.workspace import CargoWorkspace

BUILDER_OPTIONS = (
    Option("workspace", str, "", "The directory of the cargo workspace; found if empty."),
    Option("profile", str, "release", "The cargo profile."),
    Option(
        "target", str, "", "The target triple; by default `build.target`, or the machine's own."
    ),
    Option("static", bool, True, "Link the C library into programs, so that they run anywhere."),
    Option(
        "rustflags",
        list[str],
        (),
        "More flags for the compiler, besides the project's own and those of `static`.",
    ),
    Option("flags", list[str], (), "More arguments of `cargo build`."),
)
SERVICE_OPTIONS = (
    Option("package", str, "", "The cargo package; the one in the service's `path` if empty."),
    Option("binary", str, "", "The program; the package's only one if empty."),
    Option("features", list[str], (), "Features to turn on."),
    Option("default_features", bool, True, "Whether the package's default features are on."),
    Option("inputs", list[str], (), "More files or directories that are read when compiling."),
)


_LINUX = re.compile(r"-linux-(?:gnu|musl)")


@dataclass(frozen=True, slots=True)
class Program:
    """One program of a workspace, and how it is compiled.

    Attributes:
        name: the service, and the file name of the artifact.
        package: the manifest of its package.
        binary: what cargo calls it.
        call: how cargo is called for it.
        flags: more arguments of ``cargo build``.
    """

    name: str
    package: Manifest
    binary: str
    profile: str
    call: Call
    features: tuple[str, ...]
    default_features: bool
    flags: tuple[str, ...]


def cfg_of(builder: Builder, call: Call, sources: Sources) -> Cfg:
    """What is known of the ``cfg`` of programs of a builder.

    Args:
        builder: the builder.
        call: how cargo is called for them.
        sources: the source tree.
    """
    options = builder.options
    settings = map(sources.read, call.settings)
    flags = [*options["rustflags"], *options["flags"], *builder.env.values(), *settings]
    target = call.target
    return Cfg(
        linux=not any("--target" in flag for flag in flags)
        and (not target or bool(_LINUX.search(target))),
        open=any("--cfg" in flag or "--config" in flag for flag in flags),
    )


def program_of(
    service: Service, builder: Builder, workspace: CargoWorkspace, sources: Sources
) -> Program:
    """The program that a service ships.

    Raises:
        ConfigError: there is no such package or program, or it is not clear which.
    """
    options, shared = service.options, builder.options
    package = _package(service, options["package"], workspace, sources)
    return Program(
        name=service.name,
        package=package,
        binary=_binary(service, options["binary"], package, sources),
        profile=shared["profile"],
        call=call_of(workspace, package, builder, sources),
        features=tuple(options["features"]),
        default_features=options["default_features"],
        flags=_flags(builder),
    )


def _flags(builder: Builder) -> tuple[str, ...]:
    flags = tuple(builder.options["flags"])
    if any(flag == "--target" or flag.startswith("--target=") for flag in flags):
        raise ConfigError(
            "`--target` among `flags` would build a second program",
            hint=f"set the option `target` of builder `{builder.name}`",
            at=builder.at,
        )
    return flags


def _package(
    service: Service, chosen: str, workspace: CargoWorkspace, sources: Sources
) -> Manifest:
    if chosen:
        found = workspace.named(chosen)
        if found is None:
            names = ", ".join(sorted(each.name for each in workspace.packages.values()))
            raise ConfigError(
                f"`{workspace.root.path}` has no package `{chosen}`",
                hint=f"the option `package` of service `{service.name}` may be one of: {names}",
                at=service.at,
            )
        return found
    path = f"{service.path}/{NAME}".removeprefix("./")
    found = next((each for each in workspace.packages.values() if each.path == path), None)
    if found is None or not found.name:
        has = "is no member of its workspace" if sources.exists(path) else "does not exist"
        raise ConfigError(
            f"`{path}` {has}",
            hint=f"add it to `members` of `{workspace.root.path}`, or set the option `package`",
            at=service.at,
        )
    return found


def _binary(service: Service, chosen: str, package: Manifest, sources: Sources) -> str:
    names = sorted({part.name for part in targets(package, sources) if part.kind == "bin"})
    if chosen in names or (not chosen and len(names) == 1):
        return chosen or names[0]
    if not names:
        raise ConfigError(
            f"package `{package.name}` has no program",
            hint=f"add `src/main.rs` to `{package.directory}`, or choose another `package`",
            at=service.at,
        )
    what = f"no program `{chosen}`" if chosen else "more than one program"
    raise ConfigError(
        f"package `{package.name}` has {what}",
        hint=f"set the option `binary` to one of: {', '.join(names)}",
        at=service.at,
    )
