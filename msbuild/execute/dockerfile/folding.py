"""Combines many files into few ``COPY`` instructions, by copying complete directories."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator


def fold(files: Collection[str], context: Collection[str]) -> list[tuple[tuple[str, ...], str]]:
    """Sources and parent directory of the ``COPY`` instructions that copy exactly ``files``.

    Args:
        files: the files to copy.
        context: all files of the context; the ignore file excludes any others.

    Returns:
        Files of one directory, with that directory; or a directory alone, with itself.
    """
    wanted, available = set(files), _count_below(context)
    complete = {each for each, count in _count_below(wanted).items() if count == available[each]}
    # never the root of the context: without an ignore file that would copy the whole tree
    complete.discard("")
    by_parent: dict[str, list[str]] = defaultdict(list)
    directories: set[str] = set()
    for path in sorted(wanted):
        outermost = next((each for each in _above(path) if each in complete), None)
        if outermost is None:
            by_parent[posixpath.dirname(path)].append(path)
        else:
            directories.add(outermost)
    copies = [(tuple(paths), parent) for parent, paths in by_parent.items()]
    copies += [((directory,), directory) for directory in directories]
    return sorted(copies, key=lambda copy: (copy[1].split("/") if copy[1] else [], copy[0]))


def copies_directory(copy: tuple[tuple[str, ...], str]) -> bool:
    """Whether a result of ``fold`` copies a directory."""
    return copy[0] == (copy[1],)


def _count_below(files: Iterable[str]) -> Counter[str]:
    """The number of files in every directory, at any depth."""
    return Counter(directory for path in files for directory in _above(path))


def _above(path: str) -> Iterator[str]:
    """The directories above a path, outermost first; the root is the empty string."""
    parts = path.split("/")[:-1]
    return ("/".join(parts[:depth]) for depth in range(len(parts) + 1))
