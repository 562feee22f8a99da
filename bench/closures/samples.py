"""Samples of programs, reproducible by seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.closures.model import Program


def sample(programs: Sequence[Program], count: int | None, seed: int) -> Sequence[Program]:
    """A sample of programs in their order, or all of them if there are fewer.

    Args:
        programs: sorted, so that a seed always selects the same ones.
        count: size of the sample; `None` for all.
        seed: selects the sample.
    """
    if count is None or count >= len(programs):
        return programs
    chosen = set(Random(seed).sample(range(len(programs)), count))  # noqa: S311 - no secret
    return [each for number, each in enumerate(programs) if number in chosen]
