"""Running a command in our place: it gets our terminal, and the signals meant to stop us."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from machine.say import STOPPING_SIGNALS, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KERNEL = 0x80  # SI_KERNEL: a terminal's Ctrl-C, which the command has got itself


def run_in_foreground(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command to its end and give its exit code, 128 + N if signal N ended it."""
    try:
        process = subprocess.Popen(command, env=environment)
    except FileNotFoundError as error:
        raise Problem(f"`{command[0]}` is not a command here") from error
    except OSError as error:
        raise Problem(f"`{command[0]}` cannot be run: {error.strerror}") from error
    # blocked after the start, for a child inherits what is blocked
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [*STOPPING_SIGNALS, signal.SIGCHLD])
    try:
        while process.poll() is None:
            came = signal.sigtimedwait([*STOPPING_SIGNALS, signal.SIGCHLD], 1)
            if came and came.si_signo != signal.SIGCHLD and came.si_code != KERNEL:
                with suppress(PermissionError):  # sudo's, which gets its own
                    process.send_signal(came.si_signo)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode
