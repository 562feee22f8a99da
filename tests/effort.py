"""A limit on the work of a block that is valid on any machine."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIMIT = 50
_SURELY_LITTLE = 0.5


@contextmanager
def little_work() -> Iterator[None]:
    """Fails if the block takes 50 times the CPU time of a fixed piece of work, or more.

    That is some seconds on most machines. Work that grows too fast with its input takes far more.
    """
    began = time.thread_time()
    yield
    spent = time.thread_time() - began
    if spent > _SURELY_LITTLE:
        assert spent < _LIMIT * _unit()


def _unit() -> float:
    """The CPU seconds that this machine takes now for some loops, strings and patterns."""
    began = time.thread_time()
    words = re.compile(r"[a-z]+(\d+)")
    seen: dict[str, int] = {}
    for number in range(240_000):
        found = words.match(f"name{number % 1000}")
        assert found
        seen[found[1]] = seen.get(found[1], 0) + 1
    return time.thread_time() - began
