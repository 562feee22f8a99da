"""Follows ``#include`` from the sources of a target."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild_cpp.scan import Include, scan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild_cpp.project import Includes
    from msbuild_cpp.tree import Tree

SUFFIXES = (
    *(".h", ".hh", ".hpp", ".hxx", ".h++", ".cuh"),
    *(".inc", ".inl", ".ipp", ".tpp", ".txx", ".def"),
)
BINARY = (".a", ".so", ".o", ".lib", ".bin", ".png", ".jpg", ".gz", ".zip", ".ttf", ".dat")


@dataclass(frozen=True, slots=True)
class Headers:
    """What sources include.

    Attributes:
        files: each file, with why.
        widened: directories all of whose headers may be meant, each with why.
    """

    files: dict[str, str] = field(default_factory=dict)
    widened: dict[str, str] = field(default_factory=dict)


def headers_of(sources: Iterable[str], includes: Includes, tree: Tree) -> Headers:
    """What sources include, and what that includes in turn, whatever conditions stand around it.

    Args:
        sources: files.
        includes: where their compiler looks.
        tree: the source tree.
    """
    walk = _Walk(includes, tree)
    waiting = [path for path in sources if not path.endswith(BINARY)]
    seen = set(waiting)
    while waiting or walk.computed:
        path = waiting.pop() if waiting else ""
        found = walk.read(path) if path else walk.resolve_computed()
        for header, reason in found:
            walk.headers.files.setdefault(header, reason)
            if header not in seen and not header.endswith(BINARY):
                seen.add(header)
                waiting.append(header)
    return walk.headers


def headers_below(directory: str, tree: Tree) -> list[str]:
    """All headers below a directory."""
    return [path for path in tree.files(directory) if path.endswith(SUFFIXES)]


class _Walk:
    """Finds headers as the compiler would.

    Attributes:
        computed: includes whose file is the value of a macro, each with its includer.
    """

    def __init__(self, includes: Includes, tree: Tree) -> None:
        self.headers = Headers()
        self.computed: list[tuple[str, Include]] = []
        self._includes = includes
        self._tree = tree
        self._defines: dict[str, set[str]] = {}
        self._places: dict[str, list[str]] = {}

    def read(self, path: str) -> list[tuple[str, str]]:
        """The files that a file includes, each with why."""
        scanned = self._tree.scan(path, scan)
        for macro, name in scanned.defines:
            self._defines.setdefault(macro, set()).add(name)
        self.computed += [(path, each) for each in scanned.includes if each.kind == "macro"]
        return [
            (found, f"included by {path}:{include.line}")
            for include in scanned.includes
            if include.kind != "macro"
            for found in self._find(path, include)
        ]

    def resolve_computed(self) -> list[tuple[str, str]]:
        """The files whose names are macros: what the macros are defined to be."""
        computed, self.computed = self.computed, []
        given = " ".join(self._includes.definitions)
        found: list[tuple[str, str]] = []
        for path, include in computed:
            pattern = rf"\b{re.escape(include.name)}=[\\\"'<]*([^\\\"'>\s;]+)"
            names = self._defines.get(include.name, set()) | set(re.findall(pattern, given))
            if not names:
                reason = f"`{path}` line {include.line} includes a file whose name is computed"
                found += [(each, reason) for each in self._widen(path, reason)]
            for name in sorted(names):
                meant = self._find(path, Include(name, "quoted", include.line))
                found += [(each, f"included by {path}:{include.line}") for each in meant]
        return found

    def _widen(self, path: str, reason: str) -> list[str]:
        directories = (posixpath.dirname(path), *self._includes.directories)
        self.headers.widened.update(dict.fromkeys(directories, reason))
        return [file for each in directories for file in headers_below(each, self._tree)]

    def _find(self, path: str, include: Include) -> list[str]:
        """The files that an include may mean."""
        if include.kind == "quoted":
            beside = _join(posixpath.dirname(path), include.name)
            if beside is not None and self._tree.is_file(beside):
                return [beside]
        if include.name not in self._places:
            places = (_join(each, include.name) for each in self._includes.directories)
            self._places[include.name] = [p for p in places if p and self._tree.is_file(p)]
        found = self._places[include.name]
        if found or (include.kind == "angled" and not self._includes.unclear):
            return found
        # it is generated, or a directory is missing from what is known: what is called so
        return self._tree.called(include.name)


def _join(directory: str, name: str) -> str | None:
    if name.startswith("/"):
        return None
    path = posixpath.normpath(posixpath.join(directory, name))
    return None if path.startswith("..") else path
