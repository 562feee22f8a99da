"""The settings of `.cargo/config.toml` files, merged as cargo does, and the files they name."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import ConfigError, paths, remembered
from msbuild_rust.toml_files import CARGO_CONFIG, check, place, read_toml, toml_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.plugin.api import Builder, Sources
    from msbuild_rust.toml_files import Table

# If a directory has both, cargo reads the first.
NAMES = (".cargo/config", ".cargo/config.toml")
_TARGET_VARIABLE = ("CARGO_TARGET_", "_RUSTFLAGS")

# Tables of cargo's config that name no file for compilers, or that are handled elsewhere.
_WITHOUT_FILES = {"alias", "http", "include", "net", "patch", "registries", "source", "term"}


@dataclass(frozen=True, slots=True)
class Layer:
    """One config file, or variables or arguments with the same effect.

    Attributes:
        path: the file; empty for variables and arguments.
        home: the directory that paths in it are relative to.
    """

    path: str
    home: str
    table: Mapping[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class CargoConfig:
    """All layers that cargo reads in one directory, in ascending order of precedence."""

    layers: tuple[Layer, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The config files, sorted."""
        return tuple(sorted({layer.path for layer in self.layers if layer.path}))

    def rustflags(self, *keys: str) -> tuple[str, ...]:
        """The flags at some keys: lists are joined, strings replace values of lower precedence."""
        flags: tuple[str, ...] = ()
        for layer in self.layers:
            value = _at(layer.table, (*keys, "rustflags"))
            if isinstance(value, str):
                flags = tuple(value.split())
            elif isinstance(value, list):
                flags += tuple(map(str, value))
        return flags

    def targets(self) -> Sequence[str]:
        """The keys of ``[target]`` that have their own flags, sorted."""
        tables = (_at(layer.table, ("target",)) for layer in self.layers)
        keys = {key for table in tables if isinstance(table, dict) for key in table}
        return sorted(key for key in keys if self.rustflags("target", key))

    def text(self, *keys: str) -> str:
        """The string at some keys that takes precedence; empty if there is none."""
        texts = (_at(layer.table, keys) for layer in self.layers)
        return next((text for text in reversed(list(texts)) if isinstance(text, str)), "")

    def effective(self, *keys: str) -> tuple[Layer, object] | None:
        """The value at some keys that takes precedence, and its layer."""
        for layer in reversed(self.layers):
            value = _at(layer.table, keys)
            if value is not None:
                return layer, value
        return None

    def patches(self) -> Iterator[tuple[str, str, Table]]:
        """The replaced packages: the directory paths are relative to, the key, the details."""
        for layer in self.layers:
            table = _at(layer.table, ("patch",))
            for source in table.values() if isinstance(table, dict) else ():
                for key, details in source.items():
                    yield layer.home, key, details if isinstance(details, dict) else {}


def config_files(directory: str, sources: Sources) -> tuple[str, ...]:
    """The config files of a directory and of those above it, the nearest last."""
    files: list[str] = []
    for parent in paths.ancestors(directory):
        places = (posixpath.join(parent, name) for name in NAMES)
        files.extend([path for path in places if sources.exists(path)][:1])
    return tuple(reversed(files))


def config_of(directory: str, builder: Builder, sources: Sources) -> CargoConfig:
    """The config of cargo when it is called in a directory by a builder.

    Raises:
        ConfigError: a file is not valid, or has a setting that is not supported.
    """
    question = (directory, tuple(sorted(builder.env.items())), tuple(builder.options["flags"]))
    return remembered(sources, question, lambda: _config_of(directory, builder, sources))


def project_config(directory: str, sources: Sources) -> CargoConfig:
    """The config of cargo in a directory from files of the tree alone."""
    return remembered(sources, directory, lambda: _project_config(directory, sources))


def _project_config(directory: str, sources: Sources) -> CargoConfig:
    layers = [
        layer for path in config_files(directory, sources) for layer in _layers(path, sources, ())
    ]
    for layer in layers:
        if layer.table.get("paths"):
            where = place(layer.path, sources.read(layer.path), "paths")
            raise ConfigError(
                f"{where}: `paths` overrides are not supported",
                hint="replace the package with `[patch]` in `Cargo.toml`",
            )
    return CargoConfig(tuple(layers))


def _config_of(directory: str, builder: Builder, sources: Sources) -> CargoConfig:
    return CargoConfig(
        (
            *project_config(directory, sources).layers,
            Layer("", directory, _from_variables(builder.env)),
            *_from_arguments(directory, builder, sources),
        )
    )


