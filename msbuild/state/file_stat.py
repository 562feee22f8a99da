"""File stats: they identify a file's content without reading it, unless they are inconclusive.

Two equal stats of a file mean equal content, unless the file was written just before the first one:
the clock is coarse, so two writes of the same size within a tick have equal stats. The stats of
such files are inconclusive, and their content is compared instead.
"""

from __future__ import annotations

import hashlib
import os
import time
from array import array
from stat import S_IMODE, S_ISDIR, S_ISLNK, S_ISREG
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FileStat = tuple[int, int, int, int, int]
"""Modification and change time in ns, size in bytes, inode, mode."""

ABSENT: FileStat = (0, 0, 0, 0, 0)
CLOCK_RESOLUTION = 2_000_000_000
"""Nanoseconds: the resolution of the coarsest file system clock."""

FILE, DIRECTORY, LINK = range(3)
"""Kinds of directory entries."""

UNPROVEN = ""
"""A digest that no content has."""


def stat_of(path: str | os.PathLike[str], *, follow: bool = False) -> FileStat:
    """The stat of a file or directory; ``ABSENT`` if there is none."""
    try:
        status = os.stat(path, follow_symlinks=follow)  # noqa: PTH116 - called very often
    except OSError:
        return ABSENT
    return from_stat(status)


def from_stat(status: os.stat_result) -> FileStat:
    """The file stat in a result of ``os.stat``."""
    return (
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_size,
        status.st_ino,
        status.st_mode,
    )


def is_conclusive(found: FileStat, at: int) -> bool:
    """Whether a stat taken at a time, in ns since the epoch, identifies the content."""
    return max(found[0], found[1]) + CLOCK_RESOLUTION < at


def stats_of(root: str, paths: Iterable[str], *, follow: bool = False) -> array[int]:
    """The stats of many files, in one flat array."""
    stat = os.stat if follow else os.lstat
    found = array("q")
    add = found.extend
    for path in paths:
        try:
            s = stat(root + path)
        except OSError:
            add(ABSENT)
        else:
            add((s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_ino, s.st_mode))
    return found


# With fewer files, a second process costs more than it saves.
_MANY = 4_000


def stats_of_many(groups: Sequence[tuple[str, Sequence[str], bool]]) -> list[array[int]]:
    """The results of ``stats_of`` for groups of root, paths and whether links are followed.

    A thousand services have 15,000 files, and their stats take half the time of a run without
    work. A second process takes half of them. Threads would not help: they share one interpreter.
    """
    if sum(len(paths) for _, paths, _ in groups) < _MANY or len(os.sched_getaffinity(0)) == 1:
        return _stats_here(groups)
    ours, theirs = _halves(groups)
    try:
        there = _Elsewhere(theirs)
    except OSError:
        # no more processes or descriptors: this one is enough
        return _stats_here(groups)
    here = _stats_here(ours)
    return [mine + other for mine, other in zip(here, there.results(), strict=True)]


def _stats_here(groups: Iterable[tuple[str, Sequence[str], bool]]) -> list[array[int]]:
    return [stats_of(root, paths, follow=follow) for root, paths, follow in groups]


