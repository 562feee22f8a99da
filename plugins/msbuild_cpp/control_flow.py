"""Evaluates the conditions of ``if`` and the iterations of ``foreach``."""

from __future__ import annotations

import itertools
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild_cpp.commands import HANDLERS
from msbuild_cpp.syntax import CMAKELISTS
from msbuild_cpp.values import (
    COMPUTED,
    FOUND,
    UNSET,
    constant,
    expression,
    is_known,
    is_quick,
    path_of,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from msbuild_cpp.frame import Frame
    from msbuild_cpp.syntax import Argument, Command
    from msbuild_cpp.values import Scope

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OF_CMAKE = re.compile(r"(CMAKE_|PROJECT_)\w+|[A-Z0-9]+_[A-Z0-9_]+")
_COMPARISONS = re.compile(
    r"(STR)?(EQUAL|LESS|GREATER)|(STR)?(LESS|GREATER)_EQUAL|MATCHES|IN_LIST|PATH_EQUAL"
    r"|VERSION_\w+|IS_NEWER_THAN"
)
_NUMBERS: Mapping[str, Callable[[int, int], bool]] = {
    "EQUAL": int.__eq__,
    "LESS": int.__lt__,
    "GREATER": int.__gt__,
    "LESS_EQUAL": int.__le__,
    "GREATER_EQUAL": int.__ge__,
}

Tests = dict[str, "Callable[[str], bool | None]"]
_MOST_ITERATIONS = 1000


def evaluate(arguments: Sequence[Argument], scope: Scope, tests: Tests) -> bool | None:
    """Whether a condition is true; ``None`` if that is unknown without running CMake.

    Args:
        arguments: the condition.
        scope: the variables.
        tests: the functions behind ``EXISTS``, ``TARGET`` and other tests.
    """
    return _ConditionParser(arguments, scope, tests).or_expression()


class _ConditionParser:
    def __init__(self, arguments: Sequence[Argument], scope: Scope, tests: Tests) -> None:
        self._left = list(arguments)
        self._scope = scope
        self._tests = tests

    def or_expression(self) -> bool | None:
        """``OR`` binds weakest, then ``AND``, then ``NOT``."""
        verdict = self._and_expression()
        while self._accept("OR"):
            other = self._and_expression()
            verdict = True if True in (verdict, other) else _both_known(verdict, other, value=False)
        # something is left over: a form of condition that is not supported here
        return None if self._left and self._left[0].text != ")" else verdict

    def _and_expression(self) -> bool | None:
        verdict = self._operand()
        while self._accept("AND"):
            other = self._operand()
            found_false = False in (verdict, other)
            verdict = False if found_false else _both_known(verdict, other, value=True)
        return verdict

    def _operand(self) -> bool | None:
        if self._accept("NOT"):
            verdict = self._operand()
            return None if verdict is None else not verdict
        if self._accept("("):
            verdict = self.or_expression()
            self._accept(")")
            return verdict
        if not self._left:
            return None
        first = self._left.pop(0)
        if first.kind == "plain" and first.text in (*self._tests, "DEFINED") and self._left:
            return self._unary(first.text)
        if len(self._left) > 1 and self._compares(self._left[0]):
            return self._compare(first, self._left.pop(0).text, self._left.pop(0))
        return self._truth(first)

    def _unary(self, word: str) -> bool | None:
        value = self._scope.substitute(self._left.pop(0).text)
        if word == "DEFINED":
            return True if self._scope.get(value) is not None else None
        return self._tests[word](value) if is_known(value) else None

    def _compares(self, argument: Argument) -> bool:
        return argument.kind == "plain" and bool(_COMPARISONS.fullmatch(argument.text))

    def _compare(self, first: Argument, word: str, second: Argument) -> bool | None:
        left = self._value(first, _OF_CMAKE if word == "IN_LIST" else _NAME)
        if word == "IN_LIST":
            return self._in_list(left, self._scope.substitute(second.text))
        right = self._value(second, _OF_CMAKE)
        if left is None or right is None:
            return None
        if word == "STREQUAL":
            return left == right
        if word == "MATCHES":
            wanted = expression(right)
            return bool(wanted.search(left)) if wanted and is_quick(right, left) else None
        if word in _NUMBERS and left.isdecimal() and right.isdecimal():
            return _NUMBERS[word](int(left), int(right))
        return None

    def _in_list(self, value: str | None, name: str) -> bool | None:
        values = self._scope.get(name)
        if value is None or values is None or not is_known(values):
            return None
        return value in plain(values).split(";")

    def _value(self, argument: Argument, names: re.Pattern[str]) -> str | None:
        """The value to compare; ``None`` if it is unknown, or a variable that CMake itself sets."""
        text = self._scope.substitute(argument.text)
        if argument.kind == "plain":
            value = self._scope.get(text)
            if value is None and names.fullmatch(text) and "${" not in argument.text:
                return None
            text = text if value is None else value
        return plain(text) if is_known(text) else None

    def _truth(self, argument: Argument) -> bool | None:
        text = self._scope.substitute(argument.text)
        if constant(text) is not None:
            return constant(text)
        value = self._scope.get(text) if argument.kind == "plain" else None
        if value is None or not is_known(value):
            return None
        return True if constant(value) is None else constant(value)

    def _accept(self, word: str) -> bool:
        if self._left and self._left[0].kind in ("plain", "paren") and self._left[0].text == word:
            self._left.pop(0)
            return True
        return False


def _both_known(left: bool | None, right: bool | None, *, value: bool) -> bool | None:
    return None if left is None or right is None else value


def holds(arguments: tuple[Argument, ...], frame: Frame) -> bool | None:
    """Whether the condition of an ``if`` is true; ``None`` if that is unknown."""
    tests: Tests = {
        "EXISTS": lambda value: _exists(value, frame),
        "IS_DIRECTORY": lambda value: _exists(value, frame),
        "TARGET": lambda value: _is_target(value, frame),
        "COMMAND": lambda value: _is_command(value, frame),
        "POLICY": lambda _: True,
        "IS_ABSOLUTE": lambda value: value.lstrip(FOUND).startswith("/"),
        "IS_SYMLINK": lambda _: None,
        "TEST": lambda _: None,
    }
    return evaluate(arguments, frame.scope, tests)


def _exists(value: str, frame: Frame) -> bool | None:
    """Whether a path exists; if so it becomes an input, because CMake tests it, too."""
    path = path_of(value, frame.directory.path)
    if path is None:
        return None
    tree = frame.tree
    if tree.is_file(path):
        if FOUND not in value and posixpath.basename(path) != CMAKELISTS:
            frame.directory.reads.setdefault(path, f"tested by {frame.file}")
        return True
    if not tree.is_directory(path):
        return False
    if FOUND not in value:
        frame.directory.tested_directories.add(path)
    return True


def _is_target(name: str, frame: Frame) -> bool | None:
    frame.directory.required_targets.setdefault(name)
    target = frame.interpreter.project.target(name)
    return True if target is not None and target.certain else None


def _is_command(name: str, frame: Frame) -> bool | None:
    functions = frame.interpreter.functions.get(name.lower(), ())
    frame.directory.needs.update(function.directory for function in functions)
    return bool(functions) or name in HANDLERS or None


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop.

    Attributes:
        names: the variables it sets.
        iterations: their values in each iteration.
        certain: whether every iteration is sure to run.
    """

    names: tuple[str, ...]
    iterations: tuple[tuple[str, ...], ...]
    certain: bool


def loop_of(head: Command, frame: Frame) -> Loop:
    """The loop that a ``foreach`` command opens."""
    words = [word for argument in head.arguments for word in frame.scope.expand(argument)]
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
    return Loop((name,), tuple((item,) for item in known), certain=not frame.may_keep_old_values)


def _items(words: list[str], frame: Frame) -> list[str]:
    items: list[str] = []
    lists = False
    for word in words:
        if word in ("LISTS", "ITEMS"):
            lists = word == "LISTS"
        elif lists:
            items += _list(word, frame)
        else:
            items.append(word)
    return items


def _list(name: str, frame: Frame) -> list[str]:
    """All items that a list may have."""
    choices = frame.scope.choices(name)
    return list(dict.fromkeys(item for text in choices for item in text.split(";") if item))


def _range(words: list[str]) -> list[str]:
    if not words or not all(word.isdecimal() for word in words):
        return [COMPUTED]
    numbers = [int(word) for word in words]
    start, stop, step = (0, numbers[0], 1) if len(numbers) == 1 else (*numbers, 1)[:3]
    items = [str(number) for number in range(start, stop + 1, step or 1)]
    return items if len(items) <= _MOST_ITERATIONS else [COMPUTED]


def _zipped(names: list[str], lists: list[str], frame: Frame) -> Loop:
    if len(names) == 1:
        names = [f"{names[0]}_{i}" for i in range(len(lists))]
    iterations = itertools.zip_longest(*(_list(name, frame) for name in lists), fillvalue=UNSET)
    return Loop(tuple(names), tuple(iterations), certain=not frame.may_keep_old_values)
