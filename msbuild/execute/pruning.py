"""Chooses what `msbuild prune` removes. Pure: the executors do the removing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Item:
    """Something an executor stores and can recreate.

    Attributes:
        kind: what it is, as shown to users.
        name: which one.
        size: bytes.
        used: time of last use, in seconds since the epoch.
        remove: removes it.
    """

    kind: str
    name: str
    size: int
    used: float
    remove: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a user wants removed.

    Attributes:
        now: the time, in seconds since the epoch.
        older: remove what has not been used for this many seconds; ``None`` for no limit.
        size: remove the least recently used until at most this many bytes remain; ``None`` for
            no limit.
        everything: remove everything.
    """

    now: float
    older: float | None = None
    size: int | None = None
    everything: bool = False


def choose(items: Iterable[Item], limits: Limits) -> list[Item]:
    """The items to remove, least recently used first."""
    ordered = sorted(items, key=lambda item: (item.used, item.kind, item.name))
    remaining = sum(item.size for item in ordered)
    chosen = []
    for item in ordered:
        old = limits.older is not None and limits.now - item.used > limits.older
        too_much = limits.size is not None and remaining > limits.size
        if limits.everything or old or too_much:
            chosen.append(item)
            remaining -= item.size
    return chosen
