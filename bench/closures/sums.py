"""Adds up the output of comparisons of several repositories."""

from __future__ import annotations

import re
from statistics import median
from typing import TYPE_CHECKING

from msbuild.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PROGRAM = re.compile(r"^\S+ +\d+ files +(\d+) missed +\d+ extra +([\d.]+) %$", re.MULTILINE)
_TRACED = re.compile(r"^\S+ +\d+ files +(\d+) missed$", re.MULTILINE)
_REPLAY = re.compile(
    r"^(\d+) commits?, (\d+) pairs? of commit and program, (\d+) changed\n"
    r"(\d+) false negatives?; (\d+) false positives?",
    re.MULTILINE,
)


def sums(printed: Iterable[str]) -> Iterator[str]:
    """The totals over all programs, all traces and all replays."""
    texts = list(printed)
    programs = [found.groups() for text in texts for found in _PROGRAM.finditer(text)]
    if programs:
        shares = [float(share) for _, share in programs]
        missed = sum(int(count) for count, _ in programs)
        extra = f"extra {median(shares):.1f} % in the median"
        yield f"{counted(len(programs), 'program')}, {missed} missed, {extra}"
    if traced := [int(count) for text in texts for count in _TRACED.findall(text)]:
        yield f"{counted(len(traced), 'program')} traced, {sum(traced)} missed"
    replays = [tuple(map(int, m.groups())) for text in texts for m in _REPLAY.finditer(text)]
    if replays:
        commits, pairs, changed, negatives, positives = map(sum, zip(*replays, strict=True))
        share = 100 * positives / (pairs - changed) if pairs > changed else 0.0
        yield (
            f"{counted(commits, 'commit')}, {counted(pairs, 'pair')}, {changed} changed, "
            f"{counted(negatives, 'false negative')}, "
            f"{counted(positives, 'false positive')} ({share:.1f} %)"
        )
