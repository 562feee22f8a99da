"""Which ignored files git has in its index: those are sources whatever ignore files say."""

from __future__ import annotations

import hashlib
import os
import posixpath
import time
from bisect import bisect_left
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import EnvironmentFault
from msbuild.signs import is_settled, sign_of

if TYPE_CHECKING:
    from collections.abc import Sequence

GIT = ".git"
# Reading an index needs no trust in who owns it, as long as it starts no program.
_CAUTIOUS = ("-c", "safe.directory=*", "-c", "core.fsmonitor=false")


class Tracked:
    """Which ignored files git tracks, in the repositories of a tree: its own, and any inside of it.

    git is asked once for each repository, and only when something is. Where there is no git, or it
    cannot read a repository, nothing is tracked.

    Args:
        root: the tree, absolute.

    Attributes:
        answers: what git was asked: by absolute directory the digest of its answer, and the state
            of its index before.
    """

    def __init__(self, root: Path) -> None:
        self.answers: dict[str, tuple[str, str]] = {}
        self._root = root
        self._homes: dict[str, str] = {}
        self._indexes: dict[str, Sequence[str]] = {}

    def holds(self, path: str) -> bool:
        """Whether git tracks an ignored file, or any file below an ignored directory."""
        home = self._home(posixpath.dirname(path))
        if home not in self._indexes:
            directory = str(self._root / home)
            state = state_of(directory)
            self._indexes[home] = list_tracked(directory, inner=bool(home))
            self.answers[directory] = (digest_of(self._indexes[home]), state)
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


def list_tracked(directory: str, *, inner: bool) -> Sequence[str]:
    """The files of a directory that git tracks, sorted; relative to it.

    Only those that it ignores, which are few: all that the ignore files of a tree say, git minds.
    A repository inside of the tree does not know what those outside of it say.
    """
    if not any((each / GIT).exists() for each in (Path(directory), *Path(directory).parents)):
        return ()
    from msbuild.git import git  # noqa: PLC0415 - most trees have nothing to ask

    try:
        listed = git(
            *(Path(directory), *_CAUTIOUS, "ls-files", "-z", "--cached"),
            *(() if inner else ("--ignored", "--exclude-standard")),
        )
    except EnvironmentFault:
        return ()
    return sorted(filter(None, listed.stdout.split("\0")))


def state_of(directory: str) -> str:
    """Which index git looks into for a directory, and its sign: the same state, the same answers.

    Returns:
        Nothing where that proves nothing.
    """
    for each in (Path(directory), *Path(directory).parents):
        home = each / GIT
        if home.is_file():
            # a work tree or a submodule: the repository is elsewhere
            words = home.read_text("utf-8", "replace").removeprefix("gitdir:").strip()
            home = each / words
        if home.is_dir():
            found = sign_of(home / "index")
            return f"{home} {found}" if is_settled(found, time.time_ns()) else ""
    return "none"


def digest_of(paths: Sequence[str]) -> str:
    """The digest of a list of paths."""
    return hashlib.sha256(os.fsencode("\0".join(paths))).hexdigest()
