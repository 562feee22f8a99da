"""The files that a program is compiled from, found by following its imports."""

from __future__ import annotations

import posixpath
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import remembered
from msbuild_go.c_files import CFiles
from msbuild_go.flags import words_of
from msbuild_go.lock_files import importable_back, imports_tree
from msbuild_go.modules import module_of
from msbuild_go.packages import Origin, packages_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from msbuild.plugin.api import Sources
    from msbuild_go.modules import Modules
    from msbuild_go.packages import Packages
    from msbuild_go.settings import GeneratedCode, Program

LISTED = "listed in `inputs`"
# The profile for profile-guided optimization, if the main package has one.
_PROFILE = "default.pgo"
# Directories in which go doesn't look for packages.
_NO_PACKAGES = {"testdata", "vendor"}


@dataclass(frozen=True, slots=True)
class Closure:
    """The files that a program is compiled from.

    Attributes:
        files: the source files, each with the reason, sorted.
        widened: directories included in full, each with the reason.
        modules: the directories of the modules that the files are in.
        third_party: the import paths of third-party packages, vendored or not.
        standard: the import paths of packages of the standard library.
        unknown: whether it imports anything else, which only a build can find.
        unkeyed: files that its compilers read but go's cache keys don't contain, each with the
            directory of the package that it is compiled into.
        has_c: whether there is C or assembly in it.
        ignored: files that would be embedded or imported if ignore rules did not exclude them,
            each with what names it.
    """

    files: Mapping[str, str]
    widened: Mapping[str, str]
    modules: frozenset[str]
    third_party: frozenset[str]
    standard: frozenset[str]
    unknown: bool
    unkeyed: Mapping[str, str]
    has_c: bool
    ignored: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class External:
    """The facts about a program that shared stages need.

    Attributes:
        tags: its build tags.
        flags: the flags for packages that it imports, quoted for the shell.
        third_party: as in ``Closure``, like the others.
    """

    tags: tuple[str, ...]
    flags: tuple[str, ...]
    third_party: frozenset[str]
    standard: frozenset[str]
    unkeyed: Mapping[str, str]


def closure_of(program: Program, modules: Modules, sources: Sources) -> Closure:
    """Follow the imports of a program's main package through the modules of the tree."""
    return remembered(sources, program, lambda: _follow(program, modules, sources))


def _follow(program: Program, modules: Modules, sources: Sources) -> Closure:
    walk = _Walk(program, modules, sources)
    walk.reach(program.package, "the main package")
    walk.finish()
    # generated code may import packages that nothing in the tree imports
    for directory in _listed_packages(program, modules, sources):
        walk.modules.add(modules.owner(directory))
        walk.reach(directory, LISTED)
    walk.finish()
    if not program.listed:
        walk.reach_all(_importable(program.generated, walk.directories, modules))
    if walk.third_party and not modules.vendored:
        walk.reach_all(importable_back(walk.third_party, modules, sources))
    walk.c_files.add_flags((*program.flags.link_words, *words_of(program.ldflags)))
    profile = posixpath.join(program.package, _PROFILE)
    if program.flags.value("pgo", "auto") == "auto" and sources.exists(profile):
        walk.files[profile] = "the profile for optimization of the main package"
    return Closure(
        files=dict(sorted(walk.files.items())),
        widened={
            path or ".": reason
            for path, reason in sorted({**walk.c_files.widened, **walk.widened}.items())
        },
        modules=frozenset({modules.owner(program.package), *walk.modules}),
        third_party=frozenset(walk.third_party),
        standard=frozenset(walk.standard),
        unknown=walk.unknown,
        unkeyed=dict(sorted(walk.c_files.unkeyed.items())),
        has_c=walk.c_files.compiles,
        ignored=dict(sorted(walk.ignored.items())),
    )


def _listed_packages(program: Program, modules: Modules, sources: Sources) -> list[str]:
    """The directories of listed Go files that belong to the program's modules."""
    homes = {module.directory for module in modules.members}
    directories = {posixpath.dirname(path) for path in program.listed if path.endswith(".go")}
    return sorted(directory for directory in directories if module_of(directory, sources) in homes)


