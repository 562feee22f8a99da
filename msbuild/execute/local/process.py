"""Runs a command, and ends it with all its descendants on cancel or when msbuild ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.execute.api import Cancelled
from msbuild.execute.job_run import LineJoiner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_POLL_SECONDS = 0.05
# Between SIGTERM and SIGKILL.
_GRACE_SECONDS = 1.0
_LAST_OUTPUT_SECONDS = 1.0
# The time that the supervisor has to end its descendants.
_ENDING_SECONDS = 6.0
_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_CHUNK = 64 << 10


def run(  # noqa: PLR0913
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    line: Callable[[str], None],
    cancel: threading.Event,
    contained: bool = False,
    locks: Sequence[int] = (),
) -> int:
    """Run a command; when it ends, everything that it has started is ended, too.

    Args:
        command: program and arguments.
        cwd: its working directory.
        env: its complete environment.
        line: called from another thread with every line it prints to stdout or stderr.
        cancel: ends it and everything it has started.
        contained: whether the command itself ends its descendants when it or msbuild ends.
        locks: descriptors of locks, which are held until the last of its processes has ended.

    Returns:
        The exit code; 128 plus the signal's number if it was killed.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    lifeline = None if contained else Lifeline()
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell of ours
            [*(lifeline.words if lifeline else ()), *command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o022,
            pass_fds=(*(lifeline.inherited if lifeline else ()), *locks),
        )
        reader = threading.Thread(target=_read, args=(process, line), name="output", daemon=True)
        reader.start()
        try:
            while process.poll() is None and not cancel.wait(_POLL_SECONDS):
                pass
        finally:
            _end(process, lifeline)
            # a process that left the group may keep the pipe open forever
            reader.join(_LAST_OUTPUT_SECONDS)
    finally:
        if lifeline:
            lifeline.cut()
    if cancel.is_set():
        raise Cancelled
    code = process.returncode
    return code if code >= 0 else 128 - code


class Lifeline:
    """A pipe to a supervisor, which ends a command and all its descendants when the pipe closes.

    Attributes:
        inherited: the descriptors that the supervisor needs.
        words: the command line of the supervisor, to be followed by the command.
    """

    def __init__(self) -> None:
        reading, self._writing = os.pipe()
        self.inherited: tuple[int, ...] = (reading,)
        options = ("-I", "-S", "-B", str(_SUPERVISOR))
        self.words = (sys.executable, *options, str(reading))

    def cut(self) -> None:
        """End all its processes; may be called repeatedly."""
        for descriptor in (*self.inherited, self._writing):
            if descriptor >= 0:
                os.close(descriptor)
        self.inherited, self._writing = (), -1


def _read(process: subprocess.Popen[bytes], line: Callable[[str], None]) -> None:
    joiner = LineJoiner()
    assert process.stdout is not None  # noqa: S101 - for the type checker
    with process.stdout as stream:
        while data := os.read(stream.fileno(), _CHUNK):
            for text in joiner.feed(data):
                line(text)
        for text in joiner.flush():
            line(text)


def _end(process: subprocess.Popen[bytes], lifeline: Lifeline | None) -> None:
    """End the process if it is still running, and all its descendants."""
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        _wait(process, _GRACE_SECONDS)
    if lifeline:
        lifeline.cut()
        _wait(process, _ENDING_SECONDS)
    _signal(process, signal.SIGKILL)
    process.wait()


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
