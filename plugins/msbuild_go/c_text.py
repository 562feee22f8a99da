"""What a C, assembly or SWIG text names: files that it includes, and files for its linker."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

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
