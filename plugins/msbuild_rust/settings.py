"""The options of the language, how cargo is called for a service, and which program it builds."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import ConfigError, Option, TargetPlatform, paths, remembered
from msbuild_rust import pins, rustflags
from msbuild_rust.cargo_config import NAMES, CargoConfig, config_of
from msbuild_rust.cfg import Cfg
from msbuild_rust.manifest import NAME, targets
from msbuild_rust.toml_files import place

if TYPE_CHECKING:
    from msbuild.plugin.api import Builder, Service, Sources
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.workspace import CargoWorkspace

BUILDER_OPTIONS = (
    Option("workspace", str, "", "The directory of the cargo workspace; detected if empty."),
    Option("profile", str, "release", "The cargo profile."),
    Option(
        "target", str, "", "The target triple; by default `build.target`, or the machine's own."
    ),
    Option("static", bool, True, "Link the C library into programs, so that they run anywhere."),
    Option(
        "rustflags",
        list[str],
        (),
        "Additional compiler flags, besides the project's own and those of `static`.",
    ),
    Option("flags", list[str], (), "Additional arguments for `cargo build`."),
)
SERVICE_OPTIONS = (
    Option("package", str, "", "The cargo package; if empty, the package in the service's `path`."),
    Option("binary", str, "", "The program; if empty, the package's only program."),
    Option("features", list[str], (), "Features to enable."),
    Option("default_features", bool, True, "Whether the package's default features are enabled."),
    Option("inputs", list[str], (), "Additional files or directories that the build reads."),
)


_LINUX = re.compile(r"-linux-(?:gnu|musl)")
# Prefixes of the architectures in target triples, and their names in image platforms.
_MACHINES = (
    ("x86_64", "amd64"),
    ("i", "386"),
    ("aarch64", "arm64"),
    ("arm", "arm"),
    ("thumb", "arm"),
    ("powerpc64le", "ppc64le"),
    ("riscv64", "riscv64"),
    ("loongarch64", "loong64"),
)
_SYSTEMS = ("linux", "windows", "freebsd", "darwin")


@dataclass(frozen=True, slots=True)
class Call:
    """How cargo is called.

    Attributes:
        directory: the working directory; empty for the source root.
        target: the target triple; empty for the machine's own.
        target_setting: the setting that selects the target, for messages.
        config: cargo's config there.
        settings: the config files of cargo and rustup, sorted.
        pin: the compiler that is pinned there.
        checks: the first lines of every script, which check the compiler.
        flags: lines of a script that set the compiler's flags, given the target.
    """

    directory: str
    target: str
    target_setting: str
    config: CargoConfig
    settings: tuple[str, ...]
    pin: pins.Pin | None
    checks: tuple[str, ...]
    flags: tuple[str, ...]

    @property
    def platform(self) -> TargetPlatform | None:
        """The platform of the target; ``None`` for the machine's own."""
        if not self.target:
            return None
        machine, _, rest = self.target.partition("-")
        known = (name for begins, name in _MACHINES if machine.startswith(begins))
        system = next((name for name in _SYSTEMS if name in rest), rest)
        return TargetPlatform(f"{system}/{next(known, machine)}", self.target_setting)


def call_of(
    workspace: CargoWorkspace, package: Manifest, builder: Builder, sources: Sources
) -> Call:
    """How cargo is called for a package: in its own directory if it has settings there.

    Raises:
        ConfigError: the project has a setting that is not supported.
    """
    directory = _directory(workspace, package, sources)
    options = tuple(repr(sorted(builder.options.items())))
    question = (directory, builder.name, builder.image, tuple(sorted(builder.env.items())), options)
    return remembered(sources, question, lambda: _call(directory, builder, sources))


def _call(directory: str, builder: Builder, sources: Sources) -> Call:
    config = config_of(directory, builder, sources)
    target, target_setting = _target(config, builder, sources)
    pin = pins.pin_of(directory, builder, sources)
    flags = rustflags.script_lines(config, builder, sources, for_host=not target)
    checks = pins.script_lines(pin, builder) if pin else ()
    pinned = filter(None, [pins.pin_file(directory, sources)])
    settings = tuple(sorted({*config.files, *pinned}))
    return Call(
        directory, target, target_setting, config, settings, pin, tuple(checks), tuple(flags)
    )


def _directory(workspace: CargoWorkspace, package: Manifest, sources: Sources) -> str:
    """The nearest directory at or above a package that has settings, up to the workspace."""
    for directory in paths.ancestors(package.directory):
        if directory == workspace.directory or not directory.startswith(workspace.directory):
            break
        if any(sources.exists(posixpath.join(directory, name)) for name in (*NAMES, *pins.NAMES)):
            return directory
    return workspace.directory


def _target(config: CargoConfig, builder: Builder, sources: Sources) -> tuple[str, str]:
    """The target, and the setting that selects it; empty for the machine's own."""
    if chosen := builder.options["target"]:
        return chosen, f"`target: {chosen}`"
    setting = config.effective("build", "target")
    if setting is None:
        return "", ""
    layer, value = setting
    where = place(layer.path, sources.read(layer.path), "build", "target") if layer.path else "env"
    targets = [value] if isinstance(value, str) else list(value) if isinstance(value, list) else []
    if len(targets) > 1:
        raise ConfigError(
            f"{where}: `build.target` names {len(targets)} targets, but an image is for one",
            hint=f"set the option `target` of builder `{builder.name}` to one of them",
            at=builder.at,
        )
    target = str(targets[0]) if targets else ""
    if target.endswith(".json"):
        raise ConfigError(
            f"{where}: target specifications such as `{target}` are not supported",
            hint=f"set the option `target` of builder `{builder.name}` to a built-in target",
            at=builder.at,
        )
    return ("", "") if target == "host-tuple" else (target, f"`build.target` in {where}")


@dataclass(frozen=True, slots=True)
class Program:
    """One program of a workspace, and how it is compiled.

    Attributes:
        name: the name of the service and of the artifact.
        package: the manifest of its package.
        binary: the name of the cargo target.
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
    """The known ``cfg`` values of a builder's programs.

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
        ConfigError: there is no such package or program, or the choice is ambiguous.
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
        package = workspace.named(chosen)
        if package is None:
            names = ", ".join(sorted(package.name for package in workspace.packages.values()))
            raise ConfigError(
                f"`{workspace.root.path}` has no package `{chosen}`",
                hint=f"the option `package` of service `{service.name}` may be one of: {names}",
                at=service.at,
            )
        return package
    path = f"{service.path}/{NAME}".removeprefix("./")
    package = workspace.packages.get(posixpath.dirname(path))
    if package is None or not package.name:
        exists = sources.exists(path)
        member = f"add it to `members` of `{workspace.root.path}`"
        way = member if exists else "set `path` to the directory of a package"
        raise ConfigError(
            f"`{path}` {'is not a member of its workspace' if exists else 'does not exist'}",
            hint=f"{way}, or set the option `package`",
            at=service.at,
        )
    return package


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
    problem = f"no program `{chosen}`" if chosen else "more than one program"
    raise ConfigError(
        f"package `{package.name}` has {problem}",
        hint=f"set the option `binary` to one of: {', '.join(names)}",
        at=service.at,
    )
