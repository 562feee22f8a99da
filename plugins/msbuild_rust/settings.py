"""The options of the language, and what a service's options come to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin_api import ConfigError, Option
from msbuild_rust.cfg import Cfg
from msbuild_rust.manifest import NAME
from msbuild_rust.targets import targets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild.plugin_api import Builder, Service, Sources
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.workspace import CargoWorkspace

BUILDER_OPTIONS = (
    Option("workspace", str, "", "The directory of the cargo workspace; found if empty."),
    Option("profile", str, "release", "The cargo profile."),
    Option("target", str, "", "The target triple; the machine's own if empty."),
    Option("static", bool, True, "Link the C library into programs, so that they run anywhere."),
    Option(
        "rustflags", list[str], (), "More flags for the compiler; see `static` for the first ones."
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
        target: the target triple; empty for the machine's own.
        flags: more arguments of ``cargo build``.
    """

    name: str
    package: Manifest
    binary: str
    profile: str
    target: str
    features: tuple[str, ...]
    default_features: bool
    flags: tuple[str, ...]


def compiler_flags(builder: Builder) -> str:
    """What ``RUSTFLAGS`` holds for a builder."""
    static = ["-C", "target-feature=+crt-static"] if builder.options["static"] else []
    return " ".join([*static, *builder.options["rustflags"]])


def cfg_of(builder: Builder, settings: Iterable[str]) -> Cfg:
    """What is known of the ``cfg`` of programs of a builder.

    Args:
        builder: the builder.
        settings: the texts of cargo's settings files.
    """
    options = builder.options
    flags = [*options["rustflags"], *options["flags"], *builder.env.values(), *settings]
    target = options["target"]
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
        target=shared["target"],
        features=tuple(options["features"]),
        default_features=options["default_features"],
        flags=tuple(shared["flags"]),
    )


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
