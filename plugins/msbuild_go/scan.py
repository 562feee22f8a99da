"""Reads of a Go file what decides on other files: its package, imports, embeds and constraint."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    (?P<space>   [\s;]+                                  )
  | (?P<comment> //[^\n]* | /\*.*?\*/                    )
  | (?P<string>  `[^`]*` | "(?:\\.|[^"\\\n])*"           )
  | (?P<word>    [^\W\d]\w*                              )
  | (?P<sign>    .                                       )
    """,
    re.DOTALL | re.VERBOSE,
)
# possessive: a file without a package clause must not make this try everything
_GAP = r"(?:\s++|//[^\n]*+|(?>/\*.*?\*/))"
_PACKAGE = re.compile(rf"{_GAP}*+package{_GAP}++(\w+)", re.DOTALL)
# What may hold `//go:embed` without meaning it, and comments, which may mean it.
_OPAQUE = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | `[^`]*` | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""",
    re.DOTALL | re.VERBOSE,
)
_BUILD = re.compile(r"//go:build(?:[ \t]+(.*?))?\s*")
_LEGACY = re.compile(r"//[ \t]*\+build\b")
_EMBED = re.compile(r"//go:embed[ \t](.*)")
_PATTERN = re.compile(r"""`[^`]*` | "(?:\\.|[^"\\])*" | \S+""", re.VERBOSE)


@dataclass(frozen=True, slots=True)
class Mention:
    """Something a file names: an import path or an embed pattern, and the line it stands in."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class GoFile:
    """What was read of a Go file.

    Attributes:
        package: its package; empty where there is no package clause.
        constraint: what its ``//go:build`` line says; empty where that cannot be known.
        imports: the import paths, in order.
        embeds: the patterns of its ``//go:embed`` lines.
        preamble: the comments among the imports, which are C where the file imports ``C``.
    """

    package: str
    constraint: str | None
    imports: tuple[Mention, ...]
    embeds: tuple[Mention, ...]
    preamble: str

    @property
    def uses_c(self) -> bool:
        """Whether it is compiled by cgo."""
        return any(mention.text == "C" for mention in self.imports)


# Services share most of their packages: each file is read once for all of them.
@lru_cache(maxsize=1 << 15)
def scan(text: str) -> GoFile:
    """Read a Go file. A broken one gives what can be made out: the compiler will say what it is."""
    text = text.removeprefix("\ufeff")
    clause = _PACKAGE.match(text)
    if not clause:
        return GoFile("", constraint_of(text), (), (), "")
    imports, comments = _imports(text, clause.end())
    embeds = tuple(_embeds(text)) if any(each.text == "embed" for each in imports) else ()
    preamble = "\n".join(comments)
    return GoFile(clause[1], constraint_of(text), tuple(imports), embeds, preamble)


@lru_cache(maxsize=1 << 15)
def constraint_of(text: str) -> str | None:
    """What the ``//go:build`` line of a Go, C or assembly file says.

    Returns:
        The expression, ``None`` where there is no such line, and nothing where it cannot be known.
    """
    lines: list[str] = []
    legacy = False
    for kind, value, _ in _tokens(text, 0):
        if kind not in {"space", "comment"}:
            break
        if found := _BUILD.fullmatch(value):
            lines.append(found[1] or "")
        legacy = legacy or bool(_LEGACY.match(value))
    if len(lines) == 1:
        return lines[0]
    # Go has stopped to read `// +build`, but not at a version that everybody has
    return "" if lines or legacy else None


def _tokens(text: str, position: int) -> Iterator[tuple[str, str, int]]:
    """Kind, text and position of each token."""
    while found := _TOKEN.match(text, position):
        yield found.lastgroup or "", found[0], position
        position = found.end()


def _imports(text: str, start: int) -> tuple[list[Mention], list[str]]:
    """The imports behind a package clause, and the comments among them."""
    imports, comments = list[Mention](), list[str]()
    inside = grouped = False
    for kind, value, position in _tokens(text, start):
        if kind == "comment":
            comments.append(value)
        elif kind == "space":
            continue
        elif not inside:
            if value != "import":
                break
            inside = True
        elif kind == "string":
            imports.append(Mention(_unquote(value), text.count("\n", 0, position) + 1))
            inside = grouped
        elif value in {"(", ")"}:
            inside = grouped = value == "("
    return imports, comments


def _embeds(text: str) -> Iterator[Mention]:
    # a comment in the wrong place embeds nothing, but go lists what it names and the compiler
    # refuses it: there is nothing to tell apart
    for found in _OPAQUE.finditer(text):
        if embed := _EMBED.fullmatch(found[0]):
            line = text.count("\n", 0, found.start()) + 1
            for pattern in _PATTERN.findall(embed[1]):
                yield Mention(_unquote(pattern), line)


def _unquote(literal: str) -> str:
    if literal.startswith("`"):
        return literal.strip("`").replace("\r", "")
    if not literal.startswith('"'):
        return literal
    if "\\" not in literal:
        return literal[1:-1]
    try:
        # the escapes of Go are escapes of Python, with the same meaning
        return str(ast.literal_eval(literal))
    except (SyntaxError, ValueError):
        return literal
