"""Runs a command, and ends all its descendants when it ends or when msbuild is gone.

A separate program, which imports nothing from msbuild:

    python -I -S supervisor.py LIFELINE PROGRAM [ARGUMENT...]

LIFELINE is a descriptor of a pipe whose other end only msbuild holds: however msbuild ends, the
pipe is closed. This process is a subreaper: daemons become its children even if they detach.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

_SET_PARENT_DEATH_SIGNAL = 1
_SET_CHILD_SUBREAPER = 36
_NOT_FOUND = 127
_KILLED = 128 + signal.SIGKILL
_FATAL = 128
# Processes of other users cannot be killed: stop waiting for them after this time.
_SECONDS = 5.0
_POLL_SECONDS = 0.002
# Python ignores the last two, and programs would inherit that.
_RESET = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ)


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code, or 128 plus the number of the signal."""
    lifeline, command = int(arguments[0]), list(arguments[1:])
    os.set_inheritable(lifeline, False)
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _on_signal)
    us = os.getpid()
    child = os.fork()
    if child == 0:
        for number in _RESET:
            signal.signal(number, signal.SIG_DFL)
        prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == us:
            _execute(command)
        os._exit(_NOT_FOUND)
    code = None
    while code is None:
        ready, _, _ = select.select([lifeline, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
        code = _code_of(child)
        if lifeline in ready:
            break
    _end_all()
    return _KILLED if code is None else code


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the command gets signals itself; this only wakes the loop."""


def _execute(command: list[str]) -> None:
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is what is wanted
    except OSError as error:
        os.write(2, f"cannot start `{command[0]}`: {error.strerror}\n".encode())


def _code_of(child: int) -> int | None:
    """The exit code of the command if it has ended; reaps other children."""
    code = None
    while (ended := _reaped()) is not None and ended[0]:
        if ended[0] == child:
            code = os.waitstatus_to_exitcode(ended[1])
            code = code if code >= 0 else _FATAL - code
    return code


def _reaped() -> tuple[int, int] | None:
    """Pid and status of a child that ended; pid 0 if none has; ``None`` without children."""
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None


def _end_all() -> None:
    """Kill children until none are left; children of a killed process become our own."""
    deadline = time.monotonic() + _SECONDS
    while (ended := _reaped()) is not None and time.monotonic() < deadline:
        if not ended[0]:
            for pid in _children():
                _kill(pid)
            time.sleep(_POLL_SECONDS)


def _children() -> Iterator[int]:
    us = str(os.getpid())
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # after the program's name, which may contain anything
                parent = file.read().rpartition(b")")[2].split()[1].decode()
        except (OSError, IndexError):
            continue
        if parent == us:
            yield int(name)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
