"""Processes and mounts of one private engine, even if it was killed."""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from machine.root import call

if TYPE_CHECKING:
    from collections.abc import Callable

    from machine.home import Home

PROGRAMS = {"dockerd", "containerd", "containerd-shim-runc-v2", "runc"}


def programs(home: Home, only: str = "") -> list[int]:
    """Processes of the engine's own programs, recognized by the paths in their arguments."""
    return _pids(lambda pid: _is_program(home, pid, {only} if only else PROGRAMS))


def end(pids: Callable[[], list[int]], seconds: float) -> None:
    """Terminate processes, wait, and kill those that are still running after `seconds`."""
    _send(pids(), signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while pids() and time.monotonic() < deadline:
        time.sleep(0.1)
    while left := pids():
        _send(left, signal.SIGKILL)
        time.sleep(0.05)


def clear(home: Home) -> None:
    """Kill the engine's remaining processes and containers, and remove its mounts."""
    end(lambda: _pids(lambda pid: _is_program(home, pid, PROGRAMS) or _is_inside(home, pid)), 0)
    for mount in reversed(_mounts(home)):
        call("umount", "--lazy", mount, check=False)


def _pids(matches: Callable[[int], bool]) -> list[int]:
    return [int(d.name) for d in Path("/proc").glob("[0-9]*") if matches(int(d.name))]


def _is_program(home: Home, pid: int, names: set[str]) -> bool:
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        ours = [os.fsencode(f"{directory}/") for directory in (home.run, home.data)]
        return Path(os.fsdecode(words[0])).name in names and any(
            directory in word for word in words[1:] for directory in ours
        )
    return False


def _is_inside(home: Home, pid: int) -> bool:
    """Whether the root directory of a process is in the engine's data, as a container's is."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/mountinfo").read_text(errors="replace").splitlines():
            if line.split(" ", 5)[4] == "/":
                return f"{home.data}/" in _plain(line)
    return False


def _mounts(home: Home) -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [_plain(line.split(" ", 5)[4]) for line in lines]
    return [p for p in points if p.startswith((f"{home.data}/", f"{home.run}/"))]


def _plain(text: str) -> str:
    """Undo the octal escapes that the kernel writes for blanks."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
