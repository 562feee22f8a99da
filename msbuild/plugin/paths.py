"""Paths of the source tree, for language plugins: POSIX, relative to its root, which is ``""``.

Plugins import this as ``from msbuild.plugin.api import paths``.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.plugin.api import Sources


def normalize(path: str) -> str:
    """A path without ``.`` and ``..`` where they can be resolved; empty for the source root."""
    normal = posixpath.normpath(path)
    return "" if normal == "." else normal


def join(directory: str, path: str) -> str:
    """A path relative to a directory, normalized; one that leaves the tree `is_outside`."""
    return normalize(posixpath.join(directory, path))


def is_outside(path: str) -> bool:
    """Whether a normalized path is absolute or climbs out of the source tree."""
    return path == ".." or path.startswith(("../", "/"))


def is_below(path: str, directory: str) -> bool:
    """Whether a path is a directory itself or anything inside it."""
    return not directory or f"{path}/".startswith(f"{directory}/")


def ancestors(path: str) -> Iterator[str]:
    """A path and every directory above it, up to and including the source root."""
    while path.strip("/"):
        yield path
        path = posixpath.dirname(path)
    yield ""


def nearest(directory: str, name: str, sources: Sources) -> str | None:
    """The nearest directory, at or above one, that has a file of a name; ``None`` if none does."""
    found = (each for each in ancestors(directory) if sources.exists(posixpath.join(each, name)))
    return next(found, None)


def is_file(path: str, sources: Sources) -> bool:
    """Whether a path is a file of the tree; the path may lead out of it."""
    directory, name = posixpath.split(path)
    return name in sources.names(directory)


def expand(path: str, sources: Sources) -> tuple[str, ...]:
    """Every file below a directory; a file, or a path that does not exist, as it is."""
    return sources.files(path) or (path,)
