"""The compiled code of a Rust source: without comments, string literals and disabled modules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Whether something is true; ``None`` if only the compiler knows.
Verdict = bool | None

_TOKEN = re.compile(r'"[^"]*"|\w+|[(),=]|\S')
_LINUX: Mapping[str, str] = {"target_os": "linux", "target_family": "unix"}


@dataclass(frozen=True, slots=True)
class Cfg:
    """What is known about the ``cfg`` values of a program.

    Attributes:
        linux: whether its target is Linux.
        open: whether flags may set more values than cargo and the compiler do, so that no value is
            known to be unset.
    """

    linux: bool = True
    open: bool = False

    def judge(self, predicate: str) -> Verdict:
        """The value of a ``cfg`` predicate, the text between the parentheses of ``cfg(…)``."""
        tokens = _TOKEN.findall(predicate)
        try:
            verdict = self._parse(tokens)
        except IndexError:
            return None
        return None if tokens else verdict

    def _parse(self, tokens: list[str]) -> Verdict:
        name = tokens.pop(0)
        if tokens[:1] == ["("]:
            tokens.pop(0)
            parts: list[Verdict] = []
            while tokens[0] != ")":
                parts.append(self._parse(tokens))
                if tokens[0] == ",":
                    tokens.pop(0)
            tokens.pop(0)
            return _combined(name, parts)
        if tokens[:1] == ["="]:
            value = tokens[1].strip('"')
            del tokens[:2]
            return value == _LINUX[name] if self.linux and name in _LINUX else None
        if self.linux and name in ("unix", "windows"):
            return name == "unix"
        return False if name == "test" and not self.open else None


def _combined(name: str, parts: list[Verdict]) -> Verdict:
    match name:
        case "all":
            return False if False in parts else (None if None in parts else True)
        case "any":
            return True if True in parts else (None if None in parts else False)
        case "not" if len(parts) == 1 and parts[0] is not None:
            return not parts[0]
    return None


_START = re.compile(r"""//[^\n]* | /\* | \b[bc]?r(\#*)" | " | '(?:[^'\\\n]|\\.)'""", re.VERBOSE)
_NESTED = re.compile(r"/\*|\*/")
_TEXT = re.compile(r'((?:[^"\\]|\\.)*)"', re.DOTALL)
# A string that `cfg` compares with is a word; no other string is part of the code.
_WORD = re.compile(r'"[\w.-]*"')
_BLOCK = re.compile(r"((?:#\[[^\[\]]*\]\s*)+)(?:pub(?:\s*\([^)]*\))?\s+)?mod\s+\w+\s*\{", re.DOTALL)
_CFG = re.compile(r"#\[\s*cfg\s*\((.*?)\)\s*\]", re.DOTALL)
_BRACE = re.compile(r"[{}]")
# A line continuation, or an escaped character.
_ESCAPE = re.compile(r"\\(?:\r?\n\s*|x([0-7][0-9a-fA-F])|u\{([0-9a-fA-F_]{1,8})\}|([\\\"']))")
_LAST_CHARACTER = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Code:
    """The compiled part of a source.

    Attributes:
        text: the source with everything else blanked out, so that positions stay the same.
        literals: the string literals in it, by position.
    """

    text: str
    literals: dict[int, str]


@lru_cache(maxsize=16384)
def code_of(source: str, cfg: Cfg) -> Code:
    """The source without comments, string literals and inline modules that are not compiled."""
    parts: list[str] = []
    literals: dict[int, str] = {}
    position = 0
    for start, end, literal in _blanks(source):
        keep = literal is not None and _WORD.fullmatch(source, start, end)
        parts += (source[position:start], source[start:end] if keep else " " * (end - start))
        position = end
        if literal is not None:
            literals[start] = literal
    parts.append(source[position:])
    text = "".join(parts)
    for start, end in _disabled_modules(text, cfg):
        text = text[:start] + " " * (end - start) + text[end:]
        literals = {at: text for at, text in literals.items() if not start <= at < end}
    return Code(text, literals)


def unescaped(text: str) -> str:
    """The value of a string literal, as far as escapes may be part of a path."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    digits = (escape[1] or escape[2] or "").replace("_", "")
    if not digits:
        return escape[3] or ""
    return chr(int(digits, 16)) if int(digits, 16) <= _LAST_CHARACTER else escape[0]


def is_disabled(attributes: str, cfg: Cfg) -> bool:
    """Whether attributes exclude what follows from compilation."""
    return any(cfg.judge(predicate) is False for predicate in _CFG.findall(attributes))


def _blanks(source: str) -> Iterator[tuple[int, int, str | None]]:
    """Start and end of each comment and literal; the value, too, if it is a string."""
    position = 0
    while opening := _START.search(source, position):
        literal = None
        position = opening.end()
        if opening[0] == "/*":
            position = _end_of_comment(source, position)
        elif opening[0] == '"':
            text = _TEXT.match(source, position)
            literal = unescaped(text[1]) if text else source[position:]
            position = text.end() if text else len(source)
        elif opening[0].startswith(("r", "br", "cr")):
            closing = f'"{opening[1]}'
            end = source.find(closing, position)
            literal = source[position:] if end < 0 else source[position:end]
            position = len(source) if end < 0 else end + len(closing)
        yield opening.start(), position, literal


def _end_of_comment(source: str, position: int) -> int:
    depth = 1
    while depth and (bracket := _NESTED.search(source, position)):
        depth += 1 if bracket[0] == "/*" else -1
        position = bracket.end()
    return len(source) if depth else position


def _disabled_modules(text: str, cfg: Cfg) -> Iterator[tuple[int, int]]:
    """Start and end of inline modules that are not compiled."""
    position = 0
    while block := _BLOCK.search(text, position):
        position = block.end()
        if is_disabled(block[1], cfg):
            depth = 1
            while depth and (brace := _BRACE.search(text, position)):
                depth += 1 if brace[0] == "{" else -1
                position = brace.end()
            if not depth:
                yield block.start(), position
