"""Reads and applies the rules of one ignore file as git does."""

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
        negative: whether it re-includes what other rules ignore.
        directories: whether it only matches directories.
        by_name: whether it matches the last component of a path instead of the full path.
        expression: the regular expression of its pattern.
    """

    line: int
    negative: bool
    directories: bool
    by_name: bool
    expression: re.Pattern[bytes]


class RuleFile:
    """The rules of a file.

    Args:
        source: the file's name in messages.
        data: its content. Lines that git ignores are ignored.
        ignore_case: whether case is ignored in names.
    """

    def __init__(self, source: str, data: bytes, *, ignore_case: bool = False) -> None:
        self.source = source
        flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
        self._rules = tuple(_rules(data, flags))[::-1]
        # nearly every name matches no rule at all: one expression finds that out
        self._names = _any_of((each for each in self._rules if each.by_name), flags)
        self._paths = _any_of((each for each in self._rules if not each.by_name), flags)

    def __bool__(self) -> bool:
        return bool(self._rules)

    def verdict(self, name: bytes, path: bytes, *, is_directory: bool) -> Rule | None:
        """The last rule that matches a path.

        Args:
            name: the last component of the path.
            path: the path relative to the directory of the file.
            is_directory: whether it is a directory; a link to one is not.
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
        # git ends the text at a zero byte, and removes one trailing carriage return
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
    """A line without trailing unescaped spaces."""
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
    """As in git: text before the first special character is literal, and the rest is a glob."""
    pattern = pattern.removeprefix(b"/")
    length = next((i for i, char in enumerate(pattern) if char in _SPECIAL), len(pattern))
    rest = translate(pattern[length:], pathname=True)
    return None if rest is None else re.escape(pattern[:length]) + rest
