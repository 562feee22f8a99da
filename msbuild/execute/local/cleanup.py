"""Prepares the output of steps so that it can be stored, copied and removed."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

from msbuild.execute.local.confined import DIRECTORY, ConfinedDirectory

if TYPE_CHECKING:
    from pathlib import Path

_SPECIAL = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX


def tidy(directory: Path, *, plain: bool = False) -> None:
    """Clean up a directory before it is stored; links are not followed.

    Pipes, sockets and devices are removed, because the process at their other end is gone. Files
    and directories that the owner cannot read are made readable. A file with a hard link outside
    the directory is replaced by a copy: writing to the other name would change it.

    Args:
        directory: not a link to one.
        plain: clear special permission bits.

    Raises:
        OSError: something cannot be read or written.
    """
    names: dict[tuple[int, int], list[str]] = {}
    counts: dict[tuple[int, int], int] = {}
    handle = os.open(directory, os.O_PATH | DIRECTORY)
    _Tidying(names, counts, plain=plain).directory(handle, "", os.fstat(handle))
    with ConfinedDirectory(directory) as below:
        for file, paths in names.items():
            if len(paths) < counts[file]:
                for path in paths:
                    with below.parent(path) as (above, name):
                        _replace_by_copy(above, name)


class _Tidying:
    def __init__(
        self,
        names: dict[tuple[int, int], list[str]],
        counts: dict[tuple[int, int], int],
        *,
        plain: bool,
    ) -> None:
        self._names = names
        self._counts = counts
        self._plain = plain

    def directory(self, entry: int, prefix: str, status: os.stat_result) -> None:
        """Tidy a directory, given an ``O_PATH`` descriptor, which is closed."""
        try:
            self._fix_mode(entry, status, stat.S_IRWXU)
            handle = os.open(f"/proc/self/fd/{entry}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        finally:
            os.close(entry)
        try:
            for name in os.listdir(handle):
                self._entry(handle, name, f"{prefix}{name}")
        finally:
            os.close(handle)

    def _entry(self, handle: int, name: str, path: str) -> None:
        status = os.stat(name, dir_fd=handle, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            entry = os.open(name, os.O_PATH | DIRECTORY, dir_fd=handle)
            self.directory(entry, f"{path}/", status)
        elif stat.S_ISREG(status.st_mode):
            if status.st_nlink > 1:
                file = (status.st_dev, status.st_ino)
                self._names.setdefault(file, []).append(path)
                self._counts[file] = status.st_nlink
            elif self._wanted_mode(status, stat.S_IRUSR) is not None:
                entry = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=handle)
                try:
                    self._fix_mode(entry, status, stat.S_IRUSR)
                finally:
                    os.close(entry)
        elif not stat.S_ISLNK(status.st_mode):
            os.unlink(name, dir_fd=handle)

    def _wanted_mode(self, status: os.stat_result, needed: int) -> int | None:
        mode = stat.S_IMODE(status.st_mode)
        wanted = mode | needed
        if self._plain:
            wanted &= ~_SPECIAL
        return wanted if wanted != mode else None

    def _fix_mode(self, entry: int, status: os.stat_result, needed: int) -> None:
        # unlike a path, a descriptor cannot be swapped for a link
        if (wanted := self._wanted_mode(status, needed)) is not None:
            os.chmod(f"/proc/self/fd/{entry}", wanted)


def _replace_by_copy(handle: int, name: str) -> None:
    """Replace a hard link by a separate file with the same bytes, mode and time."""
    own = f".{name[:100]}.{os.urandom(4).hex()}"
    copy_file(handle, name, handle, own)
    os.rename(own, name, src_dir_fd=handle, dst_dir_fd=handle)


def copy_file(source: int, name: str, target: int, own: str) -> None:
    """Copy a regular file from one open directory to a new name in another.

    Raises:
        OSError: it is not a regular file, or the new name exists.
    """
    reading = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    writing = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, reading, dir_fd=source), "rb") as old:
        status = os.fstat(old.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "not a regular file", name)
        with os.fdopen(os.open(own, writing, 0o600, dir_fd=target), "wb") as new:
            shutil.copyfileobj(old, new, 1 << 20)
            new.flush()
            os.fchmod(new.fileno(), stat.S_IMODE(status.st_mode) & ~_SPECIAL)
            os.utime(new.fileno(), ns=(status.st_mtime_ns, status.st_mtime_ns))
