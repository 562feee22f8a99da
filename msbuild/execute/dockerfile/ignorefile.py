"""What a ``.dockerignore`` has to say, so that a context holds some files and no others."""

from __future__ import annotations

import os
import posixpath
import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

# Control characters end a line; what is no UTF-8 is no text. One character stands for it.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_PATTERN = re.compile(r"[*?\[\]\\]")
_SPECIAL = re.compile(r"[*?\[\]\\+(){}^|]")


def ignore_file(files: Collection[str], root: Path) -> str:
    """The lines that let ``files`` through, and nothing else that is below ``root`` now.

    A directory is named where nothing else is in it, so that the lines are few.

    Args:
        files: relative to the root.
        root: the context.
    """
    below: dict[str, set[str]] = defaultdict(set)
    for file in files:
        path = file
        while path:
            below[posixpath.dirname(path)].add(path)
            path = posixpath.dirname(path)
    lines = [f"!{_escaped(path)}" for path in _let_through("", set(files), below, root)]
    return "".join(f"{line}\n" for line in ("*", *lines))


def _let_through(
    directory: str, files: Collection[str], below: Mapping[str, Collection[str]], root: Path
) -> Iterator[str]:
    for path in sorted(below[directory]):
        if path in files or _holds_only(path, files, root):
            yield path
        else:
            yield from _let_through(path, files, below, root)


def _holds_only(directory: str, files: Collection[str], root: Path) -> bool:
    """Whether all that a directory has is among ``files``; empty directories are, too, too much."""
    with os.scandir(root / directory) as found:
        entries = [(each.name, each.is_dir(follow_symlinks=False)) for each in found]
    return bool(entries) and all(
        _holds_only(f"{directory}/{name}", files, root)
        if is_directory
        else f"{directory}/{name}" in files
        for name, is_directory in entries
    )


def _escaped(path: str) -> str:
    """A pattern that means one path, as Docker reads it."""
    stripped = path.strip()
    if _PATTERN.search(path) or stripped != path:
        # only here the text becomes a regular expression
        path = _SPECIAL.sub(lambda found: f"\\{found[0]}", path)
        start = len(path) - len(path.lstrip())
        end = max(start, len(path.rstrip()))
        path = _in_class(path[:start]) + path[start:end] + _in_class(path[end:])
    return _UNWRITABLE.sub("?", path)


def _in_class(spaces: str) -> str:
    """Spaces that nobody strips."""
    return "".join(f"[{space}]" for space in spaces)
