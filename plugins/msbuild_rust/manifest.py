"""One ``Cargo.toml``: its package, the targets cargo compiles of it, dependencies and workspace."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild_rust.toml_files import MANIFEST, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from msbuild.plugin.api import Sources
    from msbuild_rust.toml_files import Table

NAME = "Cargo.toml"
BUILD_KINDS = ("build-dependencies", "build_dependencies")
_NORMAL = ("dependencies", *BUILD_KINDS)
_DEV = ("dev-dependencies", "dev_dependencies")
_RESOLVER_OF_EDITION = {"2021": "2", "2024": "3"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A parsed ``Cargo.toml``.

    Attributes:
        path: from the source root.
        table: its content; shared between readers, so never modified.
    """

    path: str
    table: Mapping[str, Any]

    @property
    def directory(self) -> str:
        """The directory of the manifest; empty for the source root."""
        return posixpath.dirname(self.path)

    @property
    def package(self) -> Table | None:
        """The ``[package]`` table; ``None`` for a virtual workspace."""
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
        """The version of cargo's feature resolver that this workspace root selects."""
        package = self.package or {}
        chosen = (self.workspace or {}).get("resolver", package.get("resolver"))
        return str(chosen or _RESOLVER_OF_EDITION.get(str(package.get("edition")), "1"))

    def join(self, path: str) -> str:
        """The path, from the source root, of a path in the manifest."""
        return posixpath.normpath(posixpath.join(self.directory, path))

    def dependencies(self, *, dev: bool, build: bool | None = None) -> Iterator[tuple[str, Table]]:
        """The key and the details of each dependency, on any platform.

        Args:
            dev: whether to include dev-dependencies.
            build: ``True`` for build-dependencies alone, ``False`` for normal ones, ``None`` for
                both.
        """
        kinds = {None: _NORMAL, True: BUILD_KINDS, False: ("dependencies",)}[build]
        for table in (self.table, *self.table.get("target", {}).values()):
            for kind in kinds + (_DEV if dev else ()):
                for key, details in table.get(kind, {}).items():
                    yield key, details if isinstance(details, dict) else {}

    def patches(self) -> Iterator[tuple[str, Table]]:
        """The key and the details of each package that ``[patch]`` or ``[replace]`` replaces."""
        for table in (*self.table.get("patch", {}).values(), self.table.get("replace", {})):
            for key, details in table.items():
                yield key, details if isinstance(details, dict) else {}


def read_manifest(path: str, sources: Sources) -> Manifest:
    """The manifest at a path.

    Raises:
        ConfigError: it doesn't exist, is not valid TOML, or has a value of the wrong type.
    """
    return Manifest(path, read_toml(path, sources, MANIFEST))


# Where cargo expects declared targets without `path`; it refuses a manifest if one is missing.
_EXTRAS = {"test": "tests", "bench": "benches", "example": "examples"}


@dataclass(frozen=True, slots=True)
class Target:
    """A target of a package.

    Attributes:
        kind: ``lib``, ``bin``, ``build``, ``test``, ``bench`` or ``example``.
        path: its root file, from the source root.
    """

    kind: str
    name: str
    path: str

    @property
    def always(self) -> bool:
        """Whether it is needed to build a program, not only for tests and the like."""
        return self.kind in ("lib", "bin", "build")


def targets(package: Manifest, sources: Sources) -> tuple[Target, ...]:
    """The targets of a package whose root file is in the tree, sorted by path.

    Without tests, benchmarks and examples that cargo discovers: it doesn't need them to exist.
    """
    by_path = {target.path: target for target in _targets(package, sources)}
    return tuple(by_path[path] for path in sorted(by_path) if _is_file(path, sources))


def _is_file(path: str, sources: Sources) -> bool:
    return sources.exists(path) and not sources.files(path)


def _targets(package: Manifest, sources: Sources) -> Iterator[Target]:
    library: Table = package.table.get("lib", {})
    yield Target("lib", package.name, package.join(library.get("path", "src/lib.rs")))
    script = (package.package or {}).get("build", "build.rs")
    if isinstance(script, str):
        yield Target("build", "build", package.join(script))
    yield from _discovered_programs(package, sources)
    yield from _declared(package, "bin", "src/bin", sources)
    for kind, directory in _EXTRAS.items():
        yield from _declared(package, kind, directory, sources)


def _discovered_programs(package: Manifest, sources: Sources) -> Iterator[Target]:
    if (package.package or {}).get("autobins") is False:
        return
    yield Target("bin", package.name, package.join("src/main.rs"))
    directory = package.join("src/bin")
    for path in sources.files(directory):
        name, extension = posixpath.splitext(path.removeprefix(f"{directory}/"))
        parent, file = posixpath.split(name)
        if extension == ".rs" and (not parent or (file == "main" and "/" not in parent)):
            yield Target("bin", parent or name, path)


def _declared(package: Manifest, kind: str, directory: str, sources: Sources) -> Iterator[Target]:
    for entry in package.table.get(kind, []):
        name = str(entry.get("name", ""))
        if "path" in entry:
            yield Target(kind, name, package.join(entry["path"]))
            continue
        places = [f"{directory}/{name}.rs", f"{directory}/{name}/main.rs"]
        if kind == "bin":
            places.append("src/main.rs")
        existing = (path for path in map(package.join, places) if sources.exists(path))
        if path := next(existing, None):
            yield Target(kind, name, path)
