"""Copies, replaces and removes whole trees, whatever modes the files in them have."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.local.beneath import DIRECTORY, Below

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def copy_tree(source: Path, target: Path, *, without: Collection[str] = ()) -> None:
    """Copy what is in a directory: modes, times and links stay, blocks are shared where they can.

    Args:
        source: the directory; where there is none, or a link to one, nothing is copied.
        target: an empty directory, or made where it is missing.
        without: names right in ``source`` that are left out.

    Raises:
        EnvironmentFault: the disk is full, or something cannot be read.
    """
    target.mkdir(parents=True, exist_ok=True)
    with (
        suppress(FileNotFoundError, NotADirectoryError),
        Below(source) as below,
        below.directory(".") as handle,
    ):
        copy_into(handle, target, str(source), without=without)


def copy_into(
    source: int, target: Path | int, about: str, *, without: Collection[str] = ()
) -> None:
    """Copy what is in an open directory into an empty one.

    Args:
        source: a descriptor.
        target: the empty directory, in which there are no links to follow, or a descriptor of it.
        about: what is copied, for an error.
        without: names that are left out.

    Raises:
        EnvironmentFault: the disk is full, or something cannot be read.
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
    # cp copies a tree of ten thousand files several times faster than Python does
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
            hint="is the disk full? `msbuild prune --all` empties the store",
        )


def make_directory(place: Path) -> None:
    """Make a directory of the store, with those above it; anything else at its place goes."""
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
    """Remove whatever is at a path, read-only directories too; links are not followed."""
    with suppress(FileNotFoundError):
        if not stat.S_ISDIR(path.lstat().st_mode):
            path.unlink()
            return
        try:
            shutil.rmtree(path)
        except (OSError, RecursionError):
            # Go's module cache closes its directories; others are deeper than a path can say
            _remove_stubborn(path)


def _remove_stubborn(path: Path) -> None:
    with suppress(OSError):
        _open_up(os.open(path, DIRECTORY | os.O_PATH))
    done = subprocess.run(  # noqa: S603 - no shell, and the path is ours
        ["/bin/rm", "-rf", "--", str(path)], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["rm failed"]
        raise UnavailableError(f"cannot remove `{path}`: {said[0]}")


def _open_up(handle: int) -> None:
    """Let the owner into a directory and all below it; the handle is closed.

    What a handle means cannot be swapped for a link in the meantime.
    """
    try:
        status = os.fstat(handle)
        if status.st_mode & stat.S_IRWXU != stat.S_IRWXU:
            os.chmod(f"/proc/self/fd/{handle}", stat.S_IMODE(status.st_mode) | stat.S_IRWXU)  # noqa: PTH101
        names = os.listdir(f"/proc/self/fd/{handle}")  # noqa: PTH208
        for name in names:
            with suppress(OSError):
                _open_up(os.open(name, DIRECTORY | os.O_PATH, dir_fd=handle))
    finally:
        os.close(handle)


def replace_tree(new: Path, place: Path, trash: Path) -> None:
    """Put a finished tree into its place; what was there goes."""
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
