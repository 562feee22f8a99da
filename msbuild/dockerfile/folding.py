"""Many files as few ``COPY`` lines, for people to read."""

from __future__ import annotations

import posixpath
from collections import defaultdict

MOST_DIRECTORIES = 8
MOST_FILES = 6


def by_name(files: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    """Sources and destination of ``COPY`` lines that name every one of ``files``.

    For manifests and lock files, whose directories hold what must not be copied with them.
    """
    together: dict[str, list[str]] = defaultdict(list)
    for path in files:
        together[posixpath.dirname(path)].append(path)
    return [
        (tuple(paths), f"./{parent}/" if parent else "./")
        for parent, paths in sorted(together.items())
    ]


def fold(files: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    """Sources and destination of the ``COPY`` lines that bring ``files`` to their own paths.

    Files right in the common directory are named one by one, everything deeper by directory, so
    the lines may name more than ``files``: the context decides what is really there.
    """
    if not files:
        return []
    parents = sorted({posixpath.dirname(path) for path in files})
    common = posixpath.commonpath(parents) if all(parents) else ""
    top = tuple(path for path in files if posixpath.dirname(path) == common)
    directories = _cover({parent for parent in parents if parent != common}, common)
    lines: list[tuple[tuple[str, ...], str]] = []
    if top and (len(top) <= MOST_FILES or directories or not common):
        lines.append((top, f"./{common}/" if common else "./"))
    elif top:
        lines.append(((common,), f"./{common}"))
    lines.extend(((directory,), f"./{directory}") for directory in directories)
    return lines


def _cover(directories: set[str], common: str) -> list[str]:
    """The fewest directories that hold all of ``directories``, at most ``MOST_DIRECTORIES``."""
    cover = _outermost(directories)
    while len(cover) > MOST_DIRECTORIES:
        siblings: dict[str, set[str]] = defaultdict(set)
        for directory in cover:
            siblings[posixpath.dirname(directory)].add(directory)
        siblings.pop(common, None)
        if not siblings:
            break
        deepest = max(siblings, key=lambda parent: (parent.count("/"), len(siblings[parent])))
        cover = _outermost({*cover, deepest})
    return cover


def _outermost(directories: set[str]) -> list[str]:
    kept: list[str] = []
    for directory in sorted(directories, key=lambda path: path.split("/")):
        if not kept or not directory.startswith(f"{kept[-1]}/"):
            kept.append(directory)
    return kept
