"""The ``.dockerignore`` that limits a context to given files."""

from __future__ import annotations

import os
import posixpath
import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

# Control characters cannot be in a line, and invalid UTF-8 cannot be in text: `?` matches either.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_PATTERN = re.compile(r"[*?\[\]\\]")
_SPECIAL = re.compile(r"[*?\[\]\\+(){}^|]")


def ignore_file(files: Collection[str], root: Path) -> str:
    """The ignore file that admits ``files`` and nothing else that is below ``root`` now.

    A directory is listed instead of its files if it contains nothing else, to need fewer lines.

    Args:
        files: relative to the root.
        root: the root of the context.
    """
    below: dict[str, set[str]] = defaultdict(set)
    for file in files:
        path = file
        while path:
            below[posixpath.dirname(path)].add(path)
            path = posixpath.dirname(path)
    lines = [f"!{_escaped(path)}" for path in _admitted("", set(files), below, root)]
    return "".join(f"{line}\n" for line in ("*", *lines))


def _admitted(
    directory: str, files: Collection[str], below: Mapping[str, Collection[str]], root: Path
) -> Iterator[str]:
    for path in sorted(below[directory]):
        if path in files or _holds_only(path, files, root):
            yield path
        else:
            yield from _admitted(path, files, below, root)


def _holds_only(directory: str, files: Collection[str], root: Path) -> bool:
    """Whether everything in a directory is among ``files``; an empty directory counts as extra."""
    with os.scandir(root / directory) as found:
        entries = [(each.name, each.is_dir(follow_symlinks=False)) for each in found]
    return bool(entries) and all(
        _holds_only(f"{directory}/{name}", files, root)
        if is_directory
        else f"{directory}/{name}" in files
        for name, is_directory in entries
    )


def _escaped(path: str) -> str:
    """A pattern that matches exactly one path."""
    stripped = path.strip()
    if _PATTERN.search(path) or stripped != path:
        # Docker turns a pattern with such characters into a regular expression
        path = _SPECIAL.sub(lambda found: f"\\{found[0]}", path)
        start = len(path) - len(path.lstrip())
        end = max(start, len(path.rstrip()))
        path = _in_class(path[:start]) + path[start:end] + _in_class(path[end:])
    return _UNWRITABLE.sub("?", path)


def _in_class(spaces: str) -> str:
    """Spaces that Docker does not strip."""
    return "".join(f"[{space}]" for space in spaces)
