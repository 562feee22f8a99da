"""The compiler that a project pins: `rust-toolchain.toml`, as rustup finds it."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import ConfigError, HostTool, paths, quote, remembered
from msbuild_rust.toml_files import TOOLCHAIN, check, parse_toml, place, read_text, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild.plugin.api import Builder, Sources

# If a directory has both, rustup reads the first.
NAMES = ("rust-toolchain", "rust-toolchain.toml")
_VARIABLE = "RUSTUP_TOOLCHAIN"
_SETTINGS = ("~/.rustup/settings.toml", "$RUSTUP_HOME/settings.toml")
_CHANNEL = re.compile(
    r"(?P<name>stable|beta|nightly|\d+\.\d+(?:\.\d+)?(?:-beta(?:\.\d+)?)?)"
    r"(?:-(?P<date>\d{4}-\d\d-\d\d))?(?:-(?P<host>\w+-.+))?"
)
_IMAGE = re.compile(r"(?:.*/)?rust:(\d+(?:\.\d+){1,2})(?:-[\w.-]+)?(?:@.*)?")


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned compiler.

    Attributes:
        path: the file that pins it; empty if a variable of the builder does.
        where: file and line or the variable, for messages.
        channel: the toolchain that it pins.
    """

    path: str
    where: str
    channel: str


def one_pin(pins: Iterable[Pin | None], builder: Builder) -> Pin | None:
    """The compiler that the services of a builder pin, if any does.

    Raises:
        ConfigError: they pin different compilers.
    """
    channels = {pin.channel: pin for pin in pins if pin}
    if len(channels) > 1:
        first, second, *_ = sorted(channels.values(), key=lambda pin: pin.where)
        raise ConfigError(
            f"{first.where} pins the toolchain `{first.channel}`, but {second.where} pins "
            f"`{second.channel}`",
            hint=f"a builder has one compiler: declare another builder besides `{builder.name}`",
            at=builder.at,
        )
    return next(iter(channels.values()), None)


def host_tools(pin: Pin | None) -> tuple[HostTool, ...]:
    """The programs of the host that replace the toolchain's image."""
    home = _sysroot_command(pin)
    return (
        HostTool("cargo", ("--version",), "cargo", home=home, settings=_SETTINGS),
        HostTool("rustc", ("-vV",), "rustc", home=home, settings=_SETTINGS),
        HostTool("cc", ("--version",), "gcc"),
    )


def _sysroot_command(pin: Pin | None) -> tuple[str, ...]:
    """The command that prints where the compiler in use is installed."""
    if pin is None:
        return ("rustc", "--print", "sysroot")
    own = f"rustc {quote(f'+{pin.channel}')} --print sysroot 2> /dev/null"
    return ("sh", "-c", f"RUSTUP_AUTO_INSTALL=0 {own} || rustc --print sysroot")


def pin_file(directory: str, sources: Sources) -> str:
    """The file that pins the compiler for cargo in a directory; empty if there is none."""
    places = (
        posixpath.join(parent, name) for parent in paths.ancestors(directory) for name in NAMES
    )
    return next((path for path in places if sources.exists(path)), "")


def pin_of(directory: str, builder: Builder, sources: Sources) -> Pin | None:
    """The compiler that is pinned for cargo in a directory.

    Raises:
        ConfigError: the file is not valid, or the builder's image has another compiler.
    """
    question = (directory, builder.image, builder.env.get(_VARIABLE))
    return remembered(sources, question, lambda: _pin_of(directory, builder, sources))


def _pin_of(directory: str, builder: Builder, sources: Sources) -> Pin | None:
    if chosen := builder.env.get(_VARIABLE):
        pin = Pin("", f"`{_VARIABLE}` of builder `{builder.name}`", chosen)
    else:
        path = pin_file(directory, sources)
        found = _read(path, sources) if path else None
        if found is None:
            return None
        pin = found
    parts = _parts(pin)
    image = _IMAGE.fullmatch(builder.image)
    wanted = parts["name"]
    if image and wanted[:1].isdigit() and not _agree(wanted, image[1]):
        raise ConfigError(
            f"{pin.where} pins the toolchain `{pin.channel}`, but `{builder.image}` has {image[1]}",
            hint=f"builder `{builder.name}` needs an image with that compiler, such as "
            f"`rust:{wanted}-slim`",
            at=builder.at,
        )
    return pin


