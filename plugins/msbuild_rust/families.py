"""Which programs have packages in common, so that those are compiled once for all of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A family is worth a stage if at least a third of the family around it is not in it: so however
# many programs there are, none stands on more than a few stages.
_AT_MOST = (2, 3)


@dataclass(frozen=True, slots=True)
class Family:
    """Programs, and what they all are compiled from.

    Attributes:
        members: the programs, two at least.
        packages: what every member needs.
        around: the family that this one is a part of, of more members and fewer packages.
    """

    members: frozenset[str]
    packages: frozenset[str]
    around: Family | None = None


def families(needs: Mapping[str, frozenset[str]]) -> Iterator[Family]:
    """The families of some programs, each after the one around it.

    Args:
        needs: the packages that each program is compiled from, its own left out.
    """
    yield from _within(frozenset(needs), frozenset(), None, needs)


def _within(
    members: frozenset[str],
    settled: frozenset[str],
    around: Family | None,
    needs: Mapping[str, frozenset[str]],
) -> Iterator[Family]:
    """Divide members by the package that most of them need, and those again by the next."""
    while package := _most_needed(members, settled, needs):
        together = frozenset(name for name in members if package in needs[name])
        common = frozenset.intersection(*(needs[name] for name in together))
        inner = around
        if around is None or len(together) * _AT_MOST[1] <= len(around.members) * _AT_MOST[0]:
            inner = Family(together, common, around)
            yield inner
        yield from _within(together, settled | common, inner, needs)
        members -= together


def _most_needed(
    members: frozenset[str], settled: frozenset[str], needs: Mapping[str, frozenset[str]]
) -> str:
    """The package that most members need, if more than one does; the first of several by name."""
    counts = Counter(package for name in members for package in needs[name] - settled)
    package = min(counts, key=lambda each: (-counts[each], each), default="")
    return package if counts[package] > 1 else ""
