"""Crates of the tree that run while another package is compiled: macros, and helpers of scripts."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import remembered
from msbuild_rust.literals import is_given_to_macro, literals_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.plugin.api import Sources
    from msbuild_rust.cfg import Cfg
    from msbuild_rust.literals import Literal
    from msbuild_rust.manifest import Manifest, Table
    from msbuild_rust.workspace import CargoWorkspace

_NOT_COMPILED = ("tests", "benches", "examples", "target")
# What third-party crates read by convention: from the package, or from anywhere above it.
_CONVENTIONS = {
    "askama": ("askama.toml", "templates"),
    "diesel_migrations": ("diesel.toml", "migrations"),
    "dotenv_codegen": (".env",),
    "dotenvy_macro": (".env",),
    "i18n-embed-fl": ("i18n.toml", "i18n"),
    "leptos_i18n": ("locales",),
    "refinery": ("refinery.toml", "migrations"),
    "rinja": ("rinja.toml", "templates"),
    "rust-i18n": ("locales",),
    "sqlx": (".sqlx", "sqlx-data.json", "sqlx.toml", ".env", "migrations"),
}
_FROM_ABOVE = {
    "diesel.toml",
    "migrations",
    ".env",
    ".sqlx",
    "sqlx-data.json",
    "sqlx.toml",
}


@dataclass(frozen=True, slots=True)
class Readers:
    """The crates of the tree that may read files for a package.

    Attributes:
        macros: procedural macros, and what they are made from.
        helpers: what its build script is compiled with.
        rules: crates whose ``macro_rules!`` may be used in it.
    """

    macros: tuple[Manifest, ...]
    helpers: tuple[Manifest, ...]
    rules: tuple[Manifest, ...]


def readers_of(workspace: CargoWorkspace, package: Manifest, sources: Sources) -> Readers:
    """The crates of the tree that may read files when a package is compiled."""
    asked = (workspace.root.path, package.path)
    return remembered(sources, asked, lambda: _readers(workspace, package))


def _readers(workspace: CargoWorkspace, package: Manifest) -> Readers:
    macros: dict[str, Manifest] = {}
    helpers: dict[str, Manifest] = {}
    rules: dict[str, Manifest] = {}
    waiting = [
        (found, rules if not build else helpers) for found, build in _edges(workspace, package)
    ]
    while waiting:
        found, kind = waiting.pop()
        if kind is rules and _is_macro(found):
            kind = macros
        if found.path in kind:
            continue
        kind[found.path] = found
        for each, build in _edges(workspace, found):
            # what another package's build script is made of runs for that package
            if not build:
                waiting.append((each, kind))
    ordered = (tuple(kind[path] for path in sorted(kind)) for kind in (macros, helpers, rules))
    return Readers(*ordered)


def _edges(workspace: CargoWorkspace, package: Manifest) -> Iterator[tuple[Manifest, bool]]:
    """The packages of the tree that one is made from, and whether its build script is."""
    for build in (False, True):
        for key, said in package.dependencies(dev=False, build=build):
            found = _package(workspace, package, key, said)
            if found:
                yield found, build


def _package(
    workspace: CargoWorkspace, package: Manifest, key: str, said: Table
) -> Manifest | None:
    details, home = workspace.details(package, key, said)
    if "path" in details:
        directory = home.join(details["path"])
        return workspace.packages.get("" if directory == "." else directory)
    name = details.get("package", key)
    patched = (workspace.packages.get(path) for path in workspace.patched)
    return next((each for each in patched if each and each.name == name), None)


def _is_macro(package: Manifest) -> bool:
    library = package.table.get("lib", {})
    return library.get("proc-macro", library.get("proc_macro")) is True


def sources_of(package: Manifest, sources: Sources) -> tuple[str, ...]:
    """The source files of a crate that runs while others are compiled."""

    def find() -> tuple[str, ...]:
        start = f"{package.directory}/" if package.directory else ""
        return tuple(
            path
            for path in sources.files(package.directory)
            if path.endswith(".rs")
            and path.removeprefix(start).partition("/")[0] not in _NOT_COMPILED
        )

    return remembered(sources, ("sources", package.path), find)


def conventions(package: Manifest, top: str, crates: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What third-party crates read by convention for a package: the path, and the crate.

    Args:
        package: the package.
        top: the directory of the workspace.
        crates: the names of third-party crates that it is made from.
    """
    for crate in sorted(crates & _CONVENTIONS.keys()):
        for name in _CONVENTIONS[crate]:
            yield package.join(name), crate
            directory = package.directory
            while name in _FROM_ABOVE and directory != top and directory:
                directory = posixpath.dirname(directory)
                yield posixpath.join(directory, name), crate


def include_rules(package: Manifest, cfg: Cfg, sources: Sources) -> tuple[tuple[str, Literal], ...]:
    """The texts of sources that declare macros by rules which include files, each with the path."""

    def find() -> tuple[tuple[str, Literal], ...]:
        texts = ((path, sources.read(path)) for path in sources_of(package, sources))
        return tuple(
            (path, literal)
            for path, text in texts
            if "macro_rules!" in text and "include" in text
            for literal in literals_of(text, cfg)
            if is_given_to_macro(literal, text, cfg)
        )

    return remembered(sources, ("rules", package.path, cfg), find)
