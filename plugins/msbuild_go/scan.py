"""Scans Go, C, assembly and SWIG files for imports, embeds, includes and constraints."""

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
# possessive, so that a file without a package clause doesn't cause backtracking
_GAP = r"(?:\s++|//[^\n]*+|(?>/\*.*?\*/))"
_PACKAGE = re.compile(rf"{_GAP}*+package{_GAP}++(\w+)", re.DOTALL)
# Literals, in which `//go:embed` means nothing, and comments, in which it may.
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
    """An import path or an embed pattern in a file, and its line."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class GoFile:
    """The result of scanning a Go file.

    Attributes:
        package: its package; empty if there is no package clause.
        constraint: its ``//go:build`` expression; ``None`` for none, empty if unknown.
        imports: the import paths, in order.
        embeds: the patterns of its ``//go:embed`` lines.
        preamble: the comments among the imports, which are C if the file imports ``C``.
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


# Services share most of their packages, so each file is scanned once for all of them.
@lru_cache(maxsize=1 << 15)
def scan(text: str) -> GoFile:
    """Scan a Go file. For an invalid one, the recognized parts: the compiler reports errors."""
    text = text.removeprefix("\ufeff")
    clause = _PACKAGE.match(text)
    if not clause:
        return GoFile("", constraint_of(text), (), (), "")
    imports, comments = _imports(text, clause.end())
    embeds = tuple(_embeds(text)) if any(mention.text == "embed" for mention in imports) else ()
    preamble = "\n".join(comments)
    return GoFile(clause[1], constraint_of(text), tuple(imports), embeds, preamble)


@lru_cache(maxsize=1 << 15)
def constraint_of(text: str) -> str | None:
    """The ``//go:build`` expression of a Go, C or assembly file.

    Returns:
        The expression; ``None`` if there is no such line, and empty if it is unknown.
    """
    lines: list[str] = []
    legacy = False
    for kind, value, _ in _tokens(text, 0):
        if kind not in {"space", "comment"}:
            break
        if match := _BUILD.fullmatch(value):
            lines.append(match[1] or "")
        legacy = legacy or bool(_LEGACY.match(value))
    if len(lines) == 1:
        return lines[0]
    # newer releases of Go ignore `// +build`, older ones don't
    return "" if lines or legacy else None


def _tokens(text: str, position: int) -> Iterator[tuple[str, str, int]]:
    """Kind, text and position of each token."""
    while match := _TOKEN.match(text, position):
        yield match.lastgroup or "", match[0], position
        position = match.end()


def _imports(text: str, start: int) -> tuple[list[Mention], list[str]]:
    """The imports after a package clause, and the comments among them."""
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
    # a misplaced comment embeds nothing, but go lists its files and the compiler refuses it, so
    # the distinction doesn't matter
    for token in _OPAQUE.finditer(text):
        if embed := _EMBED.fullmatch(token[0]):
            line = text.count("\n", 0, token.start()) + 1
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
        # Go's escapes have the same meaning in Python
        return str(ast.literal_eval(literal))
    except (SyntaxError, ValueError):
        return literal


_CONTINUED = re.compile(r"\\\r?\n")
_COMMENT = r"/\*[^*\n]*\*/"
_DIRECTIVE = re.compile(
    rf"^(?:[ \t]|{_COMMENT})*+(?:\#|%:|\?\?=|%)(?:[ \t]|{_COMMENT})*+"
    rf"(?:include_next|include|import|embed)\b(?:[ \t]|{_COMMENT})*+"
    r"(?:\"([^\"\n]+)\"|<([^>\n]+)>|(\w))?",
    re.MULTILINE,
)
_LOOKED_FOR = re.compile(
    r"__has_(?:include(?:_next)?|embed)[ \t]*\([ \t]*(?:\"([^\"\n]+)\"|<([^>\n]+)>)"
)
# assembler directives, on their own line or within a C string
_ASSEMBLER = re.compile(
    r"(?<![\w)\]>])\.(?:incbin|include)\b[ \t]*(?:\\?\"([^\"\\\n]+)\\?\"|(?=[\\\"\w]))"
)
_FORTRAN = re.compile(r"^[ \t]*include[ \t]+['\"]([^'\"\n]+)['\"]", re.MULTILINE | re.IGNORECASE)
# Values of macros that may be the name of a file.
_STRING = re.compile(
    r"\"([\w./+-]*[./][\w./+-]*)\"|#[ \t]*define[ \t]+\w+[ \t]+"
    r"(?:<([^>\n]+)>|([\w./+-]*[./][\w./+-]*)[ \t]*$)",
    re.MULTILINE,
)
_LINKED = re.compile(r"[^\s(),\"'={};]+")
_MEMBER = re.compile(r"([^/\n\0][^\n\0]*)/\n")
_MOST_WORDS = 2000
# The start of a Go comment that contains C.
_OPENING = re.compile(r"^[ \t]*(?://|/\*)", re.MULTILINE)
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class CText:
    """The files that a text names.

    Attributes:
        includes: the names of files that it includes or tests for.
        computed: whether it includes a file whose name is computed by a macro.
        strings: possible values of such a name: all literals that look like one.
    """

    includes: tuple[str, ...]
    computed: bool
    strings: tuple[str, ...]


@lru_cache(maxsize=1 << 13)
def scan_c(text: str) -> CText:
    """Scan a C, assembly, Fortran or SWIG text, ignoring preprocessor conditions."""
    if "\0" in text[:_BLOCK]:
        return CText((), computed=False, strings=())
    text = _CONTINUED.sub(" ", text)
    includes: dict[str, None] = {}
    computed = False
    for quoted, angled, word in _DIRECTIVE.findall(text):
        computed = computed or bool(word)
        includes[quoted or angled] = None
    for pattern in (_LOOKED_FOR, _ASSEMBLER, _FORTRAN):
        for match in pattern.finditer(text):
            name = next(filter(None, match.groups()), "")
            computed = computed or (not name and pattern is not _FORTRAN)
            includes[name] = None
    includes.pop("", None)
    strings = dict.fromkeys("".join(groups) for groups in _STRING.findall(text))
    for name in includes:
        strings.pop(name, None)
    return CText(tuple(includes), computed, tuple(strings))


def preamble_as_c(comments: str) -> str:
    """The C code in Go comments."""
    return _OPENING.sub("", comments)


@lru_cache(maxsize=1 << 10)
def linked_names(text: str) -> tuple[str, ...]:
    """The files that a linker input names: members of a thin archive, words of a script."""
    if text.startswith("!<thin>"):
        return tuple(dict.fromkeys(_MEMBER.findall(text)))
    if text.startswith(("!<arch>", "\x7fELF")) or "\0" in text:
        return ()
    return tuple(dict.fromkeys(_LINKED.findall(text)[:_MOST_WORDS]))
