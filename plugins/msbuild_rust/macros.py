"""The crates that run while a package is compiled, such as macros, and the files they may read."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild.plugin.api import paths, remembered
from msbuild_rust.build_scripts import (
    climbs,
    may_read_workspace,
    named_places,
    read_anything,
    sources_of,
)
from msbuild_rust.code import is_given_to_macro, literals_of, resolve
from msbuild_rust.manifest import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msbuild.plugin.api import Sources
    from msbuild_rust.cfg import Cfg
    from msbuild_rust.code import Literal
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.toml_files import Table
    from msbuild_rust.workspace import CargoWorkspace

# Files that third-party crates read by convention in the package; some also in directories above.
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
# A file or directory, and its files that may be read.
Meant = tuple[str, tuple[str, ...]] | None


@dataclass(frozen=True, slots=True)
class Readers:
    """The crates of the tree that may read files for a package.

    Attributes:
        macros: procedural macros and their dependencies.
        helpers: the dependencies of its build script.
        rules: crates whose ``macro_rules!`` it may use.
    """

    macros: tuple[Manifest, ...]
    helpers: tuple[Manifest, ...]
    rules: tuple[Manifest, ...]


def readers_of(workspace: CargoWorkspace, package: Manifest, sources: Sources) -> Readers:
    """The crates of the tree that may read files when a package is compiled."""
    question = (workspace.root.path, package.path)
    return remembered(sources, question, lambda: _readers(workspace, package))


def _readers(workspace: CargoWorkspace, package: Manifest) -> Readers:
    macros: dict[str, Manifest] = {}
    helpers: dict[str, Manifest] = {}
    rules: dict[str, Manifest] = {}
    waiting = [
        (dependency, rules if not build else helpers)
        for dependency, build in _dependencies(workspace, package)
    ]
    while waiting:
        crate, kind = waiting.pop()
        if kind is rules and _is_macro(crate):
            kind = macros
        if crate.path in kind:
            continue
        kind[crate.path] = crate
        for dependency, build in _dependencies(workspace, crate):
            # the helpers of another package's build script run for that package only
            if not build:
                waiting.append((dependency, kind))
    ordered = (tuple(kind[path] for path in sorted(kind)) for kind in (macros, helpers, rules))
    return Readers(*ordered)


def _dependencies(workspace: CargoWorkspace, package: Manifest) -> Iterator[tuple[Manifest, bool]]:
    """The dependencies of a package in the tree, and whether each is one of its build script."""
    for build in (False, True):
        for key, entry in package.dependencies(dev=False, build=build):
            dependency = _dependency(workspace, package, key, entry)
            if dependency:
                yield dependency, build


def _dependency(
    workspace: CargoWorkspace, package: Manifest, key: str, entry: Table
) -> Manifest | None:
    details, home = workspace.details(package, key, entry)
    if "path" in details:
        directory = home.join(details["path"])
        return workspace.packages.get("" if directory == "." else directory)
    name = details.get("package", key)
    patched = (workspace.packages.get(path) for path in workspace.patched)
    return next((package for package in patched if package and package.name == name), None)


def _is_macro(package: Manifest) -> bool:
    library = package.table.get("lib", {})
    return library.get("proc-macro", library.get("proc_macro")) is True


def conventions(package: Manifest, top: str, crates: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The paths that third-party crates read by convention for a package, each with the crate.

    Args:
        package: the package.
        top: the directory of the workspace.
        crates: the names of its third-party dependencies, direct or not.
    """
    for crate in sorted(crates & _CONVENTIONS.keys()):
        for name in _CONVENTIONS[crate]:
            for directory in paths.ancestors(package.directory):
                yield posixpath.join(directory, name), crate
                if name not in _FROM_ABOVE or directory == top:
                    break


def include_rules(package: Manifest, cfg: Cfg, sources: Sources) -> tuple[tuple[str, Literal], ...]:
    """The literals of sources whose ``macro_rules!`` include files, each with the source's path."""

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


@dataclass(slots=True)
class MacroReads:
    """The files that the macros of a package may read, each with the reason.

    Attributes:
        workspace: why they may read the workspace's manifests; empty if they do not.
    """

    files: dict[str, str] = field(default_factory=dict)
    widened: dict[str, str] = field(default_factory=dict)
    workspace: str = ""


