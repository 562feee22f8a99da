"""A sample of programs: the same one for the same seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.closures.model import Program


def sample(programs: Sequence[Program], count: int | None, seed: int) -> Sequence[Program]:
    """Some programs, in their order; all of them if there are no more.

    Args:
        programs: sorted, so that a seed stands for the same ones.
        count: how many; `None` for all.
        seed: which.
    """
    if count is None or count >= len(programs):
        return programs
    chosen = set(Random(seed).sample(range(len(programs)), count))  # noqa: S311 - nothing is secret
    return [each for number, each in enumerate(programs) if number in chosen]