def _agree(pinned: str, installed: str) -> bool:
    return f"{pinned}.".startswith(f"{installed}.") or f"{installed}.".startswith(f"{pinned}.")


def _read(path: str, sources: Sources) -> Pin | None:
    text = read_text(path, sources)
    lines = text.strip().splitlines()
    if len(lines) == 1 and "[" not in text and not path.endswith(".toml"):
        return Pin(path, f"{path}:1", lines[0].strip())
    table = read_toml(path, sources, TOOLCHAIN) if path.endswith(".toml") else {}
    if not table:
        table = parse_toml(path, text)
        check(path, text, table, TOOLCHAIN)
    toolchain = table.get("toolchain", {})
    if "path" in toolchain:
        raise ConfigError(
            f"{place(path, text, 'toolchain', 'path')}: a toolchain with a `path` is not supported",
            hint="pin a `channel`, and choose a builder image that has it",
        )
    if "channel" not in toolchain:
        return None
    return Pin(path, place(path, text, "toolchain", "channel"), toolchain["channel"])


def _parts(pin: Pin) -> dict[str, str]:
    match = _CHANNEL.fullmatch(pin.channel)
    if match is None:
        raise ConfigError(
            f"{pin.where}: `{pin.channel}` is not a Rust release channel",
            hint="a channel is `stable`, `beta`, `nightly`, `nightly-2026-01-31` or a version "
            "such as `1.90.0`",
        )
    return {name: part or "" for name, part in match.groupdict().items()}


def script_lines(pin: Pin, builder: Builder) -> Iterator[str]:
    """The lines of a script that fail unless the compiler is the pinned one.

    Rustup's default toolchain is looked up in a directory without a pin, and then selected:
    otherwise rustup would download another compiler in the middle of a build.
    """
    parts = _parts(pin)
    # in a directory without a pin
    yield f"compiler=$({'cd / && ' if pin.path else ''}rustc -vV)"
    yield """release=$(echo "$compiler" | sed -n 's/^release: //p')"""
    yield _release_check(parts["name"])
    if date := parts["date"]:
        # a nightly is built from commits of earlier days
        yield f"wanted=$(date -d {quote(date)} +%s)"
        yield """made=$(date -d "$(echo "$compiler" | sed -n 's/^commit-date: //p')" +%s)"""
        yield '[ "$made" -le "$wanted" ] && [ "$made" -gt $((wanted - 345600)) ] || fits=no'
    where = pin.where.replace("`", "")
    yield 'if [ "$fits" = no ]; then'
    yield f"  echo {quote(f'error: {where} pins the toolchain {pin.channel}')}, \\"
    yield '    "and the compiler is $(echo "$compiler" | head -n 1)" >&2'
    hint = (
        f"hint: builder {builder.name} needs an image with that compiler; without containers, "
        f"run rustup toolchain install {pin.channel}"
    )
    yield f"  echo {quote(hint)} >&2"
    yield "  exit 1"
    yield "fi"
    if pin.path:
        yield "if command -v rustup > /dev/null; then"
        yield f"  {_VARIABLE}=$(cd / && rustup show active-toolchain | cut -d ' ' -f 1)"
        yield f"  export {_VARIABLE}"
        yield "fi"


def _release_check(name: str) -> str:
    """The line that checks whether the release of a compiler belongs to a channel."""
    if name in ("beta", "nightly") or "-beta" in name:
        known = {"beta": "*-beta*", "nightly": "*-nightly*"}.get(name, f"{name}|{name}.*")
        return f"case $release in {known}) fits=yes ;; *) fits=no ;; esac"
    known = "*" if name == "stable" else f"{name}|{name}.*"
    return f"case $release in *-*) fits=no ;; {known}) fits=yes ;; *) fits=no ;; esac"
