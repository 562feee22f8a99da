"""The tables that the benchmarks print: medians and the ratios between them."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def medians(title: str, taken: Mapping[str, Sequence[float]], ours: str = "msbuild") -> list[str]:
    """Lines with the median seconds of every contender, and how many times ours that is.

    Args:
        title: stands above.
        taken: the seconds of every run, by contender.
        ours: the contender that the others are compared with.
    """
    width = max(len(title), *map(len, taken))
    base = statistics.median(taken[ours])
    lines = [f"{title:{width}}  {'median':>9}  {'least':>9}  {'most':>9}  {'ratio':>6}  runs"]
    for name, times in taken.items():
        median = statistics.median(times)
        lines.append(
            f"{name:{width}}  {median:7.2f} s  {min(times):7.2f} s  {max(times):7.2f} s"
            f"  {median / base:6.2f}  {len(times):4}"
        )
    return lines


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with every column as wide as it has to be, the first to the left."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