class PackageNames:
    """Resolves the literals of one package to files.

    Args:
        package: the package.
        top: the directory of its workspace, where the compiler runs.
        cfg: how it is compiled.
        sources: the source tree.
    """

    def __init__(self, package: Manifest, top: str, cfg: Cfg, sources: Sources) -> None:
        self._package = package
        self._top = top
        self._cfg = cfg
        self._sources = sources
        self._known: dict[tuple[str, str], Meant] = {}

    def in_source(self, path: str, text: str) -> Iterator[tuple[str, tuple[str, ...], int]]:
        """The existing paths that a source passes to macros and attributes: path, its files, line.

        Nothing else that a source names can be read while it is compiled.
        """
        for literal in literals_of(text, self._cfg):
            for base in self._bases(literal, posixpath.dirname(path)):
                meant = self._files_meant(literal, base)
                if meant and is_given_to_macro(literal, text, self._cfg):
                    yield *meant, literal.line

    def by_macros(self, own: Sequence[str], readers: Readers) -> MacroReads:
        """The files that macros of the tree may read for the package.

        Args:
            own: the sources of the package.
            readers: the crates of the tree that may read files for it.
        """
        reads = MacroReads()
        self._by_rules(own, readers, reads)
        for macro in readers.macros:
            texts = {path: self._sources.read(path) for path in sources_of(macro, self._sources)}
            if read_anything(texts.values()):
                self._by_macro(macro, tuple(texts.values()), own, reads)
        return reads

    def _by_macro(
        self, macro: Manifest, texts: tuple[str, ...], own: Sequence[str], reads: MacroReads
    ) -> None:
        reason = f"the macros of `{macro.path}` may read it"
        if may_read_workspace(texts):
            reads.workspace = reason
        given = [
            literal
            for text in map(self._sources.read, own)
            for literal in literals_of(text, self._cfg)
            if not literal.is_word and is_given_to_macro(literal, text, self._cfg)
        ]
        for base in (self._package.directory, self._top):
            for literal in (each for text in texts for each in literals_of(text, self._cfg)):
                if meant := (not literal.is_word or base != self._top) and self._files_meant(
                    literal, base
                ):
                    self._add(*meant, reason, reads)
        if any(map(climbs, texts)):
            for place, files in named_places(texts, self._package, given, self._sources):
                self._add(place, files, reason, reads)

    def _by_rules(self, own: Sequence[str], readers: Readers, reads: MacroReads) -> None:
        """Add the files that `macro_rules!` include, relative to the source that uses them."""
        homes = sorted({posixpath.dirname(path) for path in own})
        for crate in (self._package, *readers.rules):
            for path, literal in include_rules(crate, self._cfg, self._sources):
                counts = crate is not self._package or path in own
                for home in homes if counts else ():
                    if meant := self._files_meant(literal, home):
                        self._add(*meant, f"named by {path}:{literal.line}", reads)

    @staticmethod
    def _add(place: str, files: tuple[str, ...], reason: str, reads: MacroReads) -> None:
        for path in files:
            reads.files.setdefault(path, reason)
        if files != (place,):
            reads.widened.setdefault(place, reason)

    def _bases(self, literal: Literal, home: str) -> Iterator[str]:
        """The directories that a literal may be relative to."""
        yield self._package.directory
        if not literal.is_word:
            yield from {home, self._top} - {self._package.directory}

    def _files_meant(self, literal: Literal, base: str) -> Meant:
        """The files that a literal names; ``None`` for the package itself or a directory above."""
        if not literal.path:
            return None
        key = (literal.path, base)
        if key not in self._known:
            self._known[key] = self._resolve(literal, base)
        return self._known[key]

    def _resolve(self, literal: Literal, base: str) -> Meant:
        meant = resolve(literal, base, self._sources)
        if meant is None:
            return None
        place, files = meant
        directory = self._package.directory
        if place == "." or paths.is_below(directory, place):
            return meant if "{" in literal.path or "*" in literal.path else None
        if literal.is_word and any(posixpath.basename(file) == NAME for file in files):
            # an ordinary word that is also the name of a directory of packages
            return None
        return meant
