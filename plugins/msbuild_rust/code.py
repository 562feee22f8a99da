"""A Rust source as the compiler sees it: the compiled code, and the string literals in it.

Code is without comments, string literals and disabled modules. Literals may be paths of files.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from msbuild.plugin.api import paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.plugin.api import Sources
    from msbuild_rust.cfg import Cfg

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


_LONGEST = 200
_OPEN = re.compile(r"(?:(\w+)!\s*(?:\w+\s*)?)?[(\[{]|[)\]}]")
_BRACKET = re.compile(r"[()\[\]{}]")
_BRACKET_OR_COMMA = re.compile(r"[()\[\]{},]")
_CONCAT = re.compile(r"\bconcat!\s*[(\[{]")
# Macros that read nothing at compile time, even if their arguments look like paths.
_READ_NOTHING = re.compile(
    r"e?print(?:ln)?|format(?:_args)?|write(?:ln)?|panic|(?:debug_)?assert(?:_eq|_ne)?|vec|dbg"
    r"|todo|unimplemented|unreachable|matches|trace|debug|info|warn|error|log|event|\w*span|json"
    r"|anyhow|bail|ensure|env|option_env|cfg|thread_local|concat|stringify|macro_rules"
)
# The name that an attribute gives to a path.
_CALLED_PATH = re.compile(r"\w*(?:folder|path|dir|directory|file|root|template|source)s?\s*=\s*$")
_PLACEHOLDER = re.compile(r"\{[^}]*\}|\*+")
_SPLIT = re.compile(r"[\n\0]|^$")
_NAME = re.compile(r"\w")
_PACKAGE = re.compile(r"\$CARGO_MANIFEST_DIR|\$\{?\w*(?:WORKSPACE|ROOT|DIR)\w*\}?")


@dataclass(frozen=True, slots=True)
class Literal:
    """A string literal of a source.

    Attributes:
        text: its value, with ``{}`` for parts that are filled in at compile time.
        line: counts from 1.
        at: its position.
        joined: whether it continues the path of a directory, as the result of `concat!` may.
    """

    text: str
    line: int
    at: int = 0
    joined: bool = False

    @property
    def path(self) -> str:
        """The text as a relative path; empty if it cannot be one."""
        return _as_path(self.text, joined=self.joined)

    @property
    def climbs(self) -> bool:
        """Whether it has a ``..``."""
        return ".." in self.path.split("/")

    @property
    def is_word(self) -> bool:
        """Whether it may also be an ordinary word."""
        return "/" not in self.path and "." not in self.path


@lru_cache(maxsize=65536)
def _as_path(text: str, *, joined: bool) -> str:
    text = _PACKAGE.sub("{}", text, count=1) if "$" in text else text
    if (placeholder := _PLACEHOLDER.match(text)) and text.startswith("/", placeholder.end()):
        text, joined = text[placeholder.end() :], True
    if text.startswith("/"):
        text = text.lstrip("/") if joined or text.startswith("/..") else ""
    names = _PLACEHOLDER.sub("", text)
    if not _NAME.search(names) or len(text) > _LONGEST:
        return ""
    # a sentence with placeholders is not a path
    is_sentence = names != text and (" " in text or not ("/" in names or "." in names))
    return "" if is_sentence else text


@lru_cache(maxsize=4096)
def literals_of(source: str, cfg: Cfg) -> tuple[Literal, ...]:
    """The literals in the compiled part of a source; those that ``concat!`` joins are one."""
    code = code_of(source, cfg)
    texts = code.literals.items()
    short = {at: text for at, text in texts if len(text) <= _LONGEST and not _SPLIT.search(text)}
    if not short:
        return ()
    lines = _Lines(source)
    literals: list[Literal] = []
    end = 0
    for macro in _CONCAT.finditer(code.text):
        if macro.start() >= end:
            end = _end_of_arguments(code.text, macro.end())
            text = _joined(source, code, macro.end(), end)
            # its parts mean nothing on their own
            short = {at: text for at, text in short.items() if not macro.start() < at < end}
            if text:
                start = macro.start()
                literals.append(Literal(text, lines.at(start), start, joined=True))
    literals.extend(Literal(text, lines.at(at), at) for at, text in short.items())
    return tuple(literals)


def is_given_to_macro(literal: Literal, source: str, cfg: Cfg) -> bool:
    """Whether a literal is an argument of a macro or attribute that may read files."""
    if literal.joined:
        return True
    if literal.at not in _given_to_macros(source, cfg):
        return False
    return not (literal.is_word and _is_named(code_of(source, cfg).text, literal.at))


@lru_cache(maxsize=4096)
def _given_to_macros(source: str, cfg: Cfg) -> frozenset[int]:
    code = code_of(source, cfg)
    return frozenset(_in_macros(code.text, sorted(code.literals)))


def resolve(literal: Literal, base: str, sources: Sources) -> tuple[str, tuple[str, ...]] | None:
    """The file or directory that a literal names in a directory, with its matching files.

    Args:
        literal: the literal.
        base: the directory.
        sources: the source tree.
    """
    path = literal.path
    if not path:
        return None
    if not _PLACEHOLDER.search(path):
        place = posixpath.normpath(posixpath.join(base, path))
        if paths.is_outside(place) or not sources.exists(place):
            return None
        return place, paths.expand(place, sources)
    start, _, rest = _PLACEHOLDER.sub("\0", path).partition("\0")
    parent, _, begins = start.rpartition("/")
    place = posixpath.normpath(posixpath.join(base, parent))
    if paths.is_outside(place) or not (start or rest).strip("./\0"):
        return None
    wanted = "[^/]*".join(map(re.escape, (begins, *rest.split("\0"))))
    above = "" if place == "." else f"{re.escape(place)}/"
    whole = re.compile(rf"{above}{wanted}(?:/.*)?")
    files = tuple(file for file in sources.files(place) if whole.fullmatch(file))
    return (place, files) if files else None


def _in_macros(code: str, positions: list[int]) -> set[int]:
    """The positions that are in arguments of a macro or attribute that may read files."""
    inside: set[int] = set()
    around = [False]
    waiting = iter(positions)
    position = next(waiting, None)
    for bracket in _OPEN.finditer(code):
        while position is not None and position < bracket.start():
            if around[-1]:
                inside.add(position)
            position = next(waiting, None)
        if position is None:
            break
        symbol = bracket[0][-1]
        if symbol in ")]}":
            if len(around) > 1:
                around.pop()
        elif bracket[1]:
            around.append(not _READ_NOTHING.fullmatch(bracket[1]) or around[-1])
        else:
            before = code[max(0, bracket.start() - 2) : bracket.start()]
            around.append(around[-1] or (symbol == "[" and before.endswith(("#", "#!"))))
    return inside


def _is_named(code: str, position: int) -> bool:
    """Whether a literal is the value of a key whose name does not suggest a path."""
    before = code[max(0, position - 60) : position].rstrip("br#")
    if not before.rstrip().endswith("="):
        return False
    return not _CALLED_PATH.search(before)


def _end_of_arguments(code: str, start: int) -> int:
    """The end of the arguments of a macro that start at a position."""
    depth = 1
    for bracket in _BRACKET.finditer(code, start):
        depth += 1 if bracket[0] in "([{" else -1
        if not depth:
            return bracket.start()
    return len(code)


def _joined(source: str, code: Code, start: int, end: int) -> str:
    """The result of `concat!`; empty for the path of a file that the build generates."""
    arguments = source[start:end]
    if "OUT_DIR" in arguments:
        return ""
    parts: list[str] = []
    position = start
    while position < end:
        comma = _next_comma(code.text, position, end)
        at = next((at for at in range(position, comma) if at in code.literals), None)
        is_text = at is not None and not code.text[position:at].strip("br# \n\t")
        parts.append(code.literals[at] if at is not None and is_text else "{}")
        position = comma + 1
    return "".join(parts) if any(part != "{}" for part in parts) else ""


def _next_comma(code: str, position: int, end: int) -> int:
    depth = 0
    for symbol in _BRACKET_OR_COMMA.finditer(code, position, end):
        if symbol[0] == "," and not depth:
            return symbol.start()
        depth += {"(": 1, "[": 1, "{": 1, ",": 0}.get(symbol[0], -1)
    return end


class _Lines:
    """The line numbers of positions in a text, fast for ascending positions."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._last = (0, 1)

    def at(self, position: int) -> int:
        last, line = self._last if position >= self._last[0] else (0, 1)
        line += self._text.count("\n", last, position)
        self._last = (position, line)
        return line
