"""The rules of one ignore file, read and applied as git does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.sources.wildmatch import translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BOM = b"\xef\xbb\xbf"
_SPECIAL = frozenset(b"*?[\\")


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of an ignore file.

    Attributes:
        line: counted from 1.
        negative: whether it takes back what other rules ignore.
        directories: whether it is about directories alone.
        by_name: whether it is about the last name of a path, else about all of it.
        expression: matches what it is about.
    """

    line: int
    negative: bool
    directories: bool
    by_name: bool
    expression: re.Pattern[bytes]


class RuleFile:
    """The rules of a file.

    Args:
        source: the file, as it is told.
        data: what it holds. Lines that mean nothing to git mean nothing.
        ignore_case: whether names are told apart by case.
    """

    def __init__(self, source: str, data: bytes, *, ignore_case: bool = False) -> None:
        self.source = source
        flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
        self._rules = tuple(_rules(data, flags))[::-1]
        # nearly every name is matched by no rule at all: one look tells that
        self._names = _any_of((each for each in self._rules if each.by_name), flags)
        self._paths = _any_of((each for each in self._rules if not each.by_name), flags)

    def __bool__(self) -> bool:
        return bool(self._rules)

    def verdict(self, name: bytes, path: bytes, *, is_directory: bool) -> Rule | None:
        """The last rule that is about a path.

        Args:
            name: the last name of the path.
            path: the path from the directory of the file.
            is_directory: a link to a directory is none.
        """
        matched = (self._names and self._names.fullmatch(name)) or (
            self._paths and self._paths.fullmatch(path)
        )
        if not matched:
            return None
        for rule in self._rules:
            if rule.directories and not is_directory:
                continue
            if rule.expression.fullmatch(name if rule.by_name else path):
                return rule
        return None


def _any_of(rules: Iterable[Rule], flags: int) -> re.Pattern[bytes] | None:
    expressions = [rule.expression.pattern for rule in rules]
    return (
        re.compile(b"|".join(b"(?:%s)" % each for each in expressions), flags)
        if expressions
        else None
    )


def _rules(data: bytes, flags: int) -> Iterator[Rule]:
    for number, line in enumerate(data.removeprefix(_BOM).split(b"\n"), 1):
        if not line or line.startswith(b"#"):
            continue
        # to git the text ends at a zero byte, as does that of a line with one carriage return
        text = _without_spaces(line.removesuffix(b"\r").split(b"\0")[0])
        negative = text.startswith(b"!")
        pattern = text[negative:]
        directories = pattern.endswith(b"/")
        pattern = pattern.removesuffix(b"/")
        by_name = b"/" not in pattern
        expression = _by_name(pattern) if by_name else _by_path(pattern)
        if expression is not None:
            compiled = re.compile(expression, flags)
            yield Rule(number, negative, directories, by_name, compiled)


def _without_spaces(line: bytes) -> bytes:
    """A line without the spaces at its end that are not escaped."""
    kept = place = 0
    while place < len(line):
        if line[place : place + 1] == b"\\":
            place += 1
            if place == len(line):
                return line
            kept = place + 1
        elif line[place : place + 1] != b" ":
            kept = place + 1
        place += 1
    return line[:kept]


def _by_name(pattern: bytes) -> bytes | None:
    if not pattern:
        return None
    if pattern.startswith(b"*") and _SPECIAL.isdisjoint(pattern[1:]):
        return b".*" + re.escape(pattern[1:])
    return translate(pattern, pathname=False)


def _by_path(pattern: bytes) -> bytes | None:
    """As git does: what is before the first special character is compared, the rest is a glob."""
    pattern = pattern.removeprefix(b"/")
    length = next((i for i, char in enumerate(pattern) if char in _SPECIAL), len(pattern))
    rest = translate(pattern[length:], pathname=True)
    return None if rest is None else re.escape(pattern[:length]) + rest
