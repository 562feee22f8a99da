"""Kills orphaned processes of steps whose msbuild is gone, found by the lock they inherited."""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PROCESSES = "/proc"
# `lock:	1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF`: the process that took it
_OWNER = re.compile(rb"^lock:\s+\d+: FLOCK\s+\S+\s+\S+\s+(\d+)", re.MULTILINE)


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
