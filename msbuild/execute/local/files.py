"""Copies, cleans up, replaces and removes directory trees with any permissions."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.local.confined import DIRECTORY, ConfinedDirectory
from msbuild.state.files import make_directory

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_SPECIAL = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX


def copy_tree(source: Path, target: Path, *, without: Collection[str] = ()) -> None:
    """Copy the contents of a directory, with modes, times and links; shares blocks if possible.

    Args:
        source: the directory; if it does not exist or is a link, nothing is copied.
        target: an empty directory; created if it is missing.
        without: names directly in ``source`` that are skipped.

    Raises:
        UnavailableError: the disk is full, or something cannot be read.
    """
    target.mkdir(parents=True, exist_ok=True)
    with (
        suppress(FileNotFoundError, NotADirectoryError),
        ConfinedDirectory(source) as below,
        below.directory(".") as handle,
    ):
        copy_into(handle, target, str(source), without=without)


def copy_into(
    source: int, target: Path | int, about: str, *, without: Collection[str] = ()
) -> None:
    """Copy the contents of an open directory into an empty one.

    Args:
        source: a descriptor.
        target: the empty directory, on a path without links, or a descriptor of it.
        about: what is copied, for error messages.
        without: names that are skipped.

    Raises:
        UnavailableError: the disk is full, or something cannot be read.
    """
    top = f"/proc/self/fd/{source}"
    entries = [f"{top}/."]
    if without:
        names = sorted(os.listdir(source))
        entries = [f"{top}/{name}" for name in names if name not in without]
    if not entries:
        return
    place, handles = str(target), [source]
    if isinstance(target, int):
        place, handles = f"/proc/self/fd/{target}", [source, target]
    import subprocess  # noqa: PLC0415 - not needed until a stage is built

    # cp copies ten thousand files several times faster than Python
    done = subprocess.run(  # noqa: S603 - no shell, and the paths are ours
        ["/bin/cp", "-a", "--reflink=auto", "--", *entries, place],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        pass_fds=handles,
    )
    if done.returncode != 0:
        raise UnavailableError(
            f"cannot copy `{about}`: {(done.stderr.strip().splitlines() or ['cp failed'])[-1]}",
            hint="if the disk is full, `msbuild prune --all` empties the store",
        )


def remove_tree(path: Path) -> None:
    """Remove whatever is at a path, including read-only directories; links are not followed."""
    with suppress(FileNotFoundError):
        if not stat.S_ISDIR(path.lstat().st_mode):
            path.unlink()
            return
        import shutil  # noqa: PLC0415 - imports bz2 and lzma

        try:
            shutil.rmtree(path)
        except (OSError, RecursionError):
            # Go's module cache has read-only directories; other trees exceed the maximum path
            _remove_with_rm(path)


def _remove_with_rm(path: Path) -> None:
    import subprocess  # noqa: PLC0415 - seldom needed

    with suppress(OSError):
        _make_accessible(os.open(path, DIRECTORY | os.O_PATH))
    done = subprocess.run(  # noqa: S603 - no shell, and the path is ours
        ["/bin/rm", "-rf", "--", str(path)], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        output = done.stderr.strip().splitlines()[-1:] or ["rm failed"]
        raise UnavailableError(f"cannot remove `{path}`: {output[0]}")


def _make_accessible(handle: int) -> None:
    """Give the owner access to a directory and everything below it; closes the descriptor.

    Unlike a path, a descriptor cannot be swapped for a link.
    """
    try:
        status = os.fstat(handle)
        if status.st_mode & stat.S_IRWXU != stat.S_IRWXU:
            os.chmod(f"/proc/self/fd/{handle}", stat.S_IMODE(status.st_mode) | stat.S_IRWXU)
        names = os.listdir(f"/proc/self/fd/{handle}")
        for name in names:
            with suppress(OSError):
                _make_accessible(os.open(name, DIRECTORY | os.O_PATH, dir_fd=handle))
    finally:
        os.close(handle)


def replace_tree(new: Path, place: Path, trash: Path) -> None:
    """Replace a tree with a complete new one."""
    make_directory(place.parent)
    with suppress(FileNotFoundError):
        place.rename(trash)
    new.rename(place)
    remove_tree(trash)


def tree_size(path: Path) -> int:
    """The bytes of all files below a directory."""
    total = 0
    for directory, _, names in os.walk(path):
        for name in names:
            with suppress(OSError):
                total += os.lstat(f"{directory}/{name}").st_size
    return total


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
    """Replace a hard link with a separate file with the same bytes, mode and time."""
    own = f".{name[:100]}.{os.urandom(4).hex()}"
    copy_file(handle, name, handle, own)
    os.rename(own, name, src_dir_fd=handle, dst_dir_fd=handle)


def copy_file(source: int, name: str, target: int, own: str) -> None:
    """Copy a regular file from one open directory to a new name in another.

    Raises:
        OSError: it is not a regular file, or the new name exists.
    """
    import shutil  # noqa: PLC0415 - imports bz2 and lzma

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
