"""Compares closures with the files that compilers read, and counts the rules that add others."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from bench.closures.ours import inputs_of
from msbuild.errors import MsbuildError
from msbuild.report.text import counted
from msbuild.sources.tree import SourceTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.closures.model import Answer, Oracle

_QUOTED = re.compile(r"`[^`]*`")
_PLACE = re.compile(r"\S*[./]\S*(?::\d+)?")


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison of one program.

    Attributes:
        size: number of files in the closure.
        missed: files that the compiler reads and the closure lacks.
        extra: files in the closure that the compiler does not read, with the reason for each.
        problem: why there is no closure, or empty.
    """

    name: str
    size: int = 0
    missed: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def share(self) -> float:
        """The extra files as a percentage of the closure."""
        return 100 * len(self.extra) / self.size if self.size else 0.0


def compare(tree: Path, answer: Answer, oracle: Oracle) -> Iterator[Compared]:
    """Compare all programs of a tree."""
    sources = SourceTree(tree)
    for program, truth in answer.programs.items():
        try:
            ours = inputs_of(program, oracle, sources)
        except MsbuildError as error:
            yield Compared(program.name, problem=str(error))
            continue
        read = truth.files | truth.configuration
        yield Compared(
            name=program.name,
            size=len(ours.files),
            missed=tuple(sorted(truth.files - set(ours.files))),
            extra={path: why for path, why in ours.files.items() if path not in read},
        )


def report(compared: Sequence[Compared], *, verbose: bool) -> Iterator[str]:
    """A line for each program, the missed files, and the totals."""
    width = max((len(each.name) for each in compared), default=0)
    for each in compared:
        if each.problem:
            yield f"{each.name:{width}}  {each.problem}"
            continue
        yield (
            f"{each.name:{width}}  {each.size:5} files  {len(each.missed):3} missed  "
            f"{len(each.extra):4} extra  {each.share:5.1f} %"
        )
        yield from (f"    missed {path}" for path in each.missed)
        if verbose:
            yield from (f"    extra {path} ({why})" for path, why in each.extra.items())
    comparable = [each for each in compared if not each.problem]
    missed = sum(len(each.missed) for each in comparable)
    shares = [each.share for each in comparable]
    yield (
        f"{counted(len(comparable), 'program')}, {missed} missed, "
        f"extra {median(shares or [0]):.1f} % in the median, {max(shares or [0]):.1f} % at most"
    )
    rules = Counter(_rule(why) for each in comparable for why in each.extra.values())
    yield from (f"  {count:6} extra: {rule}" for rule, count in rules.most_common())


def _rule(why: str) -> str:
    """A reason without its names and paths, to group reasons by kind."""
    return _PLACE.sub("…", _QUOTED.sub("…", why))
