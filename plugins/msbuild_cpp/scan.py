"""Reads of a source file which other files it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_INCLUDE = re.compile(
    r"""
      ^[ \t]*(?:\#|%:|\?\?=)[ \t]*(?:include|include_next|import|embed)\b[ \t]*
        (?: "(?P<quoted>[^"\n]+)" | <(?P<angled>[^>\n]+)> | (?P<macro>[A-Za-z_]\w*) )
    | \b__has_(?:include|embed)(?:_next)?[ \t]*\([ \t]*
        (?: "(?P<has_quoted>[^"\n]+)" | <(?P<has_angled>[^>\n]+)> | (?P<has_macro>[A-Za-z_]\w*) )
    | \.inc(?:lude|bin)[ \t]+\\?"(?P<assembled>[^"\\\n]+)\\?"
    | ^[ \t]*(?:\#[ \t]*pragma[ \t]+|_Pragma[ \t]*\([ \t]*"[ \t]*)
        GCC[ \t]+(?:dependency|pch_preprocess)[ \t]+
        (?: \\?"(?P<depends>[^"\\\n]+) | <(?P<depends_angled>[^>\n]+)> )
    | ^[ \t]*(?:export[ \t]+)?import[ \t]*(?: <(?P<unit>[^>\n]+)> | "(?P<unit_quoted>[^"\n]+)" )
    | ^[ \t]*%?(?:import|include|incbin)[ \t]+(?:public[ \t]+|weak[ \t]+)?
        ["'](?P<schema>[^"'\n]+)["'][ \t]*(?:;|$)
    """,
    re.MULTILINE | re.VERBOSE,
)
_DEFINE = re.compile(
    r"""^[ \t]*(?:\#|%:)[ \t]*define[ \t]+(\w+)[ \t]+
    (?:"([^"\n]+)"|<([^>\n]+)>|([A-Za-z_]\w*)[ \t]*(?:/[/*].*)?$
        |([A-Za-z_.][\w.+-]*[./][\w./+-]*)[ \t]*$)""",
    re.MULTILINE | re.VERBOSE,
)
# Comments that stand where spaces may: `#include /* why */ "x.h"`.
_COMMENT = re.compile(r"/\*[^\n]*?\*/")
_DIRECTIVE = re.compile(
    r"^[ \t]*(?:/\*(?:(?!\*/)[^\n])*\*/[ \t]*)+(?:#|%:).*$|^[ \t]*(?:#|%:)[^\n]*/\*[^\n]*$",
    re.MULTILINE,
)
# A directive that names a file and goes on behind a backslash; and any line that does.
_SPLIT = re.compile(
    r"(?:#|%:)[ \t]*(?:\w*\\\r?\n|(?:include|embed|import)\w*[ \t]*\\|define[ \t]+\w+[ \t]*\\)"
)
_CONTINUED = re.compile(r"^(?:[^\n]*\\\r?\n)+[^\n]*", re.MULTILINE)
# What compilers and assemblers read that no preprocessed text shows.
_ASSEMBLED = re.compile(
    r"""(?i:incbin)|\.include(?:\\t|\s)*\\?["]|(?:\#|%:)[ \t]*embed\b|\b__has_embed\b""",
    re.MULTILINE | re.VERBOSE,
)
_NAME = re.compile(r"[\w./+@-]+")
_KINDS = {
    **dict.fromkeys(("angled", "has_angled", "depends_angled", "unit"), "angled"),
    "macro": "macro",
    "has_macro": "asked",
}


@dataclass(frozen=True, slots=True)
class Include:
    """A file that another one names.

    Attributes:
        name: as it stands there, or the macro that holds the name.
        kind: ``quoted``, ``angled``, ``macro``, or ``asked`` for a macro in ``__has_include``.
        line: where it is named; counts from 1.
    """

    name: str
    kind: str
    line: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a source file names.

    Attributes:
        includes: files, in order, also those that a condition may hide from the compiler.
        defines: macros that may stand for a file, each with the file.
        aliases: macros that stand for another macro.
        assembles: whether files are read that preprocessed text does not hold, by an assembler or
            by ``#embed``; so that any macro may name one, and no compiler cache knows of it.
    """

    includes: tuple[Include, ...]
    defines: tuple[tuple[str, str], ...]
    aliases: tuple[tuple[str, str], ...] = ()
    assembles: bool = False


# Services share most of their headers: each file is read once for all of them.
@lru_cache(maxsize=1 << 15)
def scan(text: str) -> Scanned:
    """Read a source file."""
    joined = _joined(text)
    includes: list[Include] = []
    line, position = 1, 0
    for found in _INCLUDE.finditer(joined):
        line += joined.count("\n", position, found.start())
        position = found.start()
        kind = found.lastgroup or ""
        includes.append(Include(found[kind], _KINDS.get(kind, "quoted"), line))
    defines: list[tuple[str, str]] = []
    aliases: list[tuple[str, str]] = []
    for name, quoted, angled, other, bare in _DEFINE.findall(joined):
        if other:
            aliases.append((name, other))
        else:
            # without quotes: another macro puts them around it
            defines.append((name, quoted or angled or bare))
    assembles = bool(_ASSEMBLED.search(joined))
    return Scanned(tuple(includes), tuple(defines), tuple(aliases), assembles)


def names(text: str) -> tuple[str, ...]:
    """The words of a source file that may be names of files, for macros to read."""
    found = dict.fromkeys(_NAME.findall(text))
    return tuple(
        word
        for word in found
        if ("." in word.strip(".") or "/" in word.strip("/")) and re.search(r"[^\W\d]", word)
    )


def _joined(text: str) -> str:
    """The text with directives on one line, and no comments in them; the count of lines stays."""
    if "\\\n" in text or "\\\r\n" in text:
        text = _CONTINUED.sub(_in_one, text) if _SPLIT.search(text) else text
    if "/*" in text:
        text = _DIRECTIVE.sub(lambda found: _COMMENT.sub(" ", found[0]), text)
    return text


def _in_one(found: re.Match[str]) -> str:
    lines = re.split(r"\\\r?\n", found[0])
    return "".join(lines) + "\n" * (len(lines) - 1)
