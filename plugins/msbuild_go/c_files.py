"""The files that C, assembly and the like in Go packages read: headers and libraries."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from msbuild.plugin.api import paths
from msbuild_go.flags import Named, cgo_words, named_by, resolve, split_flag, words_of
from msbuild_go.scan import linked_names, preamble_as_c, scan_c

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild.plugin.api import Sources
    from msbuild_go.constraints import Tags
    from msbuild_go.packages import Package
    from msbuild_go.scan import CText

# Headers, and files that go passes to its own assembler and linker.
PLAIN_SUFFIXES = (".h", ".hh", ".hpp", ".hxx", ".s", ".syso")
# Files that it passes to other compilers and to SWIG with cgo, and refuses without.
C_SUFFIXES = (
    *PLAIN_SUFFIXES,
    *(".c", ".cc", ".cpp", ".cxx", ".m", ".f", ".F", ".for", ".f90", ".S", ".sx"),
    *(".swig", ".swigcxx"),
)
# Other suffixes of files that are included by name.
_INCLUDED = (*C_SUFFIXES, ".inc", ".inl", ".ipp", ".tcc", ".def", ".tbl", ".x", ".i")
# Files that a linker may open in a directory of libraries.
_LIBRARY = re.compile(r"lib.*|.*\.(?:a|o|lo|la|so(?:\.[\d.]+)?|ld|lds|map|def)")
# Go's cache keys contain nothing that SWIG reads.
_SWIG = (".swig", ".swigcxx")
_BINARY = ".syso"
# Flags of go's own linker that name nothing, and that most programs have.
_SWITCHES = {"-s", "-w"}


@dataclass(slots=True)
class _Unit:
    """One package with C, assembly or the like.

    Attributes:
        directory: the directory of the package; compilers run there.
        keyed: the files that go's cache keys contain.
        named: the paths in the flags of its compilers.
        search: the directories that are searched for headers.
        seen: the files that were added for it.
        computed: whether one of them includes a file whose name is computed.
        strings: possible values of such a name, each with the file that has it.
    """

    directory: str
    keyed: frozenset[str]
    named: Named
    search: tuple[str, ...]
    seen: set[str] = field(default_factory=set)
    computed: bool = False
    strings: dict[str, str] = field(default_factory=dict)

    def is_above(self, path: str) -> bool:
        """Whether a directory is the package's own or one above."""
        return paths.is_below(self.directory, path)


