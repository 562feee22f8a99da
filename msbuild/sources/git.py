"""Runs git, and finds the repository of a directory without git."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from msbuild.errors import UnavailableError
from msbuild.state.files import read_if_regular

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

# In a hook, these variables point to another repository than the directory's.
_OF_HOOKS = {"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"}


def git(
    directory: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a git command in a directory; the caller checks its exit code.

    Args:
        directory: the directory to run it in.
        arguments: the command.
        environment: variables in addition to those of the process.
        stdin: its standard input.

    Raises:
        UnavailableError: git is not installed.
    """
    import subprocess  # noqa: PLC0415 - most runs do not ask git anything

    inherited = {key: value for key, value in os.environ.items() if key not in _OF_HOOKS}
    try:
        return subprocess.run(  # noqa: S603 - without a shell
            ["git", "-C", str(directory), *arguments],  # noqa: S607
            env={**inherited, **(environment or {})},
            capture_output=True,
            input=stdin or "",
            text=True,
            errors="surrogateescape",
            check=False,
        )
    except FileNotFoundError as error:
        raise UnavailableError("`git` is not installed", hint="install git") from error


GIT = ".git"
_GITDIR = b"gitdir:"


class GitDirectories(NamedTuple):
    """The directories of a checked-out repository, all absolute.

    Attributes:
        top: the top of the work tree.
        own: git's directory for this work tree, with its index.
        common: git's directory for all work trees of the repository.
    """

    top: str
    own: str
    common: str

    @property
    def linked(self) -> bool:
        """Whether it is an additional work tree of a repository."""
        return self.own != self.common


def repository_at(top: str) -> GitDirectories | None:
    """The repository that is checked out at an absolute directory, if any."""
    own = os.path.join(top, GIT)  # noqa: PTH118 - called for every directory
    if not os.path.isdir(own):  # noqa: PTH112
        pointed = _pointed_at(own)
        if pointed is None:
            return None
        own = os.path.normpath(os.path.join(top, pointed))  # noqa: PTH118
    common = read_if_regular(os.path.join(own, "commondir"))  # noqa: PTH118
    shared = own
    if common is not None:
        shared = os.path.normpath(os.path.join(own, os.fsdecode(common.strip())))  # noqa: PTH118
    if not os.path.lexists(os.path.join(own, "HEAD")):  # noqa: PTH118
        return None
    if not os.path.isdir(os.path.join(shared, "objects")):  # noqa: PTH112, PTH118
        return None
    return GitDirectories(top, own, shared)


def repository_around(directory: str) -> GitDirectories | None:
    """The innermost repository around an absolute directory, if any."""
    while True:
        if found := repository_at(directory):
            return found
        parent = os.path.dirname(directory)  # noqa: PTH120
        if parent == directory:
            return None
        directory = parent


def _pointed_at(path: str) -> str | None:
    """The repository that a ``.git`` file points to."""
    data = read_if_regular(path)
    if data is None or not data.startswith(_GITDIR):
        return None
    return os.fsdecode(data.removeprefix(_GITDIR).strip())
