"""The rounds of ``foreach()``."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild_cpp.scope import COMPUTED, UNSET

if TYPE_CHECKING:
    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Command

_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop.

    Attributes:
        names: the variables it sets.
        rounds: their values in each round.
        certain: whether each round is sure to be run.
    """

    names: tuple[str, ...]
    rounds: tuple[tuple[str, ...], ...]
    certain: bool


def loop_of(head: Command, frame: Frame) -> Loop:
    """What a ``foreach`` goes through."""
    words = [word for each in head.arguments for word in frame.scope.expand(each)]
    keyword = next((i for i, word in enumerate(words) if word in ("IN", "RANGE")), len(words))
    if keyword == len(words):
        return _loop(words[0] if words else "", words[1:], frame)
    if words[keyword] == "RANGE":
        return _loop(words[0], _range(words[keyword + 1 :]), frame)
    if words[keyword + 1 : keyword + 2] == ["ZIP_LISTS"]:
        return _zipped(words[:keyword], words[keyword + 2 :], frame)
    return _loop(words[0], _items(words[keyword + 1 :], frame), frame)


def _loop(name: str, items: list[str], frame: Frame) -> Loop:
    known = [item for item in items if item != UNSET]
    return Loop((name,), tuple((item,) for item in known), certain=not frame.doubtful)


def _items(words: list[str], frame: Frame) -> list[str]:
    found: list[str] = []
    lists = False
    for word in words:
        if word in ("LISTS", "ITEMS"):
            lists = word == "LISTS"
        elif lists:
            found += _list(word, frame)
        else:
            found.append(word)
    return found


def _list(name: str, frame: Frame) -> list[str]:
    """All values that a list may hold."""
    choices = frame.scope.choices(name)
    return list(dict.fromkeys(item for text in choices for item in text.split(";") if item))


def _range(words: list[str]) -> list[str]:
    if not words or not all(word.isdecimal() for word in words):
        return [COMPUTED]
    numbers = [int(word) for word in words]
    start, stop, step = (0, numbers[0], 1) if len(numbers) == 1 else (*numbers, 1)[:3]
    found = [str(number) for number in range(start, stop + 1, step or 1)]
    return found if len(found) <= _LONGEST else [COMPUTED]


def _zipped(names: list[str], lists: list[str], frame: Frame) -> Loop:
    if len(names) == 1:
        names = [f"{names[0]}_{i}" for i in range(len(lists))]
    rounds = itertools.zip_longest(*(_list(each, frame) for each in lists), fillvalue=UNSET)
    return Loop(tuple(names), tuple(rounds), certain=not frame.doubtful)
