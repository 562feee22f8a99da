"""Copies, replaces and removes directory trees with any permissions."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.local.confined import DIRECTORY, ConfinedDirectory

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


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


def make_directory(place: Path) -> None:
    """Create a directory of the store and its parents; replaces anything else at its path."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTDIR, errno.ELOOP):
            raise
        if not place.parent.is_dir():
            make_directory(place.parent)
        remove_tree(place)
        place.mkdir(mode=0o700, exist_ok=True)


def remove_tree(path: Path) -> None:
    """Remove whatever is at a path, including read-only directories; links are not followed."""
    with suppress(FileNotFoundError):
        if not stat.S_ISDIR(path.lstat().st_mode):
            path.unlink()
            return
        try:
            shutil.rmtree(path)
        except (OSError, RecursionError):
            # Go's module cache has read-only directories; other trees exceed the maximum path
            _remove_with_rm(path)


def _remove_with_rm(path: Path) -> None:
    with suppress(OSError):
        _make_accessible(os.open(path, DIRECTORY | os.O_PATH))
    done = subprocess.run(  # noqa: S603 - no shell, and the path is ours
        ["/bin/rm", "-rf", "--", str(path)], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        output = done.stderr.strip().splitlines()[-1:] or ["rm failed"]
        raise UnavailableError(f"cannot remove `{path}`: {output[0]}")


def _make_accessible(handle: int) -> None:
    """Give the owner access to a directory and all below it; closes the descriptor.

    Unlike a path, a descriptor cannot be swapped for a link.
    """
    try:
        status = os.fstat(handle)
        if status.st_mode & stat.S_IRWXU != stat.S_IRWXU:
            os.chmod(f"/proc/self/fd/{handle}", stat.S_IMODE(status.st_mode) | stat.S_IRWXU)  # noqa: PTH101
        names = os.listdir(f"/proc/self/fd/{handle}")  # noqa: PTH208
        for name in names:
            with suppress(OSError):
                _make_accessible(os.open(name, DIRECTORY | os.O_PATH, dir_fd=handle))
    finally:
        os.close(handle)


def replace_tree(new: Path, place: Path, trash: Path) -> None:
    """Replace a tree by a complete new one."""
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