def _halves(
    groups: Sequence[tuple[str, Sequence[str], bool]],
) -> tuple[list[tuple[str, Sequence[str], bool]], list[tuple[str, Sequence[str], bool]]]:
    """The first and the second half of each group."""
    first = [(root, paths[: len(paths) // 2], follow) for root, paths, follow in groups]
    second = [(root, paths[len(paths) // 2 :], follow) for root, paths, follow in groups]
    return first, second


class _Elsewhere:
    """Stats of files taken by a child process.

    Args:
        groups: as for ``stats_of_many``.
    """

    def __init__(self, groups: Sequence[tuple[str, Sequence[str], bool]]) -> None:
        self._groups = groups
        self._reader, writer = os.pipe()
        try:
            self._child = os.fork()
        except OSError:
            os.close(self._reader)
            os.close(writer)
            raise
        if self._child == 0:
            # no exception leaves the child, and nothing of the parent is flushed or cleaned up
            try:
                with open(writer, "wb", buffering=0) as pipe:  # noqa: PTH123 - a descriptor
                    pipe.writelines(found.tobytes() for found in _stats_here(groups))
            finally:
                os._exit(0)
        os.close(writer)

    def results(self) -> list[array[int]]:
        """The stats of each group; if the child failed, they are taken here."""
        numbers = array("q")
        with open(self._reader, "rb") as pipe:  # noqa: PTH123 - a descriptor
            data = pipe.read()
        os.waitpid(self._child, 0)
        width = len(ABSENT)
        if len(data) != sum(len(paths) for _, paths, _ in self._groups) * width * numbers.itemsize:
            return _stats_here(self._groups)
        numbers.frombytes(data)
        found: list[array[int]] = []
        for _, paths, _ in self._groups:
            found.append(numbers[: len(paths) * width])
            numbers = numbers[len(paths) * width :]
        return found


def content_digest(path: str) -> str:
    """The digest of a path's current content: bytes and mode, link target, or entry names."""
    try:
        status = os.lstat(path)
        if S_ISLNK(status.st_mode):
            return data_digest(status.st_mode, os.fsencode(os.readlink(path)))  # noqa: PTH115
        if S_ISDIR(status.st_mode):
            with os.scandir(path) as entries:
                return names_digest((entry.name, kind_of(entry)) for entry in entries)
        if not S_ISREG(status.st_mode):
            return UNPROVEN  # a pipe may never end
        with open(path, "rb") as file:  # noqa: PTH123 - called very often
            return data_digest(status.st_mode, file.read())
    except OSError:
        return UNPROVEN


def data_digest(mode: int, data: bytes) -> str:
    """The digest of a file's bytes or a link's target, with its kind."""
    kind = "link" if S_ISLNK(mode) else oct(S_IMODE(mode))
    return hashlib.sha256(f"{kind}\0".encode() + data).hexdigest()


def kind_of(entry: os.DirEntry[str]) -> int:
    """The kind of a directory entry; ``FILE`` includes pipes, sockets and devices."""
    if entry.is_symlink():
        return LINK
    return DIRECTORY if entry.is_dir(follow_symlinks=False) else FILE


def names_digest(entries: Iterable[tuple[str, int]]) -> str:
    """The digest of a directory: the names and kinds of its entries."""
    listed = "".join(f"{name}\0{kind:d}\0" for name, kind in sorted(entries))
    return hashlib.sha256(os.fsencode(f"names\0{listed}")).hexdigest()


class StatCache:
    """The paths that were read, each with its stat from before the read.

    Thread-safe.

    Attributes:
        stats: the first stat of each path; for a link, that of the link itself.
        inconclusive: the paths whose stat does not identify their content.
    """

    def __init__(self) -> None:
        self.stats: dict[str, FileStat] = {}
        self.inconclusive: set[str] = set()
        self._contents: dict[str, str] = {}

    def record(self, path: str, found: FileStat) -> bool:
        """Record a stat. Returns whether it is inconclusive, so that the content is needed too."""
        if path not in self.stats:
            self.stats[path] = found
            if not is_conclusive(found, time.time_ns()):
                self.inconclusive.add(path)
        return path in self.inconclusive

    def record_external(self, path: str) -> None:
        """Record an absolute path, with links followed, before it is read."""
        if self.record(path, stat_of(path, follow=True)):
            self.record_content(path, content_digest(os.path.realpath(path)))

    def record_content(self, path: str, digest: str) -> None:
        """Record the content of a path by its digest."""
        # two different contents within one run: either could have been used
        same = self._contents.setdefault(path, digest) == digest
        if not same:
            self._contents[path] = UNPROVEN

    def content(self, path: str) -> str:
        """The digest of the content of a path; ``UNPROVEN`` if it was not recorded."""
        return self._contents.get(path, UNPROVEN)

    @property
    def proven(self) -> bool:
        """Whether the content of every inconclusive path is known."""
        return all(self.content(path) != UNPROVEN for path in self.inconclusive)
