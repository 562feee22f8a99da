"""Messages to people, problems that end a tool, and signals that have to wait."""

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
    """Something a person has to know of; ends the tool without a traceback."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def say(text: str) -> None:
    """Tell what is going on. Standard output stays free for results."""
    print(f"{Path(sys.argv[0]).name}: {text}", file=sys.stderr, flush=True)


def run_tool(main: Callable[[], int]) -> int:
    """Run a tool's main function; SIGTERM and SIGHUP unwind it like Ctrl-C does."""
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
def signals_wait() -> Iterator[None]:
    """Hold back what would stop this process until the block is through, then obey it.

    Children started inside are not shielded: a Ctrl-C at the terminal reaches them.
    """
    came: list[int] = []
    before = {n: signal.signal(n, lambda n, _: came.append(n)) for n in STOPPING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            os.kill(os.getpid(), came[0])


def _unwind(number: int, _frame: object) -> None:
    sys.exit(128 + number)