class _Walk:
    """Walks the import graph; each file has the first reason found."""

    def __init__(self, program: Program, modules: Modules, sources: Sources) -> None:
        tags = program.tags_for(modules.release)
        self.files: dict[str, str] = {}
        self.c_files = CFiles(
            self.files,
            sources,
            tags,
            root=modules.root,
            flags=program.c_flags,
            assembler=program.asm_headers,
        )
        self.modules: set[str] = set()
        self.third_party: set[str] = set()
        self.standard: set[str] = set()
        self.unknown = False
        self.widened: dict[str, str] = {}
        self.ignored: dict[str, str] = {}
        self._modules = modules
        self._missing: set[str] = set()
        self._packages = packages_of(modules, tags, sources)
        self._sources = sources
        self._reached: set[str] = set()
        self._imports: set[str] = set()
        self._waiting: deque[tuple[str, str]] = deque()

    def reach(self, directory: str, reason: str) -> None:
        """Queue the package in a directory, once."""
        if directory not in self._reached:
            self._reached.add(directory)
            self._waiting.append((directory, reason))

    @property
    def directories(self) -> list[str]:
        """The directories of packages that were reached, or are imported but missing."""
        return sorted(self._reached | self._missing)

    def reach_all(self, places: Iterable[tuple[str, str]]) -> None:
        """Add every package of modules, each with the reason, and their imports."""
        for place, reason in places:
            self.unknown = True
            self.widened.setdefault(place, reason)
            for directory in _packages_below(place, self._modules, self._packages, self._sources):
                self.reach(directory, reason)
                if self._modules.vendored and place == self._modules.vendor:
                    self.third_party.add(posixpath.relpath(directory, place))
                else:
                    self.modules.add(place)
        self.finish()

    def finish(self) -> None:
        """Add all queued packages and their imports, direct or not."""
        while self._waiting:
            self._add(*self._waiting.popleft())

    def _add(self, directory: str, reason: str) -> None:
        package = self._packages.package(directory, self._sources)
        for path in package.files:
            self.files.setdefault(path, reason)
        for path, where in package.imports.items():
            self._import(path, where)
        for path, where in package.embeds.items():
            self.files.setdefault(path, f"embedded by {where}")
        for path, where in package.ignored.items():
            self.ignored.setdefault(path, f"embedded by {where}")
        self.c_files.add_package(directory, package, reason)

    def _import(self, path: str, where: str) -> None:
        if path in self._imports or path == "C":
            return
        self._imports.add(path)
        meaning = self._packages.meaning(path, self._sources)
        match meaning.origin:
            case Origin.THIRD_PARTY:
                self.third_party.add(path)
                self._follow_back(path)
            case Origin.STANDARD:
                self.standard.add(path)
            case Origin.UNKNOWN:
                self.unknown = True
                self._record_missing(path, where)
        if meaning.module is not None:
            self.modules.add(meaning.module)
        if meaning.directory is not None:
            self.reach(meaning.directory, f"imported by {where}")

    def _follow_back(self, path: str) -> None:
        """Follow a third-party package's imports of packages in the tree."""
        if not self._modules.vendored:
            for imported in sorted(imports_tree(self._modules, self._sources).get(path, ())):
                self._import(imported, f"the third-party package {path}")

    def _record_missing(self, path: str, where: str) -> None:
        """Record where a missing package would be, and which of its files are ignored."""
        for module in self._modules.members:
            if (directory := module.package(path)) is not None:
                self._missing.add(directory)
                exists = self._sources.exists(directory)
                for name in self._sources.ignored(directory if exists else module.directory):
                    if name.endswith(".go") and posixpath.dirname(name) == directory:
                        self.ignored.setdefault(name, f"imported by {where}")


def _importable(
    generated: Iterable[GeneratedCode], directories: Collection[str], modules: Modules
) -> Iterator[tuple[str, str]]:
    """The directories of modules whose packages generated code may import, each with the reason.

    Args:
        generated: the directories that other stages generate.
        directories: those of the program's packages, existing or missing.
        modules: the program's modules.
    """
    for code in generated:
        place = next((directory for directory in directories if code.may_be_in(directory)), None)
        if place is not None:
            reason = (
                f"Go code that `{code.name}` generates in `{place or '.'}` may import any package"
            )
            for module in modules.members:
                yield module.directory, reason
            if modules.vendored:
                yield modules.vendor, reason


def _packages_below(
    directory: str, modules: Modules, packages: Packages, sources: Sources
) -> Iterator[str]:
    """The directories of importable packages in a directory, without commands and nested modules.

    Args:
        directory: the directory of a module or of vendored packages.
        modules: the modules of the program.
        packages: finds the package in a directory.
        sources: the source tree.
    """
    vendored = modules.vendored and directory == modules.vendor
    directories = {
        posixpath.dirname(file) for file in sources.files(directory) if file.endswith(".go")
    }
    for path in sorted(directories):
        parts = posixpath.relpath(path or ".", directory or ".").split("/")
        hidden = any(part in _NO_PACKAGES or part.startswith(("_", ".")) for part in parts)
        if (hidden and parts != ["."]) or not (vendored or module_of(path, sources) == directory):
            continue
        if packages.package(path, sources).names - {"main", ""}:
            yield path
