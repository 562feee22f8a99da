from __future__ import annotations

import pytest

from msbuild.errors import TransientError, UnavailableError
from msbuild.registry.retrying import LONGEST_AFTER, RetryPolicy, UncertainError, retry


class Waits(list[float]):
    """Records how long it should have slept."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def outcome(failures: list[Exception], policy: RetryPolicy, waits: Waits) -> str:
    def action() -> str:
        if failures:
            raise failures.pop(0)
        return "fine"

    return retry(action, policy, wait=waits)


def test_delays_grow_with_jitter_up_to_a_limit() -> None:
    waits = Waits()
    policy = RetryPolicy(tries=8, first=1, longest=8, seconds=1000)
    assert outcome([TransientError("x") for _ in range(7)], policy, waits) == "fine"
    bounds = [1, 2, 4, 8, 8, 8, 8]
    assert all(bound / 2 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))
    assert waits[3:] != [8, 8, 8, 8]


def test_the_last_error_is_raised_after_the_last_try() -> None:
    waits = Waits()
    with pytest.raises(TransientError, match="third"):
        outcome([TransientError(word) for word in ("first", "second", "third")],
                RetryPolicy(tries=3), waits)  # fmt: skip
    assert len(waits) == 2


def test_a_permanent_error_is_not_retried() -> None:
    waits = Waits()
    with pytest.raises(UnavailableError, match="denied"):
        outcome([UnavailableError("denied")], RetryPolicy(), waits)
    assert waits == []


def test_retry_after_is_honored_up_to_a_limit() -> None:
    waits = Waits()
    failures: list[Exception] = [TransientError("x", after=5), TransientError("x", after=86_400)]
    assert outcome(failures, RetryPolicy(), waits) == "fine"
    assert waits == [5, LONGEST_AFTER]


def test_retries_end_soon_if_there_is_no_response() -> None:
    waits = Waits()
    failures: list[Exception] = [TransientError("x", unreachable=True) for _ in range(9)]
    with pytest.raises(TransientError):
        outcome(failures, RetryPolicy(in_a_row=2), waits)
    assert len(waits) == 1


def test_no_try_starts_after_the_time_limit() -> None:
    waits = Waits()
    with pytest.raises(TransientError):
        outcome([TransientError("x", after=9)], RetryPolicy(seconds=5), waits)
    assert waits == []


def test_an_uncertain_error_is_retried_a_few_times_and_then_final() -> None:
    waits = Waits()
    row: list[Exception] = [UncertainError("denied"), UncertainError("denied"), TransientError("x")]
    assert outcome([*row, *row], RetryPolicy(in_a_row=3), waits) == "fine"
    with pytest.raises(UnavailableError, match="denied") as caught:
        outcome([UncertainError("denied") for _ in range(9)], RetryPolicy(in_a_row=3), waits)
    assert not isinstance(caught.value, TransientError)
    assert len(waits) == 8
