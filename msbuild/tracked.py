"""Which files git has in its index: those are sources whatever ignore files say."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from typing import TYPE_CHECKING

from msbuild.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GIT = ".git"
# Reading an index needs no trust in who owns it, as long as it starts no program.
_CAUTIOUS = ("-c", "safe.directory=*", "-c", "core.fsmonitor=false")


class Tracked:
    """The indexes of the repositories of a tree: the one it lies in, and any inside of it.

    git is asked once for each repository, and only when something is. Where there is no git, or it
    cannot read a repository, nothing is tracked.

    Args:
        root: the tree, absolute.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._homes: dict[str, str] = {}
        self._indexes: dict[str, Sequence[str]] = {}

    def holds(self, path: str) -> bool:
        """Whether git tracks a file, or any file below a directory."""
        home = self._home(posixpath.dirname(path))
        if home not in self._indexes:
            self._indexes[home] = _index(self._root / home)
        index = self._indexes[home]
        inner = path.removeprefix(f"{home}/") if home else path
        return _follows(index, inner) == inner or _follows(index, f"{inner}/").startswith(
            f"{inner}/"
        )

    def _home(self, directory: str) -> str:
        """The repository that a directory belongs to: the innermost with a `.git`, or the root."""
        if directory not in self._homes:
            is_home = not directory or (self._root / directory / GIT).exists()
            above = posixpath.dirname(directory)
            self._homes[directory] = directory if is_home else self._home(above)
        return self._homes[directory]


def _follows(index: Sequence[str], text: str) -> str:
    """The first path of an index that is a text or sorts after it; empty if there is none."""
    position = bisect_left(index, text)
    return index[position] if position < len(index) else ""


def _index(directory: Path) -> Sequence[str]:
    """The tracked files of a directory, sorted; relative to it."""
    if not any((each / GIT).exists() for each in (directory, *directory.parents)):
        return ()
    from msbuild.git import git  # noqa: PLC0415 - most trees have nothing to ask

    try:
        listed = git(directory, *_CAUTIOUS, "ls-files", "-z", "--cached")
    except EnvironmentFault:
        return ()
    return sorted(listed.stdout.split("\0"))
