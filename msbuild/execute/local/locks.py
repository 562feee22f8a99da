"""File locks between processes and threads; waiting for one can be cancelled."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from msbuild.execute.api import Cancelled
from msbuild.execute.local.files import remove_tree
from msbuild.state.files import make_directory

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

_POLL_SECONDS = 0.05
# The steps of a killed msbuild normally end with it, so orphans are rare.
_SECONDS_BEFORE_ORPHANS = 0.5
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
_PROCESSES = "/proc"
# `lock:	1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF`: the process that took it
_OWNER = re.compile(rb"^lock:\s+\d+: FLOCK\s+\S+\s+\S+\s+(\d+)", re.MULTILINE)


@contextmanager
def locked(
    file: Path, *, shared: bool = False, cancel: threading.Event | None = None
) -> Iterator[int]:
    """Hold the lock of a file; threads of one process exclude each other like processes do.

    Yields the descriptor that holds it. A process that inherits the descriptor holds the lock as
    long as it runs; orphaned steps of a dead msbuild are killed to get the lock.

    Args:
        file: the lock file, created if missing and never removed: removing a file that another
            process waits for would give the lock to two.
        shared: share the lock with other readers.
        cancel: cancels the waiting.

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
    """A descriptor of a lock file; replaces anything else at its path."""
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
    next_orphan_check = time.monotonic() + _SECONDS_BEFORE_ORPHANS
    while not try_lock(descriptor, kind):
        if cancel.is_set():
            raise Cancelled
        time.sleep(_POLL_SECONDS)
        if time.monotonic() > next_orphan_check:
            kill_orphans(file)
            next_orphan_check = time.monotonic() + _SECONDS_BEFORE_ORPHANS


def try_lock(descriptor: int, kind: int) -> bool:
    """Take a lock if it is free; returns whether it was."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def kill_orphans(lock: Path) -> int:
    """Kill the processes that hold a lock taken by a process that has ended.

    Processes waiting for the lock have its file open, too, but do not hold it; a process that took
    it and is still alive is working.

    Args:
        lock: the lock file.

    Returns:
        The number of killed processes.
    """
    killed = 0
    for pid in _holders(lock):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    return killed


def _holders(lock: Path) -> Iterator[int]:
    try:
        wanted = os.stat(lock)
    except OSError:
        return
    us = os.getpid()
    for name in filter(str.isdigit, os.listdir(_PROCESSES)):
        if int(name) != us and _holds(f"{_PROCESSES}/{name}", wanted):
            yield int(name)


def _holds(process: str, wanted: os.stat_result) -> bool:
    with suppress(OSError):
        for number in os.listdir(f"{process}/fd"):
            with suppress(OSError):
                if os.path.samestat(os.stat(f"{process}/fd/{number}"), wanted):
                    with open(f"{process}/fdinfo/{number}", "rb") as file:
                        owners = _OWNER.findall(file.read())
                    if owners and not any(map(_is_alive, owners)):
                        return True
    return False


def _is_alive(owner: bytes) -> bool:
    """Whether a process exists; the kernel shows 0 for one outside this container's namespace."""
    return owner != b"0" and os.path.exists(f"{_PROCESSES}/{owner.decode()}")
