"""Reads of a source file which other files it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_INCLUDE = re.compile(
    r"""
      ^[ \t]*\#[ \t]*(?:include|include_next|import|embed)\b[ \t]*
        (?: "(?P<quoted>[^"\n]+)" | <(?P<angled>[^>\n]+)> | (?P<macro>[A-Za-z_]\w*) )
    | \b__has_(?:include|embed)(?:_next)?[ \t]*\([ \t]*
        (?: "(?P<has_quoted>[^"\n]+)" | <(?P<has_angled>[^>\n]+)> )
    | \.inc(?:lude|bin)[ \t]+\\?"(?P<assembled>[^"\\\n]+)\\?"
    | ^[ \t]*(?:import|include)[ \t]+(?:public[ \t]+|weak[ \t]+)?"(?P<schema>[^"\n]+)"[ \t]*;
    """,
    re.MULTILINE | re.VERBOSE,
)
_DEFINE = re.compile(
    r"^[ \t]*\#[ \t]*define[ \t]+(\w+)[ \t]+(?:\"([^\"\n]+)\"|<([^>\n]+)>)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Include:
    """A file that another one names.

    Attributes:
        name: as it stands there, or the macro that holds the name.
        kind: ``quoted``, ``angled`` or ``macro``.
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
    """

    includes: tuple[Include, ...]
    defines: tuple[tuple[str, str], ...]


# Services share most of their headers: each file is read once for all of them.
@lru_cache(maxsize=1 << 15)
def scan(text: str) -> Scanned:
    """Read a source file."""
    # a line may go on behind a backslash, even inside a directive; the count of lines stays
    joined = re.sub(r"#[ \t]*\\\r?\n[ \t]*", "#", text) if "\\\n" in text else text
    includes: list[Include] = []
    line, position = 1, 0
    for found in _INCLUDE.finditer(joined):
        line += joined.count("\n", position, found.start())
        position = found.start()
        kind = found.lastgroup or ""
        known = {"angled": "angled", "has_angled": "angled", "macro": "macro"}
        includes.append(Include(found[kind], known.get(kind, "quoted"), line))
    defines = tuple((name, quoted or angled) for name, quoted, angled in _DEFINE.findall(joined))
    return Scanned(tuple(includes), defines)
