"""Paths of a tree as msbuild names them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def in_tree(path: Path, tree: Path) -> Iterator[str]:
    """A file of a tree, relative to it, and the links that lead to it; nothing if it is elsewhere.

    A link is a file of its own: a tree has what it points to at its real place.
    """
    if tree not in path.parents:
        return
    for step in (*path.relative_to(tree).parents, path.relative_to(tree)):
        if (tree / step).is_symlink():
            yield os.fspath(step)
    real = os.path.realpath(path)
    if real.startswith(f"{tree}/"):
        yield os.path.relpath(real, tree)
