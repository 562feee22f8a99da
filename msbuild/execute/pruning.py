"""What there is to remove, and what of it goes. Pure: removing is the business of executors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Item:
    """Something that an executor keeps and can do without.

    Attributes:
        kind: what it is, for people.
        name: which one.
        size: bytes.
        used: when it was last of use, in seconds since the epoch.
        remove: removes it.
    """

    kind: str
    name: str
    size: int
    used: float
    remove: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user wants to keep.

    Attributes:
        now: the time, in seconds since the epoch.
        older: what was not of use for so many seconds goes; ``None`` for no matter.
        size: what is kept has so many bytes at most, what was used last first; ``None`` for no
            matter.
        everything: nothing is kept.
    """

    now: float
    older: float | None = None
    size: int | None = None
    everything: bool = False


def choose(items: Iterable[Item], wish: Wish) -> list[Item]:
    """The items that go, the ones that were not used for longest first."""
    ordered = sorted(items, key=lambda item: (item.used, item.kind, item.name))
    kept = sum(item.size for item in ordered)
    going = []
    for item in ordered:
        old = wish.older is not None and wish.now - item.used > wish.older
        too_much = wish.size is not None and kept > wish.size
        if wish.everything or old or too_much:
            going.append(item)
            kept -= item.size
    return going
