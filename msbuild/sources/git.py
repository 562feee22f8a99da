"""Git as msbuild asks it: its commands, and which repository a directory belongs to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from msbuild.errors import UnavailableError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

# A hook's variables name another repository than the one that is asked about.
_OF_HOOKS = {"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"}


def git(
    directory: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    said: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """What a git command says in a directory; whether it failed is for the caller to see.

    Args:
        directory: where it is run.
        arguments: the command.
        environment: variables besides those of the process.
        said: what it reads from its input.

    Raises:
        EnvironmentFault: there is no git.
    """
    import subprocess  # noqa: PLC0415 - most runs do not ask git anything

    inherited = {key: value for key, value in os.environ.items() if key not in _OF_HOOKS}
    try:
        return subprocess.run(  # noqa: S603 - no word of it is a shell's
            ["git", "-C", str(directory), *arguments],  # noqa: S607
            env={**inherited, **(environment or {})},
            capture_output=True,
            input=said or "",
            text=True,
            errors="surrogateescape",
            check=False,
        )
    except FileNotFoundError as error:
        raise UnavailableError("there is no `git` here", hint="install git") from error


GIT = ".git"
_GITDIR = b"gitdir:"


class GitDirectories(NamedTuple):
    """A repository as it is checked out somewhere; all directories are absolute.

    Attributes:
        top: where it is checked out.
        own: what git keeps for this check-out: its index for one.
        common: what git keeps for all of the repository's check-outs.
        linked: whether the check-out is one of several: a work tree that was added.
    """

    top: str
    own: str
    common: str

    @property
    def linked(self) -> bool:
        """Whether it is a work tree that was added to a repository."""
        return self.own != self.common


def repository_at(top: str) -> GitDirectories | None:
    """The repository that is checked out at an absolute directory, if one is."""
    own = os.path.join(top, GIT)  # noqa: PTH118 - asked for every directory
    if not os.path.isdir(own):  # noqa: PTH112
        pointed = _pointed_at(own)
        if pointed is None:
            return None
        own = os.path.normpath(os.path.join(top, pointed))  # noqa: PTH118
    common = _read(os.path.join(own, "commondir"))  # noqa: PTH118
    shared = own
    if common is not None:
        shared = os.path.normpath(os.path.join(own, os.fsdecode(common.strip())))  # noqa: PTH118
    if not os.path.lexists(os.path.join(own, "HEAD")):  # noqa: PTH118
        return None
    if not os.path.isdir(os.path.join(shared, "objects")):  # noqa: PTH112, PTH118
        return None
    return GitDirectories(top, own, shared)


def repository_around(directory: str) -> GitDirectories | None:
    """The innermost repository that an absolute directory is in, if it is in one."""
    while True:
        if found := repository_at(directory):
            return found
        parent = os.path.dirname(directory)  # noqa: PTH120
        if parent == directory:
            return None
        directory = parent


def _pointed_at(path: str) -> str | None:
    """Where a ``.git`` file says that the repository is."""
    data = _read(path)
    if data is None or not data.startswith(_GITDIR):
        return None
    return os.fsdecode(data.removeprefix(_GITDIR).strip())


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return None
