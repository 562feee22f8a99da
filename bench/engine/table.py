"""The tables that the benchmarks print: medians and ratios."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def medians(title: str, times: Mapping[str, Sequence[float]], ours: str = "msbuild") -> list[str]:
    """Lines with the median seconds of every tool, and their ratio to ours.

    Args:
        title: the heading.
        times: the seconds of every run, by tool.
        ours: the tool that the others are compared with.
    """
    width = max(len(title), *map(len, times))
    base = statistics.median(times[ours])
    lines = [f"{title:{width}}  {'median':>9}  {'min':>9}  {'max':>9}  {'ratio':>6}  runs"]
    for name, seconds in times.items():
        median = statistics.median(seconds)
        lines.append(
            f"{name:{width}}  {median:7.2f} s  {min(seconds):7.2f} s  {max(seconds):7.2f} s"
            f"  {median / base:6.2f}  {len(seconds):4}"
        )
    return lines


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns: the first to the left, the others to the right."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
