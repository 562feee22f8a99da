"""Turns Ctrl-C, SIGTERM and SIGHUP into a cancel event; a second signal exits immediately."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from msbuild.errors import EXIT_INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SHOW_CURSOR = b"\x1b[?25h\n"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """An event that the first signal within the block sets; the second ends the process.

    Afterwards the previous handlers are restored. Signals reach only the main thread, so on any
    other thread the event is never set. Under ``nohup``, SIGHUP stays ignored.
    """
    cancel = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield cancel
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if cancel.is_set():
            exit_immediately()
        cancel.set()

    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    before = {
        number: signal.signal(number, on_signal)
        for number in SIGNALS
        if not (ignored and number is signal.SIGHUP)
    }
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            # `None` is a handler that was not set from Python: it cannot be restored.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def exit_immediately() -> None:
    """End the process immediately, leaving the terminal usable."""
    for descriptor in (1, 2):
        with suppress(OSError):
            if os.isatty(descriptor):
                os.write(descriptor, SHOW_CURSOR)
                break
    os._exit(EXIT_INTERRUPTED)
