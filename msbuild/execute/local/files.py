"""Copies, replaces and removes whole trees, whatever modes the files in them have."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Collection


def copy_tree(source: Path, target: Path, *, without: Collection[str] = ()) -> None:
    """Copy what is in a directory: modes, times and links stay, blocks are shared where they can.

    Args:
        source: the directory; where there is none, nothing is copied.
        target: made where it is missing.
        without: names right in ``source`` that are left out.

    Raises:
        EnvironmentFault: the disk is full, or something cannot be read.
    """
    target.mkdir(parents=True, exist_ok=True)
    if not source.is_dir():
        return
    if without:
        entries = sorted(str(entry) for entry in source.iterdir() if entry.name not in without)
    else:
        entries = [f"{source}/."]
    if not entries:
        return
    # cp copies a tree of ten thousand files several times faster than Python does
    done = subprocess.run(  # noqa: S603 - no shell, and the paths are ours
        ["/bin/cp", "-a", "--reflink=auto", *entries, str(target)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise EnvironmentFault(
            f"cannot copy `{source}`: {done.stderr.strip().splitlines()[-1:]}",
            hint="is the disk full? `msbuild prune --all` empties the store",
        )


def remove_tree(path: Path) -> None:
    """Remove a file or a tree, read-only directories in it included."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    with suppress(FileNotFoundError):
        try:
            shutil.rmtree(path)
        except PermissionError:
            # Go's module cache closes its directories
            for directory, _, _ in os.walk(path):
                Path(directory).chmod(stat.S_IRWXU)
            shutil.rmtree(path)


def replace_tree(new: Path, place: Path, trash: Path) -> None:
    """Put a finished tree into its place; what was there goes."""
    place.parent.mkdir(parents=True, exist_ok=True)
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
                total += (Path(directory) / name).lstat().st_size
    return total
