"""The conditions of ``if()``: true, false, or for CMake to know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msbuild_cpp.patterns import expression, is_quick
from msbuild_cpp.scope import UNSET
from msbuild_cpp.values import is_known, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from msbuild_cpp.lexer import Argument
    from msbuild_cpp.scope import Scope

_TRUE = {"1", "ON", "YES", "TRUE", "Y"}
_FALSE = {"0", "OFF", "NO", "FALSE", "N", "IGNORE", "NOTFOUND", ""}
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


def evaluate(arguments: Sequence[Argument], scope: Scope, tests: Tests) -> bool | None:
    """Whether a condition holds; ``None`` where only CMake can tell.

    Args:
        arguments: the condition.
        scope: the variables.
        tests: what ``EXISTS``, ``TARGET`` and their like mean.
    """
    return _Reader(arguments, scope, tests).whole()


class _Reader:
    def __init__(self, arguments: Sequence[Argument], scope: Scope, tests: Tests) -> None:
        self._left = list(arguments)
        self._scope = scope
        self._tests = tests

    def whole(self) -> bool | None:
        """``OR`` binds least, then ``AND``, then ``NOT``."""
        verdict = self._all()
        while self._takes("OR"):
            other = self._all()
            verdict = True if True in (verdict, other) else _both_known(verdict, other, value=False)
        # a rest means a form of condition that is not known here
        return None if self._left and self._left[0].text != ")" else verdict

    def _all(self) -> bool | None:
        verdict = self._one()
        while self._takes("AND"):
            other = self._one()
            found_false = False in (verdict, other)
            verdict = False if found_false else _both_known(verdict, other, value=True)
        return verdict

    def _one(self) -> bool | None:
        if self._takes("NOT"):
            verdict = self._one()
            return None if verdict is None else not verdict
        if self._takes("("):
            verdict = self.whole()
            self._takes(")")
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
        """The value that is compared; ``None`` if it is not known, or a variable of CMake's."""
        text = self._scope.substitute(argument.text)
        if argument.kind == "plain":
            value = self._scope.get(text)
            if value is None and names.fullmatch(text) and "${" not in argument.text:
                return None
            text = text if value is None else value
        return plain(text) if is_known(text) else None

    def _truth(self, argument: Argument) -> bool | None:
        text = self._scope.substitute(argument.text)
        if _constant(text) is not None:
            return _constant(text)
        value = self._scope.get(text) if argument.kind == "plain" else None
        if value is None or not is_known(value):
            return None
        return True if _constant(value) is None else _constant(value)

    def _takes(self, word: str) -> bool:
        if self._left and self._left[0].kind in ("plain", "paren") and self._left[0].text == word:
            self._left.pop(0)
            return True
        return False


def is_false(value: str) -> bool:
    """Whether a variable's value is false for CMake, as one is that nothing sets."""
    return value == UNSET or _constant(value) is False


def _constant(text: str) -> bool | None:
    upper = text.upper()
    if upper in _TRUE:
        return True
    return False if upper in _FALSE or upper.endswith("-NOTFOUND") else None


def _both_known(one: bool | None, other: bool | None, *, value: bool) -> bool | None:
    return None if one is None or other is None else value
