"""Files that Rust sources pull in by name: ``include_str!`` and its like, and ``#[path]``."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from msbuild_rust.cfg import Cfg
from msbuild_rust.code import code_of, unescaped

if TYPE_CHECKING:
    from collections.abc import Iterator

# A module counts, whatever it takes to turn it on.
_ANY = Cfg(linux=False, open=True)
_MACRO = re.compile(r"\binclude(?:_str|_bytes)?!\s*[(\[{]\s*")
_PATH = re.compile(r"#!?\[[^\]]*?\bpath\s*=\s*\"([^\"]+)\"")
# Where an inline module begins, where one in a file is declared, and other blocks.
_BLOCK = re.compile(r"\bmod\s+(?:r#)?(\w+)\s*([{;])|[{}]")
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"|r(#*)"(.*?)"\2', re.DOTALL)
_COMMA = re.compile(r"\s*,\s*")
_IN_PACKAGE = re.compile(
    r"concat!\s*[(\[{]\s*env!\s*[(\[{]\s*\"CARGO_MANIFEST_DIR\"\s*[)\]}]\s*,\s*"
)
_GENERATED = re.compile(r"concat!\s*[(\[{]\s*env!\s*[(\[{]\s*\"OUT_DIR\"|env!\s*[(\[{]")


@dataclass(frozen=True, slots=True)
class Mention:
    """A file that a source file names.

    Attributes:
        path: from the source root; ``None`` where it cannot be known without compiling.
        line: where it is named; counts from 1.
    """

    path: str | None
    line: int


@lru_cache(maxsize=16384)
def mentions(path: str, text: str, package: str, cfg: Cfg) -> tuple[Mention, ...]:
    """The files that a source file names, whether or not they exist.

    Args:
        path: the source file.
        text: what it holds.
        package: the directory of its package.
        cfg: how it is compiled.
    """
    directory = posixpath.dirname(path)
    code = code_of(text, cfg).text
    inline = tuple(_inline_modules(code))
    named = [
        _mention(text, found.start(), parent, found[1])
        for found in _PATH.finditer(text)
        if code[found.start()] == "#"
        for parent in _parents(path, _around(found.start(), inline))
    ]
    for found in _MACRO.finditer(code):
        # what is given to it is a text
        if given := _MACRO.match(text, found.start()):
            named.extend(_included(text, given, directory, package))
    return tuple(named)


def modules(path: str, text: str) -> Iterator[str]:
    """Where the modules that a source file declares may be, those within others included."""
    for _, name, chain in _modules(code_of(text, _ANY).text):
        for parent in _parents(path, chain):
            yield f"{posixpath.join(parent, name)}.rs"
            yield posixpath.join(parent, name, "mod.rs")


def _parents(path: str, chain: tuple[str, ...]) -> Iterator[str]:
    """Where a module may be that is declared in a file: which depends on what declares the file."""
    directory, file = posixpath.split(path)
    below = posixpath.join(directory, posixpath.splitext(file)[0])
    for parent in (directory, below):
        yield posixpath.join(parent, *chain)
    if chain:
        # as far as an attribute of a module around it does not say otherwise
        yield directory


def _modules(code: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """The modules that are declared: where, the name, and the names of modules around it."""
    around: list[str] = []
    for found in _BLOCK.finditer(code):
        if found[2] == ";":
            yield found.start(), found[1], tuple(filter(None, around))
        elif found[0] == "}":
            if around:
                around.pop()
        else:
            around.append(found[1] or "")


def _inline_modules(code: str) -> Iterator[tuple[int, int, str]]:
    """Where modules within a file begin and end, and their names."""
    around: list[tuple[int, str]] = []
    for found in _BLOCK.finditer(code):
        if found[2] == ";":
            continue
        if found[0] != "}":
            around.append((found.start(), found[1] or ""))
        elif around:
            start, name = around.pop()
            if name:
                yield start, found.end(), name


def _around(position: int, inline: tuple[tuple[int, int, str], ...]) -> tuple[str, ...]:
    """The names of the modules around a place, the outermost first."""
    return tuple(name for start, end, name in sorted(inline) if start < position < end)


def _included(text: str, macro: re.Match[str], directory: str, package: str) -> Iterator[Mention]:
    if literal := _STRING.match(text, macro.end()):
        yield _mention(text, macro.start(), directory, _text_of(literal))
    elif in_package := _IN_PACKAGE.match(text, macro.end()):
        yield _mention(text, macro.start(), package, _joined(text, in_package.end()))
    elif not _GENERATED.match(text, macro.end()):
        yield Mention(None, _line(text, macro.start()))


def _joined(text: str, position: int) -> str | None:
    """The texts that ``concat!`` joins from a place on; only as far as the first other value."""
    parts: list[str] = []
    while literal := _STRING.match(text, position):
        parts.append(_text_of(literal))
        comma = _COMMA.match(text, literal.end())
        position = comma.end() if comma else len(text)
    return "".join(parts).lstrip("/") or None


def _text_of(literal: re.Match[str]) -> str:
    return unescaped(literal[1]) if literal[1] else literal[3] or ""


def _mention(text: str, position: int, directory: str, name: str | None) -> Mention:
    path = posixpath.normpath(posixpath.join(directory, name)) if name else None
    return Mention(path, _line(text, position))


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
