"""Runs a command with everything it starts, and ends all of it when told to."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from msbuild.execute.lines import LineJoiner
from msbuild.execute.protocol import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_LOOK = 0.05
# From the polite signal to the other one.
_GRACE = 1.0
_LAST_WORDS = 1.0
_CHUNK = 64 << 10


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    line: Callable[[str], None],
    cancel: threading.Event,
) -> int:
    """Run a command to its end.

    Args:
        command: program and arguments.
        cwd: where it runs.
        env: all of its environment.
        line: is given every line that it prints, on either stream, from another thread.
        cancel: ends it, with all it has started.

    Returns:
        The exit code; 128 and the signal's number for one that was killed.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    process = subprocess.Popen(  # noqa: S603 - no shell of ours
        command,
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        umask=0o022,
    )
    reader = threading.Thread(target=_read, args=(process, line), name="output", daemon=True)
    reader.start()
    try:
        while process.poll() is None and not cancel.wait(_LOOK):
            pass
    finally:
        _end(process)
        # what left the group may hold the pipe open for ever
        reader.join(_LAST_WORDS)
    if cancel.is_set():
        raise Cancelled
    code = process.returncode
    return code if code >= 0 else 128 - code


def _read(process: subprocess.Popen[bytes], line: Callable[[str], None]) -> None:
    joiner = LineJoiner()
    assert process.stdout is not None  # noqa: S101 - for the type checker
    with process.stdout as stream:
        while data := os.read(stream.fileno(), _CHUNK):
            for text in joiner.feed(data):
                line(text)
        for text in joiner.flush():
            line(text)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process if it still runs, and whatever it left running in its group."""
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(_LOOK)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
