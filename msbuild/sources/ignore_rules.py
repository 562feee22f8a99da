"""Reads and applies the rules of one ignore file as git does.

Globs become regular expressions over bytes that match exactly what git's `wildmatch` matches, at
most quadratic in the length of a name: every star but the last of its kind matches as little as
possible, without backtracking.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_STAR, _ANY_DEPTH, _SLASH = b"*", b"**", b"/"
_NEVER = b"(?!)"
# It ends a `**` like a plain slash, but then the `**` must match something.
_ESCAPED_SLASH = b"\\/"
_CLASSES = {
    b"alnum": (string.ascii_letters + string.digits).encode(),
    b"alpha": string.ascii_letters.encode(),
    b"blank": b" \t",
    b"cntrl": bytes([*range(32), 127]),
    b"digit": string.digits.encode(),
    b"graph": bytes(range(33, 127)),
    b"lower": string.ascii_lowercase.encode(),
    b"print": bytes(range(32, 127)),
    b"punct": string.punctuation.encode(),
    b"space": b" \t\n\v\f\r",
    b"upper": string.ascii_uppercase.encode(),
    b"xdigit": string.hexdigits.encode(),
}

_Token = tuple[bytes, bytes]
"""The kind of a part of a pattern (star, slash, or empty), and its regular expression."""


def translate(pattern: bytes, *, pathname: bool) -> bytes | None:
    """The regular expression of a glob, for ``fullmatch`` with ``re.DOTALL``.

    Args:
        pattern: the glob.
        pathname: whether slashes are special, so that only ``**`` matches them.

    Returns:
        ``None`` for a glob that never matches in git, such as an invalid one.
    """
    tokens = _tokens(pattern, pathname=pathname)
    if tokens is None:
        return None
    return _path(tokens) if pathname else _starred(tokens, b".*")


def _tokens(pattern: bytes, *, pathname: bool) -> list[_Token] | None:
    found: list[_Token] = []
    place = 0
    while place < len(pattern):
        char = pattern[place : place + 1]
        if char == b"\\":
            char = pattern[place + 1 : place + 2]
            if not char:
                return None
            is_slash = char == b"/" and pathname
            found.append((_SLASH, _ESCAPED_SLASH) if is_slash else (b"", re.escape(char)))
            place += 2
        elif char == b"*":
            end = place + len(pattern[place:]) - len(pattern[place:].lstrip(b"*"))
            found.append((_kind_of_stars(pattern, place, end) if pathname else _STAR, b""))
            place = end
        elif char == b"?":
            found.append((b"", b"[^/]" if pathname else b"."))
            place += 1
        elif char == b"[":
            bracket = _bracket(pattern, place + 1)
            if bracket is None:
                return None
            chars, place = bracket
            found.append((b"", _one_of(chars - {ord("/")} if pathname else chars)))
        else:
            found.append((_SLASH if char == b"/" and pathname else b"", re.escape(char)))
            place += 1
    return found


def _kind_of_stars(pattern: bytes, start: int, end: int) -> bytes:
    """Two or more stars are ``**`` between slashes or ends, else the same as one."""
    alone = (start == 0 or pattern[start - 1 : start] == b"/") and (
        end == len(pattern) or pattern[end:].startswith((b"/", b"\\/"))
    )
    return _ANY_DEPTH if alone and end - start > 1 else _STAR


def _bracket(pattern: bytes, place: int) -> tuple[set[int], int] | None:
    """The bytes that a bracket matches, and where it ends; ``None`` for an invalid one."""
    negated = pattern[place : place + 1] in (b"!", b"^")
    place += negated
    start = place
    chars: set[int] = set()
    before = 0
    while place == start or pattern[place : place + 1] != b"]":
        if before and pattern[place : place + 1] == b"-" and pattern[place + 1 : place + 2] != b"]":
            member = _literal(pattern, place + 1)
            low, before = before, 0
        elif pattern.startswith(b"[:", place) and (named := _class(pattern, place)) is not None:
            if not named[0]:
                return None
            chars.update(named[0])
            before, place = 0, named[1]
            continue
        else:
            member = _literal(pattern, place)
            low = before = member[0] if member else 0
        if member is None:
            return None
        chars.update(range(low, member[0] + 1))
        place = member[1]
    return (set(range(256)) - chars if negated else chars), place + 1


def _literal(pattern: bytes, place: int) -> tuple[int, int] | None:
    """A byte of a bracket, possibly escaped, and where it ends."""
    place += pattern[place : place + 1] == b"\\"
    return (pattern[place], place + 1) if place < len(pattern) else None


def _class(pattern: bytes, place: int) -> tuple[bytes, int] | None:
    """The bytes of a class like ``[:digit:]``, empty if it is unknown, and where it ends."""
    end = pattern.find(b"]", place + 2)
    if end < 0:
        return b"", len(pattern)
    if end == place + 2 or pattern[end - 1 : end] != b":":
        return None
    return _CLASSES.get(pattern[place + 2 : end - 1], b""), end + 1


def _one_of(chars: set[int]) -> bytes:
    if not chars:
        return _NEVER
    return b"[" + b"".join(b"\\x%02x" % char for char in sorted(chars)) + b"]"


def _starred(tokens: list[_Token], star: bytes) -> bytes:
    """Tokens without special slashes: taking the first match for each part is always right."""
    pieces = [b""]
    for kind, expression in tokens:
        if kind == _STAR:
            pieces.append(b"")
        else:
            pieces[-1] += expression
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    return first + b"".join(b"(?>%s?%s)" % (star, each) for each in middle) + star + last


def _path(tokens: list[_Token]) -> bytes:
    """Tokens with special slashes, split at every ``**``."""
    found = b""
    start = 0
    at = [place for place, (kind, _) in enumerate(tokens) if kind == _ANY_DEPTH]
    opening = b""
    for place in [*at, len(tokens)]:
        part = _components(tokens[start:place])
        is_last = place == len(tokens)
        # a part always has the same number of components, so its first match leaves the most
        found += b"(?>%s%s)" % (opening, part) if opening and not is_last else opening + part
        if is_last:
            break
        start = place + 1
        later = any(each > place for each in at)
        if start == len(tokens):
            opening = b".*"
        elif tokens[start][1] == b"/":
            opening = b"(?:|.*?/)" if later else b"(?:.*/)?"
            start += 1
        else:
            opening = b".*?" if later else b".*"
    return found


def _components(tokens: list[_Token]) -> bytes:
    components: list[list[_Token]] = [[]]
    for token in tokens:
        if token[0] == _SLASH:
            components.append([])
        else:
            components[-1].append(token)
    return b"/".join(_starred(each, b"[^/]*") for each in components)


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
        # most names match no rule: a single expression detects that
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