class CFiles:
    """Collects what C and assembly files read, each file with the first reason found.

    Args:
        files: the reasons by path, to which files are added.
        sources: the source tree.
        tags: the build tags, which conditions of ``#cgo`` lines refer to.
        root: the directory in which go runs.
        flags: the builder's flags for C compilers.
        assembler: directories of headers for go's assembler.

    Attributes:
        widened: directories included in full, each with the reason.
        unkeyed: files that compilers read but go's cache keys don't contain, each with the
            directory of the package that it is compiled into.
        compiles: whether there is anything but Go.
    """

    def __init__(  # noqa: PLR0913 - everything is needed
        self,
        files: dict[str, str],
        sources: Sources,
        tags: Tags,
        *,
        root: str,
        flags: tuple[str, ...],
        assembler: tuple[str, ...],
    ) -> None:
        self.widened: dict[str, str] = {}
        self.unkeyed: dict[str, str] = {}
        self.compiles = False
        self._files = files
        self._sources = sources
        self._tags = tags
        self._root = root
        self._expanded: set[str] = set()
        self._flags = flags
        self._assembler = assembler

    def add_package(self, directory: str, package: Package, reason: str) -> None:
        """Add the files of a package that are not Go, and all that they include and link."""
        if not package.preambles and not package.others:
            return
        self.compiles = True
        unit = self._unit(directory, package)
        self._follow([(path, reason) for path in package.others], unit)
        if any(path.endswith(_SWIG) for path in package.others):
            self.unkeyed.setdefault(directory, directory)
        if package.preambles:
            self._add_directory(package, unit)
            where = package.preambles[0][0]
            self._add_named(f"named by the C part of `{where}`", unit)
        for path, comments in package.preambles:
            text = scan_c(preamble_as_c(comments))
            self._follow(list(self._included(path, text, unit)), unit)
        self._follow_computed(unit)

    def add_flags(self, words: Iterable[str]) -> None:
        """Add the files that flags of go's own tools name, such as linker scripts and libraries."""
        named = _named_for_linker(tuple(words), self._root)
        if named == Named():
            return
        unit = _Unit(self._root, frozenset(), named, ())
        self._add_named("named by a flag of the builder or the service", unit)

    def _unit(self, directory: str, package: Package) -> _Unit:
        words = [*self._flags] if package.preambles else []
        for _, text in package.preambles:
            words.extend(cgo_words(text, self._tags))
        named = named_by(words, directory)
        headers = dict.fromkeys((*named.headers, *self._assembler))
        directories = (path for name in headers for path in resolve(name, directory))
        search = tuple(dict.fromkeys(path for path in directories if path != directory))
        keyed = frozenset((*package.files, *package.embeds, *package.others))
        return _Unit(directory, keyed, named, search)

    def _follow(self, waiting: list[tuple[str, str]], unit: _Unit) -> None:
        """Add files and their includes, direct or not."""
        while waiting:
            path, reason = waiting.pop()
            self._files.setdefault(path, reason)
            if path in unit.seen:
                continue
            unit.seen.add(path)
            if path not in unit.keyed:
                self.unkeyed.setdefault(path, unit.directory)
            if not path.endswith(_BINARY):
                waiting.extend(self._included(path, self._sources.scan(path, scan_c), unit))

    def _follow_computed(self, unit: _Unit) -> None:
        """If an included name is computed, add every file that a string literal may name."""
        tried: set[str] = set()
        while unit.computed and (untried := [name for name in unit.strings if name not in tried]):
            tried.update(untried)
            for name in untried:
                path = unit.strings[name]
                self._follow(
                    [
                        (candidate, f"named in {path}")
                        for candidate in self._candidates(name, path, unit)
                    ],
                    unit,
                )

    def _included(self, path: str, text: CText, unit: _Unit) -> Iterator[tuple[str, str]]:
        own = posixpath.dirname(path)
        for name in text.includes:
            for candidate in self._candidates(name, path, unit):
                yield candidate, f"included by {path}"
        for name in text.strings:
            unit.strings.setdefault(name, path)
        if text.computed:
            unit.computed = True
            self.unkeyed.setdefault(path, unit.directory)
            reason = f"`{path}` includes a file whose name is computed"
            for directory in dict.fromkeys((own, *unit.search)):
                only = _INCLUDED if unit.is_above(directory) else ()
                yield from self._widen(directory, reason, only)

    def _candidates(self, name: str, path: str, unit: _Unit) -> Iterator[str]:
        """All files that an include of a file may mean, in any directory of the search path."""
        bases = dict.fromkeys((posixpath.dirname(path), unit.directory, *unit.search))
        for candidate in dict.fromkeys(resolve(name, *bases)):
            if paths.is_file(candidate, self._sources) and not candidate.endswith(".go"):
                yield candidate

    def _add_directory(self, package: Package, unit: _Unit) -> None:
        """Add the other files in the directory of a package with cgo."""
        reason = f"`{package.preambles[0][0]}` is compiled with C"
        self.widened.setdefault(unit.directory, reason)
        for name in self._sources.names(unit.directory):
            if not name.endswith((".go", *C_SUFFIXES)):
                self._files.setdefault(posixpath.join(unit.directory, name), reason)

    def _add_named(self, reason: str, unit: _Unit) -> None:
        """Add libraries and other files named by flags, and the files that these name in turn."""
        places = dict.fromkeys((unit.directory, self._root))
        libraries = [path for name in unit.named.libraries for path in resolve(name, *places)]
        for directory in dict.fromkeys(libraries):
            names = [name for name in self._sources.names(directory) if _LIBRARY.fullmatch(name)]
            if names and directory not in self.widened:
                self.widened[directory] = f"libraries for the linker, {reason}"
            self._link([posixpath.join(directory, name) for name in names], unit, reason, ())
        bases = tuple(dict.fromkeys((*places, *libraries, *unit.search)))
        exact = (name[1:] for name in unit.named.link if name.startswith(":"))
        for name in dict.fromkeys((*exact, *unit.named.others)):
            for path in dict.fromkeys(resolve(name, *bases)):
                if paths.is_file(path, self._sources):
                    self._link([path], unit, reason, bases)
                elif "/" in name and not unit.is_above(path):
                    self._follow(list(self._widen(path, reason)), unit)

    def _link(self, waiting: list[str], unit: _Unit, reason: str, bases: Iterable[str]) -> None:
        """Add files named by flags, and the files that these name in turn."""
        while waiting:
            path = waiting.pop()
            if path in unit.seen or path.endswith(".go"):
                continue
            self._follow([(path, reason)], unit)
            places = (posixpath.dirname(path), *bases)
            for name in self._sources.scan(path, linked_names):
                candidates = resolve(name, *places)
                waiting.extend(
                    candidate for candidate in candidates if paths.is_file(candidate, self._sources)
                )

    def _widen(
        self, path: str, reason: str, only: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, str]]:
        """The files below a directory except Go files, or only those with certain suffixes."""
        if path in self._expanded:
            return
        self._expanded.add(path)
        files = self._sources.files(path)
        if files:
            self.widened[path] = reason
        for file in files:
            if not file.endswith(".go") and (not only or file.endswith(only)):
                yield file, reason


@cache
def _named_for_linker(words: tuple[str, ...], root: str) -> Named:
    """The paths in flags of go's own tools; most services of a tree have the same flags."""
    return named_by(_for_linker(iter(words)), root)


def _for_linker(words: Iterator[str]) -> Iterator[str]:
    """The words that may name files, those for the C linker included."""
    for word in words:
        name, value = split_flag(word) if word.startswith("-") else ("", "")
        if word in _SWITCHES:
            continue
        if name == "X":
            if "=" not in word:
                next(words, "")
        elif name == "extldflags":
            yield from words_of(value or next(words, ""))
        else:
            yield word
