"""The files that a program is compiled from, found by following its imports."""

from __future__ import annotations

import posixpath
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from msbuild_go.c_files import C_SUFFIXES, PLAIN_SUFFIXES, CFiles
from msbuild_go.embeds import embedded
from msbuild_go.packages import Origin, packages_of
from msbuild_go.scan import constraint_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.plugin_api import Sources
    from msbuild_go.constraints import Tags
    from msbuild_go.modules import Modules
    from msbuild_go.settings import Program

# One source tree is one moment, and a program is asked for by every stage that it has a part in.
_known: WeakKeyDictionary[Sources, dict[Program, Closure]] = WeakKeyDictionary()

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
    """

    files: Mapping[str, str]
    widened: Mapping[str, str]
    modules: frozenset[str]
    third_party: frozenset[str]
    standard: frozenset[str]
    unknown: bool


def closure_of(program: Program, modules: Modules, sources: Sources) -> Closure:
    """Follow the imports of a program's main package through the modules of the tree."""
    known = _known.setdefault(sources, {})
    if program not in known:
        known[program] = _follow(program, modules, sources)
    return known[program]


def _follow(program: Program, modules: Modules, sources: Sources) -> Closure:
    walk = _Walk(modules, program.judge(modules.release), sources)
    walk.reach(program.package, "the main package")
    walk.finish()
    profile = posixpath.join(program.package, _PROFILE)
    if sources.exists(profile):
        walk.files[profile] = "guides the optimizations of the main package"
    return Closure(
        files=dict(sorted(walk.files.items())),
        widened=dict(sorted(walk.c_files.widened.items())),
        modules=frozenset({modules.owner(program.package), *walk.modules}),
        third_party=frozenset(walk.third_party),
        standard=frozenset(walk.standard),
        unknown=walk.unknown,
    )


class _Walk:
    """Collects while it walks; the first reason to need a file is the one that is told."""

    def __init__(self, modules: Modules, tags: Tags, sources: Sources) -> None:
        self.files: dict[str, str] = {}
        self.c_files = CFiles(self.files, sources)
        self.modules: set[str] = set()
        self.third_party: set[str] = set()
        self.standard: set[str] = set()
        self.unknown = False
        self._built = packages_of(modules, tags, sources)
        self._tags = tags
        self._sources = sources
        self._packages: set[str] = set()
        self._imports: set[str] = set()
        self._waiting: deque[tuple[str, str]] = deque()

    def reach(self, directory: str, reason: str) -> None:
        """Take the package in a directory, once."""
        if directory not in self._packages:
            self._packages.add(directory)
            self._waiting.append((directory, reason))

    def finish(self) -> None:
        """Take all packages that are waiting, and those they import."""
        while self._waiting:
            directory, reason = self._waiting.popleft()
            self._take_go(directory, reason)
            self._take_others(directory, reason)

    def _take_go(self, directory: str, reason: str) -> None:
        preambles: list[tuple[str, str]] = []
        for path, file in self._built.go_files(directory, self._sources):
            self.files.setdefault(path, reason)
            if file.uses_c:
                preambles.append((path, file.preamble))
            for mention in file.imports:
                self._import(mention.text, f"imported by {path}:{mention.line}")
            for mention in file.embeds:
                for each in embedded(directory, mention.text, self._sources):
                    self.files.setdefault(each, f"embedded by {path}:{mention.line}")
        if preambles:
            self.c_files.add_package(directory, preambles)

    def _take_others(self, directory: str, reason: str) -> None:
        """Take the assembly, C and object files of a package."""
        suffixes = PLAIN_SUFFIXES if self._tags.cgo is False else C_SUFFIXES
        for name in self._sources.names(directory):
            if not name.endswith(suffixes) or self._tags.takes(name, None) is False:
                continue
            path = posixpath.join(directory, name)
            text = "" if name.endswith(".syso") else self._sources.read(path)
            if self._tags.takes(name, constraint_of(text)) is not False:
                self.c_files.add(path, reason)

    def _import(self, path: str, reason: str) -> None:
        if path in self._imports or path == "C":
            return
        self._imports.add(path)
        package = self._built.meant(path, self._sources)
        match package.origin:
            case Origin.THIRD_PARTY:
                self.third_party.add(path)
            case Origin.STANDARD:
                self.standard.add(path)
            case Origin.UNKNOWN:
                self.unknown = True
        if package.module is not None:
            self.modules.add(package.module)
        if package.directory is not None:
            self.reach(package.directory, reason)
