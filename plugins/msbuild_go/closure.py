"""The files that a program is compiled from, found by following its imports."""

from __future__ import annotations

import posixpath
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin_api import remembered
from msbuild_go.c_files import CFiles
from msbuild_go.cgo_flags import words_of
from msbuild_go.modules import module_of
from msbuild_go.packages import Origin, packages_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.plugin_api import Sources
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
    """

    files: Mapping[str, str]
    widened: Mapping[str, str]
    modules: frozenset[str]
    third_party: frozenset[str]
    standard: frozenset[str]
    unknown: bool
    unkeyed: Mapping[str, str]
    has_c: bool


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
    walk.c_files.add_flags((*program.flags.link_words, *words_of(program.ldflags)))
    profile = posixpath.join(program.package, _PROFILE)
    if program.flags.value("pgo", "auto") == "auto" and sources.exists(profile):
        walk.files[profile] = "guides the optimizations of the main package"
    return Closure(
        files=dict(sorted(walk.files.items())),
        widened=dict(sorted(walk.c_files.widened.items())),
        modules=frozenset({modules.owner(program.package), *walk.modules}),
        third_party=frozenset(walk.third_party),
        standard=frozenset(walk.standard),
        unknown=walk.unknown,
        unkeyed=dict(sorted(walk.c_files.unkeyed.items())),
        has_c=walk.c_files.compiles,
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
        self.c_files.add_package(directory, package, reason)

    def _import(self, path: str, where: str) -> None:
        if path in self._imports or path == "C":
            return
        self._imports.add(path)
        meaning = self._packages.meaning(path, self._sources)
        match meaning.origin:
            case Origin.THIRD_PARTY:
                self.third_party.add(path)
            case Origin.STANDARD:
                self.standard.add(path)
            case Origin.UNKNOWN:
                self.unknown = True
        if meaning.module is not None:
            self.modules.add(meaning.module)
        if meaning.directory is not None:
            self.reach(meaning.directory, f"imported by {where}")
