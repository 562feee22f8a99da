"""Messages, errors that end a tool, and delayed signals."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Problem(Exception):
    """An error for the user; ends the tool without a traceback."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def say(text: str) -> None:
    """Print a message to standard error; standard output is for results."""
    print(f"{Path(sys.argv[0]).name}: {text}", file=sys.stderr, flush=True)


def run_tool(main: Callable[[], int]) -> int:
    """Run a tool's main function; SIGTERM and SIGHUP interrupt it like Ctrl-C."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _unwind)
    try:
        return main()
    except Problem as problem:
        say(f"error: {problem}")
        if problem.hint:
            say(f"  hint: {problem.hint}")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


@contextmanager
def delayed_signals() -> Iterator[None]:
    """Delay signals that would stop this process until the end of the block.

    Child processes are not shielded: a Ctrl-C at the terminal reaches them.
    """
    received: list[int] = []
    before = {n: signal.signal(n, lambda n, _: received.append(n)) for n in STOPPING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if received:
            os.kill(os.getpid(), received[0])


def _unwind(number: int, _frame: object) -> None:
    sys.exit(128 + number)