def _layers(path: str, sources: Sources, around: tuple[str, ...]) -> Iterator[Layer]:
    """A config file, after the files it includes."""
    if path in around:
        raise ConfigError(f"dependency cycle: {' -> '.join([*around, path])}")
    table = read_toml(path, sources, CARGO_CONFIG)
    directory = posixpath.dirname(path)
    for entry in table.get("include", ()):
        value = entry if isinstance(entry, str) else entry.get("path", "")
        optional = isinstance(entry, dict) and entry.get("optional") is True
        included = posixpath.normpath(posixpath.join(directory, value))
        if sources.exists(included):
            yield from _layers(included, sources, (*around, path))
        elif not optional:
            where = place(path, sources.read(path), "include")
            raise ConfigError(
                f"{where}: includes `{included}`, which is not in the source tree",
                hint="it would be missing when the service is built",
            )
    # relative to the parent of `.cargo`, even if the directory of an included file has another name
    yield Layer(path, posixpath.dirname(directory), table)


def _from_variables(env: Mapping[str, str]) -> Table:
    """The settings of a builder's environment variables instead of config files."""
    build: Table = {}
    targets: Table = {}
    if flags := env.get("CARGO_BUILD_RUSTFLAGS"):
        build["rustflags"] = flags.split()
    if target := env.get("CARGO_BUILD_TARGET"):
        build["target"] = target
    prefix, suffix = _TARGET_VARIABLE
    for name, value in env.items():
        if name.startswith(prefix) and name.endswith(suffix):
            triple = name.removeprefix(prefix).removesuffix(suffix)
            targets[f"${triple}"] = {"rustflags": value.split()}
    return {"build": build, "target": targets}


def _from_arguments(directory: str, builder: Builder, sources: Sources) -> Iterator[Layer]:
    """The settings of `--config` among the flags of a builder: a file or `key=value`."""
    flags = list(builder.options["flags"])
    for number, flag in enumerate(flags):
        value = flag.removeprefix("--config=") if flag.startswith("--config=") else ""
        if flag == "--config" and number + 1 < len(flags):
            value = flags[number + 1]
        if not value:
            continue
        path = posixpath.normpath(posixpath.join(directory, value))
        if sources.exists(path):
            yield from _layers(path, sources, ())
            continue
        try:
            table = toml_table(value)
        except ValueError as error:
            raise ConfigError(
                f"`--config {value}` is neither a file of the source tree nor valid TOML",
                hint=f"correct the option `flags` of builder `{builder.name}`",
                at=builder.at,
            ) from error
        check("--config", value, table, CARGO_CONFIG)
        yield Layer("", directory, table)


def _at(table: Mapping[str, object], keys: tuple[str, ...]) -> object:
    value: object = table
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def strings(value: object) -> Iterator[str]:
    """Every string in a TOML value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def named_paths(config: CargoConfig, sources: Sources) -> Iterator[str]:
    """Files of the tree in cargo's config: linker scripts, wrappers, values of variables."""
    for layer in config.layers:
        tables = ((k, v) for k, v in layer.table.items() if k not in _WITHOUT_FILES)
        for key, value in tables:
            for word in (
                word for text in strings(value) for word in _words(text, whole=key == "env")
            ):
                path = posixpath.normpath(posixpath.join(layer.home, word))
                around = path == "." or paths.is_below(layer.home, path)
                if not around and not paths.is_outside(path) and sources.exists(path):
                    yield path


def vendored(config: CargoConfig) -> tuple[str, ...]:
    """The directories of the tree that vendored crates come from, sorted."""
    directories: set[str] = set()
    for layer in config.layers:
        tables = layer.table.get("source", {})
        for source in tables.values() if isinstance(tables, dict) else ():
            for kind in ("directory", "local-registry"):
                if isinstance(source, dict) and kind in source:
                    directories.add(posixpath.normpath(posixpath.join(layer.home, source[kind])))
    return tuple(sorted(path for path in directories if not paths.is_outside(path)))


def vendored_crate(
    name: str, version: str, directories: Sequence[str], sources: Sources
) -> Iterator[str]:
    """The files of a vendored crate."""
    for directory in directories:
        for folder in (name, f"{name}-{version}"):
            yield from sources.files(posixpath.join(directory, folder))


def _words(text: str, *, whole: bool) -> Iterator[str]:
    """The words of a string that may be paths: of `-Clink-arg=-Tlink.x`, `link.x`.

    Args:
        text: the string.
        whole: whether the string itself may be a path even if it looks like an ordinary word.
    """
    if whole:
        yield text
    for word in re.split(r"[\s=,]+", text):
        if "/" in word or "." in word:
            yield word
            yield re.sub(r"^-[A-Za-z]", "", word)
