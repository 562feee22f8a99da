"""Where cargo is called for a program, for which target, and what the project says there."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import ConfigError, TargetPlatform, remembered
from msbuild_rust import pins, rustflags
from msbuild_rust.cargo_config import NAMES, CargoConfig, config_of
from msbuild_rust.shapes import place

if TYPE_CHECKING:
    from msbuild.plugin.api import Builder, Sources
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.workspace import CargoWorkspace

# How machines of target triples begin, and what images call them.
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
        directory: where; empty for the source root.
        target: the target triple; empty for the machine's own.
        said_by: what says the target, for messages.
        config: what cargo reads there.
        settings: the files that tell cargo and rustup what to do, sorted.
        pin: the compiler that is pinned there.
        checks: lines of a script that come before anything else.
        flags: lines of a script that set the flags of the compiler, given the target.
    """

    directory: str
    target: str
    said_by: str
    config: CargoConfig
    settings: tuple[str, ...]
    pin: pins.Pin | None
    checks: tuple[str, ...]
    flags: tuple[str, ...]

    @property
    def platform(self) -> TargetPlatform | None:
        """What images must be for that hold what is compiled; nothing where it is not said."""
        if not self.target:
            return None
        machine, _, rest = self.target.partition("-")
        known = (name for begins, name in _MACHINES if machine.startswith(begins))
        system = next((each for each in _SYSTEMS if each in rest), rest)
        return TargetPlatform(f"{system}/{next(known, machine)}", self.said_by)


def call_of(
    workspace: CargoWorkspace, package: Manifest, builder: Builder, sources: Sources
) -> Call:
    """How cargo is called for a package: where its settings hold, else in the workspace.

    Raises:
        ConfigError: the project says what cannot be respected.
    """
    directory = _directory(workspace, package, sources)
    options = tuple(repr(sorted(builder.options.items())))
    asked = (directory, builder.name, builder.image, tuple(sorted(builder.env.items())), options)
    return remembered(sources, asked, lambda: _call(directory, builder, sources))


def _call(directory: str, builder: Builder, sources: Sources) -> Call:
    config = config_of(directory, builder, sources)
    target, said_by = _target(config, builder, sources)
    pin = pins.pin_of(directory, builder, sources)
    flags = rustflags.script_lines(config, builder, sources, for_host=not target)
    checks = pins.script_lines(pin, builder) if pin else ()
    pinned = filter(None, [pins.pin_file(directory, sources)])
    settings = tuple(sorted({*config.files, *pinned}))
    return Call(directory, target, said_by, config, settings, pin, tuple(checks), tuple(flags))


def _directory(workspace: CargoWorkspace, package: Manifest, sources: Sources) -> str:
    """The nearest directory of a package that has settings, up to the workspace."""
    directory = package.directory
    while directory != workspace.directory and directory.startswith(workspace.directory):
        if any(sources.exists(posixpath.join(directory, name)) for name in (*NAMES, *pins.NAMES)):
            return directory
        directory = posixpath.dirname(directory)
    return workspace.directory


def _target(config: CargoConfig, builder: Builder, sources: Sources) -> tuple[str, str]:
    """The target that is built for, and what says so; empty for the machine's own."""
    if chosen := builder.options["target"]:
        return chosen, f"`target: {chosen}`"
    found = config.strongest("build", "target")
    if found is None:
        return "", ""
    layer, said = found
    where = place(layer.path, sources.read(layer.path), "build", "target") if layer.path else "env"
    targets = [said] if isinstance(said, str) else list(said) if isinstance(said, list) else []
    if len(targets) > 1:
        raise ConfigError(
            f"{where}: `build.target` names {len(targets)} targets, and an image has one program",
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
