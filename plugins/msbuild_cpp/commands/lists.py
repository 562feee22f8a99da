"""``list``: what it does to a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild_cpp.patterns import expression, is_quick
from msbuild_cpp.scope import COMPUTED, MOST_CHOICES, UNSET
from msbuild_cpp.values import is_known, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Command

_SAME_FILES = ("REMOVE_DUPLICATES", "REVERSE", "SORT", "REMOVE_AT")
# For these, which argument names the variable that is set, counted from the action.
_RESULTS = {"LENGTH": 2, "GET": -1, "JOIN": 3, "SUBLIST": -1, "FIND": 3}


def _list(frame: Frame, command: Command) -> None:
    values = frame.scope.expand_all(command.arguments)
    action, name = (*map(plain, values[:2]), "", "")[:2]
    rest = values[2:]
    if action in ("APPEND", "PREPEND", "INSERT"):
        _grow(frame, name, rest[1:] if action == "INSERT" else rest)
    elif action == "REMOVE_ITEM":
        gone = {plain(value) for value in rest if is_known(value)}
        _keep(frame, name, lambda value: plain(value) not in gone)
    elif action == "FILTER":
        _filter(frame, name, rest)
    elif action == "TRANSFORM":
        _transform(frame, name, rest)
    elif action in _RESULTS:
        for out in values[_RESULTS[action] :][:1]:
            _result(frame, action, name, plain(out))
    elif action.startswith("POP_"):
        for out in rest:
            _result(frame, action, name, plain(out))


def _grow(frame: Frame, name: str, values: list[str]) -> None:
    old = frame.scope.choices(name)
    added = ";".join(values)
    grown = [";".join(filter(None, (text.replace(UNSET, ""), added))) for text in old]
    # where it is not sure to happen, more files are no harm; but a list may still be empty
    emptied = [text for text in old if frame.doubtful and not text.replace(UNSET, "")]
    frame.scope.assign(name, list(dict.fromkeys((*emptied, *grown))))


def _keep(frame: Frame, name: str, wanted: Callable[[str], bool]) -> None:
    def kept(text: str) -> str:
        return ";".join(value for value in text.split(";") if wanted(value))

    frame.assign(name, [kept(text) for text in frame.scope.choices(name)])


def _filter(frame: Frame, name: str, rest: list[str]) -> None:
    texts = [text for text in rest[2:3] if is_known(text)]
    pattern = expression(texts[0]) if texts else None
    if pattern is None:
        return
    found = pattern.search
    includes = rest[0] == "INCLUDE"
    # what is not known may match or not
    _keep(
        frame,
        name,
        lambda value: (
            not is_known(value)
            or not is_quick(texts[0], value)
            or bool(found(plain(value))) == includes
        ),
    )


def _transform(frame: Frame, name: str, rest: list[str]) -> None:
    action = rest[0] if rest else ""
    out = rest[-1] if "OUTPUT_VARIABLE" in rest else name
    if action not in ("APPEND", "PREPEND", "STRIP", "GENEX_STRIP") or "AT" in rest or "FOR" in rest:
        frame.compute(plain(out))
        return
    before = rest[1] if action == "PREPEND" and rest[1:] else ""
    after = rest[1] if action == "APPEND" and rest[1:] else ""

    def changed(text: str) -> str:
        return ";".join(f"{before}{value.strip()}{after}" for value in text.split(";") if value)

    frame.assign(plain(out), [changed(text) for text in frame.scope.choices(name)])


def _result(frame: Frame, action: str, name: str, out: str) -> None:
    choices = frame.scope.choices(name)
    if action in ("GET", "SUBLIST") or action.startswith("POP_"):
        # whichever it is, it is one of them
        values = [value for text in choices for value in text.split(";") if value] or [UNSET]
        if action == "SUBLIST":
            values = [";".join(values)]
        frame.assign(out, values if len(values) <= MOST_CHOICES else (COMPUTED,))
    else:
        frame.compute(out)


def _counted(frame: Frame, command: Command) -> None:
    """``list``: where it tells how many or which they are, all of them must be there."""
    words = frame.values(command.arguments[:2])
    if words[1:] and words[0] in ("LENGTH", "FIND", "JOIN", "GET", "SUBLIST"):
        frame.name_found(frame.scope.choices(words[1]), command)
    _list(frame, command)


HANDLERS = {"list": _counted}
