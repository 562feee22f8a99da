"""Paths relative to a tree, as in msbuild's closures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def in_tree(path: Path, tree: Path) -> Iterator[str]:
    """The relative paths of a file in a tree and of the links to it; none if it is outside.

    A link counts as a file of its own; its target counts under its real path.
    """
    if tree not in path.parents:
        return
    for step in (*path.relative_to(tree).parents, path.relative_to(tree)):
        if (tree / step).is_symlink():
            yield os.fspath(step)
    real = os.path.realpath(path)
    if real.startswith(f"{tree}/"):
        yield os.path.relpath(real, tree)
