"""Finds the files of a source tree that a path or glob matches."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msbuild.plugin.memo import remembered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.sources.tree import SourceTree

ANY_DEPTH = "**"
_MAGIC = frozenset("*?[")


def is_glob(path: str) -> bool:
    """Whether a path contains wildcards."""
    return not _MAGIC.isdisjoint(path)


def files_of(path: str, sources: SourceTree) -> tuple[str, ...]:
    """The files that a path or glob matches, sorted; empty if there are none.

    A directory means all files below it, even if a glob matches it. Wildcards match hidden
    names too. An existing path matches itself, even if it contains wildcards.

    Args:
        path: a file, a directory or a glob, relative to the source root.
        sources: the source tree. Every directory that could gain a match is listed, so that new
            files are noticed.
    """
    path = posixpath.normpath(path)
    return remembered(sources, path, lambda: tuple(sorted(set(_found(path, sources)))))


def _found(path: str, sources: SourceTree) -> Iterator[str]:
    if sources.exists(path):
        yield from _expanded(path, sources)
    elif is_glob(path):
        yield from _matching("", tuple(path.split("/")), sources)


def _expanded(path: str, sources: SourceTree) -> tuple[str, ...]:
    return sources.files(path) if sources.is_directory(path) else (path,)


def _matching(directory: str, parts: tuple[str, ...], sources: SourceTree) -> Iterator[str]:
    part, rest = parts[0], parts[1:]
    if part == ANY_DEPTH:
        start = len(directory) + 1 if directory else 0
        yield from (path for path in sources.files(directory) if _matches(path[start:], parts))
        return
    for name in _names(directory, part, sources):
        path = posixpath.join(directory, name)
        if not rest:
            yield from _expanded(path, sources)
        elif sources.is_directory(path):
            yield from _matching(path, rest, sources)


def _names(directory: str, part: str, sources: SourceTree) -> Iterator[str]:
    """The entries of a directory that one component of a glob matches."""
    if not is_glob(part):
        if sources.exists(posixpath.join(directory, part)):
            yield part
        return
    for name in (*sources.names(directory), *sources.directories(directory)):
        if fnmatchcase(name, part):
            yield name


def _matches(path: str, parts: tuple[str, ...]) -> bool:
    """Whether a glob matches a file or a directory above it."""
    places = _reached({0}, parts)
    for name in path.split("/"):
        following = {
            place if parts[place] == ANY_DEPTH else place + 1
            for place in places - {len(parts)}
            if parts[place] == ANY_DEPTH or fnmatchcase(name, parts[place])
        }
        places = _reached(following, parts)
        if len(parts) in places:
            return True
    return False


def _reached(places: set[int], parts: tuple[str, ...]) -> set[int]:
    """The components that can match next: `**` also matches zero directories."""
    found = set(places)
    for place in sorted(places):
        following = place
        while following < len(parts) and parts[following] == ANY_DEPTH:
            following += 1
            found.add(following)
    return found
