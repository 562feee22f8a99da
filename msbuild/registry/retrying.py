"""Tries again what failed for a moment: waits longer each time, never in step with others."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from msbuild.errors import TransientError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

LONGEST_AFTER = 20.0
"""Seconds that a ``Retry-After`` may ask for; who wants more gets this."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long it is worth trying.

    Attributes:
        tries: the most tries, the first included.
        seconds: no try begins later than this after the first one.
        first: seconds before the second try; twice as long before each further one.
        longest: the most seconds between two tries, unless the other side asks for more.
        in_a_row: the most tries in a row that end with nobody there, or with a doubtful fault.
    """

    tries: int = 10
    seconds: float = 90.0
    first: float = 0.2
    longest: float = 2.0
    in_a_row: int = 3


ONE_REQUEST = RetryPolicy()
# A tool that asks a dozen times meets a fault at most tries, and gets a little further with each.
MANY_REQUESTS = RetryPolicy(tries=40, seconds=180.0, longest=1.0, in_a_row=4)


class UncertainError(TransientError):
    """A fault that most likely stays: a few tries in a row show it. Nobody else tries again."""


def retry(
    action: Callable[[], Result],
    patience: RetryPolicy = ONE_REQUEST,
    *,
    wait: Callable[[float], object] = time.sleep,
) -> Result:
    """What an action gives, tried again after each transient error.

    Args:
        action: may raise ``TransientFault``; any other error ends it at once.
        patience: how long it is worth trying.
        wait: sleeps; may raise to stop.

    Raises:
        TransientFault: of the last try.
        EnvironmentFault: the same, where it was doubtful whether it would go away.
    """
    deadline = time.monotonic() + patience.seconds
    number = in_a_row = 0
    while True:
        try:
            return action()
        except TransientError as fault:
            number += 1
            few = fault.unreachable or isinstance(fault, UncertainError)
            in_a_row = in_a_row + 1 if few else 0
            delay = _delay(number, fault, patience)
            late = time.monotonic() + delay > deadline
            if late or number >= patience.tries or in_a_row >= patience.in_a_row:
                if isinstance(fault, UncertainError):
                    raise UnavailableError(fault.message, hint=fault.hint) from fault
                raise
        wait(delay)


def _delay(number: int, fault: TransientError, patience: RetryPolicy) -> float:
    own = min(patience.first * 2.0 ** (number - 1), patience.longest)
    # half of it by chance: many who failed together shall not come back together
    jittered = own * (0.5 + random.random() / 2)  # noqa: S311 - no secret
    return max(jittered, min(fault.after or 0.0, LONGEST_AFTER))
