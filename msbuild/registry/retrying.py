"""Retries after transient errors, with exponential backoff and jitter."""

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
"""The maximum seconds that a ``Retry-After`` header is honored for."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to retry.

    Attributes:
        tries: the maximum number of tries, including the first.
        seconds: no try starts later than this after the first try.
        first: seconds before the second try; doubled before each further one.
        longest: the maximum seconds between two tries, unless the server requests more.
        in_a_row: the maximum number of consecutive tries that fail because there is no response, or
            with an ``UncertainError``.
    """

    tries: int = 10
    seconds: float = 90.0
    first: float = 0.2
    longest: float = 2.0
    in_a_row: int = 3


ONE_REQUEST = RetryPolicy()
# A tool that sends a dozen requests may fail in most attempts, but make progress in each.
MANY_REQUESTS = RetryPolicy(tries=40, seconds=180.0, longest=1.0, in_a_row=4)


class UncertainError(TransientError):
    """An error that is probably permanent: retried only a few times in a row, and only here."""


def retry(
    action: Callable[[], Result],
    policy: RetryPolicy = ONE_REQUEST,
    *,
    wait: Callable[[float], object] = time.sleep,
) -> Result:
    """The result of an action, which is retried after each transient error.

    Args:
        action: may raise ``TransientError``; any other error is final.
        policy: how long to retry.
        wait: sleeps; may raise to stop.

    Raises:
        TransientError: the error of the last try.
        UnavailableError: the same, if it was an ``UncertainError``.
    """
    deadline = time.monotonic() + policy.seconds
    number = in_a_row = 0
    while True:
        try:
            return action()
        except TransientError as error:
            number += 1
            hopeless = error.unreachable or isinstance(error, UncertainError)
            in_a_row = in_a_row + 1 if hopeless else 0
            delay = _delay(number, error, policy)
            late = time.monotonic() + delay > deadline
            if late or number >= policy.tries or in_a_row >= policy.in_a_row:
                if isinstance(error, UncertainError):
                    raise UnavailableError(error.message, hint=error.hint) from error
                raise
        wait(delay)


def _delay(number: int, error: TransientError, policy: RetryPolicy) -> float:
    backoff = min(policy.first * 2.0 ** (number - 1), policy.longest)
    # jitter: clients that failed together should not come back together
    jittered = backoff * (0.5 + random.random() / 2)  # noqa: S311 - not a secret
    return max(jittered, min(error.after or 0.0, LONGEST_AFTER))
