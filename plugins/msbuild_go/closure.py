"""The files that a program is compiled from, found by following its imports."""

from __future__ import annotations

import posixpath
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import remembered
from msbuild_go.c_files import CFiles
from msbuild_go.flags import words_of
from msbuild_go.generated_code import importable, packages_below
from msbuild_go.links import importable_back, imports_tree
from msbuild_go.modules import module_of
from msbuild_go.packages import Origin, packages_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from msbuild.plugin.api import Sources
    from msbuild_go.modules import Modules
    from msbuild_go.settings import Program

LISTED = "listed in `inputs`"
# What `go build` guides its optimizations by, if the main package has it.
_PROFILE = "default.pgo"


@dataclass(frozen=True, slots=True)
class Closure:
    """What a program is compiled from.

    Attributes:
        files: the source files, each with why it is there, sorted.
        widened: directories taken whole, each with why.
        modules: the directories of the modules that the files are in.
        third_party: the import paths of packages from elsewhere, vendored or not.
        standard: the import paths of packages of the standard library.
        unknown: whether it imports something else; only a build can tell what.
        unkeyed: files that its compilers read and go's cache does not know of, each with the
            directory of the package that it is compiled into.
        has_c: whether there is C or assembly in it.
        lost: files that ignore rules keep from being embedded or imported, each with what names it.
    """

    files: Mapping[str, str]
    widened: Mapping[str, str]
    modules: frozenset[str]
    third_party: frozenset[str]
    standard: frozenset[str]
    unknown: bool
    unkeyed: Mapping[str, str]
    has_c: bool
    lost: Mapping[str, str]


def closure_of(program: Program, modules: Modules, sources: Sources) -> Closure:
    """Follow the imports of a program's main package through the modules of the tree."""
    return remembered(sources, program, lambda: _follow(program, modules, sources))


def _follow(program: Program, modules: Modules, sources: Sources) -> Closure:
    walk = _Walk(program, modules, sources)
    walk.reach(program.package, "the main package")
    walk.finish()
    # what nothing imports in the tree, generated code may
    for directory in _listed_packages(program, modules, sources):
        walk.modules.add(modules.owner(directory))
        walk.reach(directory, LISTED)
    walk.finish()
    if not program.listed:
        walk.reach_all(importable(program.generated, walk.directories, modules))
    if walk.third_party and not modules.vendored:
        walk.reach_all(importable_back(walk.third_party, modules, sources))
    walk.c_files.add_flags((*program.flags.link_words, *words_of(program.ldflags)))
    profile = posixpath.join(program.package, _PROFILE)
    if program.flags.value("pgo", "auto") == "auto" and sources.exists(profile):
        walk.files[profile] = "guides the optimizations of the main package"
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
        lost=dict(sorted(walk.lost.items())),
    )


def _listed_packages(program: Program, modules: Modules, sources: Sources) -> list[str]:
    """The directories of listed Go files, as far as they belong to the program's modules."""
    homes = {module.directory for module in modules.members}
    found = {posixpath.dirname(path) for path in program.listed if path.endswith(".go")}
    return sorted(each for each in found if module_of(each, sources) in homes)


class _Walk:
    """Collects while it walks; the first reason to need a file is the one that is told."""

    def __init__(self, program: Program, modules: Modules, sources: Sources) -> None:
        tags = program.judge(modules.release)
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
        self.lost: dict[str, str] = {}
        self._modules = modules
        self._missing: set[str] = set()
        self._packages = packages_of(modules, tags, sources)
        self._sources = sources
        self._reached: set[str] = set()
        self._imports: set[str] = set()
        self._waiting: deque[tuple[str, str]] = deque()

    def reach(self, directory: str, reason: str) -> None:
        """Take the package in a directory, once."""
        if directory not in self._reached:
            self._reached.add(directory)
            self._waiting.append((directory, reason))

    @property
    def directories(self) -> list[str]:
        """The directories of the packages that were reached, or are imported and not there."""
        return sorted(self._reached | self._missing)

    def reach_all(self, places: Iterable[tuple[str, str]]) -> None:
        """Take every package of modules, each with the reason, and what those import."""
        for place, reason in places:
            self.unknown = True
            self.widened.setdefault(place, reason)
            for directory in packages_below(place, self._modules, self._packages, self._sources):
                self.reach(directory, reason)
                if self._modules.vendored and place == self._modules.vendor:
                    self.third_party.add(posixpath.relpath(directory, place))
                else:
                    self.modules.add(place)
        self.finish()

    def finish(self) -> None:
        """Take all packages that are waiting, and those they import."""
        while self._waiting:
            self._take(*self._waiting.popleft())

    def _take(self, directory: str, reason: str) -> None:
        package = self._packages.package(directory, self._sources)
        for path in package.files:
            self.files.setdefault(path, reason)
        for path, where in package.imports.items():
            self._import(path, where)
        for path, where in package.embeds.items():
            self.files.setdefault(path, f"embedded by {where}")
        for path, where in package.lost.items():
            self.lost.setdefault(path, f"embedded by {where}")
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
                self._miss(path, where)
        if meaning.module is not None:
            self.modules.add(meaning.module)
        if meaning.directory is not None:
            self.reach(meaning.directory, f"imported by {where}")

    def _follow_back(self, path: str) -> None:
        """Take what a package from elsewhere imports of the tree."""
        if not self._modules.vendored:
            for each in sorted(imports_tree(self._modules, self._sources).get(path, ())):
                self._import(each, f"the third-party package {path}")

    def _miss(self, path: str, where: str) -> None:
        """Note where a package would be that is not there, and what is ignored of it."""
        for module in self._modules.members:
            if (directory := module.package(path)) is not None:
                self._missing.add(directory)
                there = self._sources.exists(directory)
                for name in self._sources.ignored(directory if there else module.directory):
                    if name.endswith(".go") and posixpath.dirname(name) == directory:
                        self.lost.setdefault(name, f"imported by {where}")
