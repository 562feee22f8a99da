"""Locks between processes that a build can be called away from."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msbuild.execute.api import Cancelled
from msbuild.execute.local.files import make_directory, remove_tree
from msbuild.execute.local.orphans import end_orphans

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

_LOOK = 0.05
# Steps of an msbuild that was killed are killed with it; only then is somebody else needed.
_PATIENCE = 0.5
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK


@contextmanager
def locked(
    file: Path, *, shared: bool = False, cancel: threading.Event | None = None
) -> Iterator[int]:
    """Hold the lock of a file; threads of one process keep each other out like processes do.

    Gives the descriptor that holds it. A process that inherits it holds the lock as long as it
    lives; what is left of a step whose msbuild is gone is ended before the lock is had.

    Args:
        file: the lock file, made where it is missing and never removed: removing one that somebody
            waits for would let two in.
        shared: be there beside others that only read.
        cancel: stops the waiting.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    descriptor = open_lock(file)
    try:
        if cancel is None:
            fcntl.flock(descriptor, kind)
        else:
            _wait(file, descriptor, kind, cancel)
        yield descriptor
    finally:
        os.close(descriptor)


def open_lock(file: Path) -> int:
    """A descriptor of a lock file; anything else that is in its place goes."""
    make_directory(file.parent)
    try:
        descriptor = os.open(file, _FLAGS, 0o600)
    except OSError:
        if file.is_file() and not file.is_symlink():
            raise
    else:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
    remove_tree(file)
    return os.open(file, _FLAGS, 0o600)


def _wait(file: Path, descriptor: int, kind: int, cancel: threading.Event) -> None:
    look_after = time.monotonic() + _PATIENCE
    while not try_lock(descriptor, kind):
        if cancel.is_set():
            raise Cancelled
        time.sleep(_LOOK)
        if time.monotonic() > look_after:
            end_orphans(file)
            look_after = time.monotonic() + _PATIENCE


def try_lock(descriptor: int, kind: int) -> bool:
    """Take a lock if nobody else has it."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
