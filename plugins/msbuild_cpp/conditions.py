"""The conditions of ``if()``: true, false, or for CMake to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild_cpp.scope import is_known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from msbuild_cpp.lexer import Argument
    from msbuild_cpp.scope import Scope

_TRUE = {"1", "ON", "YES", "TRUE", "Y"}
_FALSE = {"0", "OFF", "NO", "FALSE", "N", "IGNORE", "NOTFOUND", ""}

Tests = dict[str, "Callable[[str], bool | None]"]


def evaluate(arguments: Sequence[Argument], scope: Scope, tests: Tests) -> bool | None:
    """Whether a condition holds; ``None`` where only CMake can tell.

    Args:
        arguments: the condition.
        scope: the variables.
        tests: what ``EXISTS``, ``IS_DIRECTORY`` and ``TARGET`` mean.
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
        if self._takes("STREQUAL") and self._left:
            return self._equal(first, self._left.pop(0))
        return self._truth(first)

    def _unary(self, word: str) -> bool | None:
        value = self._scope.substitute(self._left.pop(0).text)
        if word == "DEFINED":
            return True if self._scope.get(value) is not None else None
        return self._tests[word](value) if is_known(value) else None

    def _equal(self, left: Argument, right: Argument) -> bool | None:
        values = [self._value(left), self._value(right)]
        return values[0] == values[1] if all(map(is_known, values)) else None

    def _value(self, argument: Argument) -> str:
        text = self._scope.substitute(argument.text)
        return (self._scope.get(text) or text) if argument.kind == "plain" else text

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


def _constant(text: str) -> bool | None:
    upper = text.upper()
    if upper in _TRUE:
        return True
    return False if upper in _FALSE or upper.endswith("-NOTFOUND") else None


def _both_known(one: bool | None, other: bool | None, *, value: bool) -> bool | None:
    return None if one is None or other is None else value
