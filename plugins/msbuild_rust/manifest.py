"""One ``Cargo.toml``: what it says about its package, its dependencies and its workspace."""

from __future__ import annotations

import posixpath
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msbuild.plugin.api import ConfigError, remembered
from msbuild_rust.shapes import MANIFEST, check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild.plugin.api import Sources
    from msbuild_rust.shapes import Shape

Table = dict[str, Any]

NAME = "Cargo.toml"
BUILD_KINDS = ("build-dependencies", "build_dependencies")
_NORMAL = ("dependencies", *BUILD_KINDS)
_DEV = ("dev-dependencies", "dev_dependencies")
# Cargo itself reads no more than 80 levels.
_DEEPEST = 128
_RESOLVER_OF_EDITION = {"2021": "2", "2024": "3"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A parsed ``Cargo.toml``.

    Attributes:
        path: from the source root.
        table: what it holds; shared between readers, so nobody changes it.
    """

    path: str
    table: Mapping[str, Any]

    @property
    def directory(self) -> str:
        """Where the manifest lies; empty for the source root."""
        return posixpath.dirname(self.path)

    @property
    def package(self) -> Table | None:
        """The ``[package]`` table; a virtual workspace root has none."""
        package: Table | None = self.table.get("package", self.table.get("project"))
        return package

    @property
    def name(self) -> str:
        """The name of the package."""
        return str((self.package or {}).get("name", ""))

    @property
    def workspace(self) -> Table | None:
        """The ``[workspace]`` table of a workspace root."""
        return self.table.get("workspace")

    @property
    def resolver(self) -> str:
        """The version of cargo's feature resolver that this workspace root asks for."""
        package = self.package or {}
        said = (self.workspace or {}).get("resolver", package.get("resolver"))
        return str(said or _RESOLVER_OF_EDITION.get(str(package.get("edition")), "1"))

    def join(self, path: str) -> str:
        """A path that the manifest names, from the source root."""
        return posixpath.normpath(posixpath.join(self.directory, path))

    def dependencies(self, *, dev: bool, build: bool | None = None) -> Iterator[tuple[str, Table]]:
        """The key and the details of each dependency, those of every platform included.

        Args:
            dev: whether those of tests count.
            build: whether to tell those of the build script alone, or all but those.
        """
        kinds = {None: _NORMAL, True: BUILD_KINDS, False: ("dependencies",)}[build]
        for table in (self.table, *self.table.get("target", {}).values()):
            for kind in kinds + (_DEV if dev else ()):
                for key, details in table.get(kind, {}).items():
                    yield key, details if isinstance(details, dict) else {}

    def patches(self) -> Iterator[tuple[str, Table]]:
        """The key and the details of each replaced package, of every source."""
        for table in (*self.table.get("patch", {}).values(), self.table.get("replace", {})):
            for key, details in table.items():
                yield key, details if isinstance(details, dict) else {}


def read_manifest(path: str, sources: Sources) -> Manifest:
    """The manifest at a path.

    Raises:
        ConfigError: there is none, it is not valid TOML, or a value in it has another type than
            cargo takes.
    """
    return Manifest(path, read_toml(path, sources, MANIFEST))


def read_toml(path: str, sources: Sources, shape: Shape) -> Table:
    """A TOML file as a table of a shape. Raises as ``read_manifest`` does."""
    return remembered(sources, path, lambda: _checked(path, sources, shape))


def read_text(path: str, sources: Sources) -> str:
    """The text of a file that must be there."""
    try:
        return sources.read(path)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        what = "is not a file" if sources.exists(path) else "does not exist in the source tree"
        raise ConfigError(f"`{path}` {what}") from error


def _checked(path: str, sources: Sources, shape: Shape) -> Table:
    text = read_text(path, sources)
    table = parse_toml(path, text)
    check(path, text, table, shape)
    return table


def parse_toml(path: str, text: str) -> Table:
    """The table that a text in TOML holds."""
    try:
        return toml_table(text)
    except ValueError as error:
        raise ConfigError(
            f"`{path}` is not valid TOML: {error}",
            hint="correct the file; after a merge, look for conflict markers",
        ) from error


# each service of a workspace asks for the same files
@lru_cache(maxsize=4096)
def toml_table(text: str) -> Table:
    """The table that a text in TOML holds.

    Raises:
        ValueError: it is not valid TOML, or nested so deeply that cargo refuses it, too.
    """
    try:
        table = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    values: list[object] = [table]
    for _ in range(_DEEPEST):
        values = [inner for value in values for inner in _inside(value)]
        if not values:
            return table
    raise ValueError("nested too deeply")


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
