"""Runs a command in the foreground: it gets the terminal and the signals that would stop us."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from machine.say import STOPPING_SIGNALS, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KERNEL = 0x80  # SI_KERNEL: a terminal's Ctrl-C, which the command receives as well


def run_in_foreground(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command until it exits. Returns its exit code, or 128 + N after signal N."""
    try:
        process = subprocess.Popen(command, env=environment)
    except FileNotFoundError as error:
        raise Problem(f"command `{command[0]}` not found") from error
    except OSError as error:
        raise Problem(f"cannot run `{command[0]}`: {error.strerror}") from error
    # blocked after the start, because a child inherits blocked signals
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [*STOPPING_SIGNALS, signal.SIGCHLD])
    try:
        while process.poll() is None:
            received = signal.sigtimedwait([*STOPPING_SIGNALS, signal.SIGCHLD], 1)
            if received and received.si_signo != signal.SIGCHLD and received.si_code != KERNEL:
                with suppress(PermissionError):  # sudo, which receives its own signal
                    process.send_signal(received.si_signo)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode
