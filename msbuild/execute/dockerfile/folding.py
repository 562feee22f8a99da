"""Many files as few ``COPY`` lines: a directory where all that the context has of it is meant."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator


def fold(files: Collection[str], context: Collection[str]) -> list[tuple[tuple[str, ...], str]]:
    """Sources and parent directory of the ``COPY`` lines that bring ``files``, and no others.

    Args:
        files: what is to be copied.
        context: every file that there is to copy from; the ignore file sees to that.

    Returns:
        Files of one directory, with that directory; or a directory alone, with itself.
    """
    wanted, there = set(files), _count_below(context)
    directories = {each for each, count in _count_below(wanted).items() if count == there[each]}
    # never all of the context: without an ignore file that would be the whole tree
    directories.discard("")
    together: dict[str, list[str]] = defaultdict(list)
    whole: set[str] = set()
    for path in sorted(wanted):
        outermost = next((each for each in _above(path) if each in directories), None)
        if outermost is None:
            together[posixpath.dirname(path)].append(path)
        else:
            whole.add(outermost)
    lines = [(tuple(paths), parent) for parent, paths in together.items()]
    lines += [((directory,), directory) for directory in whole]
    return sorted(lines, key=lambda line: (line[1].split("/") if line[1] else [], line[0]))


def is_whole(line: tuple[tuple[str, ...], str]) -> bool:
    """Whether a line of ``fold`` copies a directory."""
    return line[0] == (line[1],)


def _count_below(files: Iterable[str]) -> Counter[str]:
    """How many files every directory holds, at any depth."""
    return Counter(directory for path in files for directory in _above(path))


def _above(path: str) -> Iterator[str]:
    """The directories above a path, the outermost first; the root is empty."""
    parts = path.split("/")[:-1]
    return ("/".join(parts[:depth]) for depth in range(len(parts) + 1))
