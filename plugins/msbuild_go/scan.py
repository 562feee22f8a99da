"""What the texts of Go, C, assembly and SWIG files name: imports, embeds, includes, constraints."""

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
# of an assembler, as a line of its own or within a string of C
_ASSEMBLER = re.compile(
    r"(?<![\w)\]>])\.(?:incbin|include)\b[ \t]*(?:\\?\"([^\"\\\n]+)\\?\"|(?=[\\\"\w]))"
)
_FORTRAN = re.compile(r"^[ \t]*include[ \t]+['\"]([^'\"\n]+)['\"]", re.MULTILINE | re.IGNORECASE)
# What a macro may stand for that is the name of a file.
_STRING = re.compile(
    r"\"([\w./+-]*[./][\w./+-]*)\"|#[ \t]*define[ \t]+\w+[ \t]+"
    r"(?:<([^>\n]+)>|([\w./+-]*[./][\w./+-]*)[ \t]*$)",
    re.MULTILINE,
)
_LINKED = re.compile(r"[^\s(),\"'={};]+")
_MEMBER = re.compile(r"([^/\n\0][^\n\0]*)/\n")
_MOST_WORDS = 2000
# Where a comment of Go begins, within which there is C.
_OPENING = re.compile(r"^[ \t]*(?://|/\*)", re.MULTILINE)
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class CText:
    """What a text names.

    Attributes:
        includes: the names of the files that it includes, or asks for.
        computed: whether it includes a file whose name a macro makes.
        strings: what such a name may be: everything in quotes that looks like one.
    """

    includes: tuple[str, ...]
    computed: bool
    strings: tuple[str, ...]


@lru_cache(maxsize=1 << 13)
def scan_c(text: str) -> CText:
    """Read a C, assembly, Fortran or SWIG text, without regard to conditions."""
    if "\0" in text[:_BLOCK]:
        return CText((), computed=False, strings=())
    text = _CONTINUED.sub(" ", text)
    includes: dict[str, None] = {}
    computed = False
    for quoted, angled, word in _DIRECTIVE.findall(text):
        computed = computed or bool(word)
        includes[quoted or angled] = None
    for pattern in (_LOOKED_FOR, _ASSEMBLER, _FORTRAN):
        for found in pattern.finditer(text):
            name = next(filter(None, found.groups()), "")
            computed = computed or (not name and pattern is not _FORTRAN)
            includes[name] = None
    includes.pop("", None)
    strings = dict.fromkeys("".join(found) for found in _STRING.findall(text))
    for name in includes:
        strings.pop(name, None)
    return CText(tuple(includes), computed, tuple(strings))


def preamble_as_c(comments: str) -> str:
    """The C that stands in comments of Go."""
    return _OPENING.sub("", comments)


@lru_cache(maxsize=1 << 10)
def linked_names(text: str) -> tuple[str, ...]:
    """What a file for the linker names: the members of a thin archive, the words of a script."""
    if text.startswith("!<thin>"):
        return tuple(dict.fromkeys(_MEMBER.findall(text)))
    if text.startswith(("!<arch>", "\x7fELF")) or "\0" in text:
        return ()
    return tuple(dict.fromkeys(_LINKED.findall(text)[:_MOST_WORDS]))
