"""Signs: what the system says of a file without reading it, and when that is proof enough.

Two looks at a file that give the same sign saw the same content, if the file had rested for a while
before the first one: the system's clock ticks coarsely, and what is written twice within a tick, at
the same size, has the same sign. So a sign counts only for a file that was *settled* when it was
looked at. Of all others the content itself is compared.
"""

from __future__ import annotations

import hashlib
import os
import time
from array import array
from stat import S_IMODE, S_ISDIR, S_ISLNK
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FileStat = tuple[int, int, int, int, int]
"""Time of modification and of change in ns, size in bytes, inode, mode."""

ABSENT: FileStat = (0, 0, 0, 0, 0)
CLOCK_RESOLUTION = 2_000_000_000
"""Nanoseconds: as coarse as the clock of any file system is."""

FILE, DIRECTORY, LINK = range(3)
"""Kinds of entries of a directory."""

UNPROVEN = ""
"""In place of a content's digest: no content is equal to it."""


def stat_of(path: str | os.PathLike[str], *, follow: bool = False) -> FileStat:
    """The sign of a file or directory; ``ABSENT`` where there is none."""
    try:
        status = os.stat(path, follow_symlinks=follow)  # noqa: PTH116 - it is asked a lot
    except OSError:
        return ABSENT
    return from_stat(status)


def from_stat(status: os.stat_result) -> FileStat:
    """The sign in what the system said of a file."""
    return (
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_size,
        status.st_ino,
        status.st_mode,
    )


def is_conclusive(found: FileStat, looked: int) -> bool:
    """Whether a file had rested at the time of a look, in ns since the epoch."""
    return max(found[0], found[1]) + CLOCK_RESOLUTION < looked


def stats_of(root: str, paths: Iterable[str], *, follow: bool = False) -> array[int]:
    """The signs of many files, one after another in a flat array."""
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


def content_digest(path: str) -> str:
    """The digest of what is at a path now: bytes and executable bit, target, or names."""
    try:
        status = os.lstat(path)
        if S_ISLNK(status.st_mode):
            return data_digest(status.st_mode, os.fsencode(os.readlink(path)))  # noqa: PTH115
        if S_ISDIR(status.st_mode):
            with os.scandir(path) as entries:
                return names_digest((entry.name, kind_of(entry)) for entry in entries)
        with open(path, "rb") as file:  # noqa: PTH123 - as above
            return data_digest(status.st_mode, file.read())
    except OSError:
        return UNPROVEN


def data_digest(mode: int, data: bytes) -> str:
    """The digest of a file's bytes or a link's target, with its kind."""
    kind = "link" if S_ISLNK(mode) else oct(S_IMODE(mode))
    return hashlib.sha256(f"{kind}\0".encode() + data).hexdigest()


def kind_of(entry: os.DirEntry[str]) -> int:
    """What a directory says of an entry: ``FILE`` also stands for pipes and the like."""
    if entry.is_symlink():
        return LINK
    return DIRECTORY if entry.is_dir(follow_symlinks=False) else FILE


def names_digest(entries: Iterable[tuple[str, int]]) -> str:
    """The digest of a directory: its names, and which are directories or links."""
    listed = "".join(f"{name}\0{kind:d}\0" for name, kind in sorted(entries))
    return hashlib.sha256(os.fsencode(f"names\0{listed}")).hexdigest()


class StatCache:
    """What was looked at, each path with the sign that it had before its content was read.

    Safe to use from several threads.

    Attributes:
        signs: the first sign of each path; of a link itself, not of what it leads to.
        unsettled: the paths whose sign proves nothing.
    """

    def __init__(self) -> None:
        self.stats: dict[str, FileStat] = {}
        self.inconclusive: set[str] = set()
        self._contents: dict[str, str] = {}

    def record(self, path: str, found: FileStat) -> bool:
        """Note a sign. Returns whether it proves nothing, and the content has to be told."""
        if path not in self.stats:
            self.stats[path] = found
            if not is_conclusive(found, time.time_ns()):
                self.inconclusive.add(path)
        return path in self.inconclusive

    def record_external(self, path: str) -> None:
        """Note what links at an absolute path lead to, before it is read."""
        if self.record(path, stat_of(path, follow=True)):
            self.record_content(path, content_digest(os.path.realpath(path)))

    def record_content(self, path: str, digest: str) -> None:
        """Note the content of a path."""
        # two contents within one run: nobody can say which one counted
        same = self._contents.setdefault(path, digest) == digest
        if not same:
            self._contents[path] = UNPROVEN

    def content(self, path: str) -> str:
        """The digest of the content of a path; ``UNPROVEN`` where nobody told."""
        return self._contents.get(path, UNPROVEN)

    @property
    def proven(self) -> bool:
        """Whether the content is known wherever a sign proves nothing."""
        return all(self.content(path) != UNPROVEN for path in self.inconclusive)
