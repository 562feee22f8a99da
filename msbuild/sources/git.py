"""Runs git, finds repositories without it, and queries which ignored files it tracks."""

from __future__ import annotations

import hashlib
import os
import posixpath
import time
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple, Self

from msbuild.errors import ConfigError, UnavailableError
from msbuild.state.file_stat import is_conclusive, stat_of
from msbuild.state.files import read_if_regular

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# In a hook, these variables point to a different repository than the directory's.
_OF_HOOKS = {"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"}


def git(
    directory: str | Path,
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
    import subprocess  # noqa: PLC0415 - most runs do not call git

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


# It is safe to read the index of another user's repository if that starts no program.
CAUTIOUS = ("-c", "safe.directory=*", "-c", "core.fsmonitor=false")
_SUBMODULE = "160000"


class Question(NamedTuple):
    """A query to git about an index.

    Attributes:
        kind: ``ignored`` for the tracked files below a directory that are ignored, ``any`` for
            whether any file there is tracked, ``entry`` for what is tracked at an entry of it.
        directory: absolute.
        name: the name of the entry.
    """

    kind: str
    directory: str
    name: str = ""

    def __str__(self) -> str:
        return "\0".join(self)

    @classmethod
    def read(cls, text: str) -> Self:
        """The question from its text form."""
        return cls(*text.split("\0"))


class Tracked:
    """The files that git tracks in the repository of a tree, and in those nested in it.

    Each query runs once, and only if its result matters. Without git, or if git cannot read a
    repository, nothing is tracked.

    Args:
        root: the tree, absolute.

    Attributes:
        answers: for each question, the digest of git's output and the state of the index before.
    """

    def __init__(self, root: Path) -> None:
        self.answers: dict[str, tuple[str, str]] = {}
        self._root = str(root)
        self._homes: dict[str, str] = {}
        self._known: dict[Question, Sequence[str]] = {}

    def has_ignored(self, path: str) -> bool:
        """Whether git tracks an ignored file, or any file below an ignored directory."""
        home = self._home(posixpath.dirname(path))
        index = self._ask(Question("ignored", self._full(home)))
        inner = path.removeprefix(f"{home}/") if home else path
        return _follows(index, inner) == inner or _follows(index, f"{inner}/").startswith(
            f"{inner}/"
        )

    def any(self) -> bool:
        """Whether git tracks any file of the tree."""
        return bool(self._ask(Question("any", self._root)))

    def has(self, directory: str) -> bool:
        """Whether git tracks a directory as a submodule, or files in it."""
        return bool(self._entry(directory))

    def is_submodule(self, directory: str) -> bool:
        """Whether a directory is a submodule."""
        return _SUBMODULE in self._entry(directory)

    def _entry(self, directory: str) -> Sequence[str]:
        parent, name = posixpath.split(directory)
        return self._ask(Question("entry", self._full(parent), name))

    def _ask(self, question: Question) -> Sequence[str]:
        if question not in self._known:
            state = state_of(question.directory)
            self._known[question] = answer_to(question)
            self.answers[str(question)] = (digest_of(self._known[question]), state)
        return self._known[question]

    def _full(self, directory: str) -> str:
        return f"{self._root}/{directory}" if directory else self._root

    def _home(self, directory: str) -> str:
        """The directory of the innermost repository in the tree around a directory, or the root."""
        if directory not in self._homes:
            is_home = not directory or repository_at(self._full(directory)) is not None
            above = posixpath.dirname(directory)
            self._homes[directory] = directory if is_home else self._home(above)
        return self._homes[directory]


def _follows(index: Sequence[str], text: str) -> str:
    """The first path of an index that is equal to a text or sorts after it; empty if none."""
    position = bisect_left(index, text)
    return index[position] if position < len(index) else ""


def answer_to(question: Question) -> Sequence[str]:
    """Git's output, sorted.

    Returns:
        For ``ignored``, paths relative to the directory; for ``any``, one word or nothing; for
        ``entry``, the modes of the files at or below it.
    """
    if repository_around(question.directory) is None:
        return ()
    words = {
        "ignored": ("--cached", "--ignored", "--exclude-standard"),
        "any": ("--cached",),
        "entry": ("--stage", "--", question.name),
    }[question.kind]
    command = (*CAUTIOUS, "--literal-pathspecs", "ls-files", "-z", *words)
    try:
        listed = git(question.directory, *command).stdout
    except UnavailableError:
        return ()
    found = set(filter(None, listed.split("\0")))
    if question.kind == "any":
        return ("any",) if found else ()
    if question.kind == "entry":
        return sorted({each.split(" ")[0] for each in found})
    return sorted(found)


def state_of(directory: str) -> str:
    """The index that git reads for a directory, with its stat: equal states give equal output.

    Returns:
        An empty text if the stat is inconclusive.
    """
    repository = repository_around(directory)
    if repository is None:
        return "none"
    found = stat_of(os.path.join(repository.own, "index"))  # noqa: PTH118
    return f"{repository.own} {found}" if is_conclusive(found, time.time_ns()) else ""


def digest_of(paths: Sequence[str]) -> str:
    """The digest of a list of paths."""
    return hashlib.sha256(os.fsencode("\0".join(paths))).hexdigest()


_BEGINNING = b"version https://git-lfs.github.com/spec/v1\n"
_LONGEST = 1024


def check_pointer(root: Path, path: str, data: bytes) -> None:
    """Refuse a file that is a Git LFS pointer instead of the actual content.

    Raises:
        ConfigError: it is one.
    """
    if not data.startswith(_BEGINNING) or len(data) > _LONGEST or b"\noid sha256:" not in data:
        return
    if _is_lfs_path(root, path):
        raise ConfigError(
            f"`{path}` is a Git LFS pointer: its content is not checked out",
            hint="run `git lfs pull`, or set `lfs: true` in the workflow",
        )


def _is_lfs_path(root: Path, path: str) -> bool:
    """Whether git's attributes assign a file to LFS, as test data may contain pointers.

    Returns:
        Also true without git.
    """
    directory, name = os.path.split(path)
    words = ("check-attr", "-z", "filter", "--", name)
    try:
        done = git(root / directory, *CAUTIOUS, *words)
    except UnavailableError:
        return True
    return done.returncode != 0 or done.stdout.split("\0")[2:3] == ["lfs"]
