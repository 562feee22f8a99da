"""What the parts of a Go package that are not Go read: headers, and directories of libraries."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msbuild.plugin_api import Sources

# What go hands to its own assembler and linker, and headers.
PLAIN_SUFFIXES = (".h", ".hh", ".hpp", ".hxx", ".s", ".syso")
# What it hands to other compilers and to swig where C is compiled, and refuses elsewhere.
C_SUFFIXES = (
    *PLAIN_SUFFIXES,
    *(".c", ".cc", ".cpp", ".cxx", ".m", ".f", ".F", ".for", ".f90", ".S", ".sx"),
    *(".swig", ".swigcxx"),
)
_BINARY = ".syso"

_INCLUDE = re.compile(r"^[ \t/*]*#[ \t]*include[ \t]*(?:[\"<]([^\">\n]+)[\">])?", re.MULTILINE)
_OWN_DIRECTORY = re.compile(r"\$\{SRCDIR\}([^\s\"',:;]*)")


class CFiles:
    """Collects what C and assembly files read; the first reason to need a file is what is told.

    Args:
        files: where to collect, by path.
        sources: the source tree.
    """

    def __init__(self, files: dict[str, str], sources: Sources) -> None:
        self.widened: dict[str, str] = {}
        self._files = files
        self._sources = sources

    def add(self, path: str, reason: str) -> None:
        """Take a file, and what it includes."""
        if path not in self._files:
            self._files[path] = reason
            if not path.endswith(_BINARY):
                self._include(path, self._sources.read(path))

    def add_package(self, directory: str, preambles: Sequence[tuple[str, str]]) -> None:
        """Take a package that is compiled with C: its directory, and what its C parts name.

        Args:
            directory: the directory of the package.
            preambles: the Go files that hold C, each with the C.
        """
        self._widen(directory, f"`{preambles[0][0]}` is compiled with C", deep=False)
        for path, text in preambles:
            for named in _named(directory, text):
                # what stands above the package is where headers are looked for, not one library
                above = f"{directory}/".startswith(f"{named}/" if named else "")
                self._widen(named, f"named by the C part of `{path}`", deep=not above)
        for path, text in preambles:
            self._include(path, text)

    def _include(self, path: str, text: str) -> None:
        for name in _INCLUDE.findall(text):
            if not name:
                directory = posixpath.dirname(path)
                self._widen(directory, f"`{path}` includes a file whose name is computed")
            for directory in (posixpath.dirname(path), *self.widened) if name else ():
                found = posixpath.normpath(posixpath.join(directory, name))
                if _is_file(found, self._sources):
                    self.add(found, f"included by {path}")

    def _widen(self, path: str, reason: str, *, deep: bool = True) -> None:
        if path in self.widened:
            return
        self.widened[path] = reason
        if deep:
            files = self._sources.files(path) or ((path,) if _is_file(path, self._sources) else ())
        else:
            files = tuple(posixpath.join(path, name) for name in self._sources.names(path))
        for file in files:
            if file.endswith(C_SUFFIXES):
                self.add(file, reason)
            elif not file.endswith("_test.go"):
                self._files.setdefault(file, reason)


def _named(directory: str, preamble: str) -> Iterator[str]:
    """The directories and files that ``#cgo`` lines name relative to their package."""
    for rest in _OWN_DIRECTORY.findall(preamble):
        path = posixpath.normpath(posixpath.join(directory, f"./{rest}"))
        if path != ".." and not path.startswith("../"):
            yield "" if path == "." else path


def _is_file(path: str, sources: Sources) -> bool:
    directory, name = posixpath.split(path)
    return name in sources.names(directory)
