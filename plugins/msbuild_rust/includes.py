"""Files that Rust sources pull in by name: ``include_str!`` and its like, and ``#[path]``."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from msbuild_rust.code import code_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild_rust.cfg import Cfg

_MACRO = re.compile(r"\binclude(?:_str|_bytes)?!\s*[(\[{]\s*")
_PATH = re.compile(r"#!?\[[^\]]*\bpath\s*=\s*\"([^\"]+)\"")
_MODULE = re.compile(r"^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;", re.MULTILINE)
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"|r(#*)"(.*?)"\2', re.DOTALL)
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
    named = [
        _mention(text, found.start(), directory, found[1])
        for found in _PATH.finditer(text)
        if code[found.start()] == "#"
    ]
    for found in _MACRO.finditer(code):
        # what is given to it is a text
        if given := _MACRO.match(text, found.start()):
            named.extend(_included(text, given, directory, package))
    return tuple(named)


def modules(path: str, text: str) -> Iterator[str]:
    """Where the modules that a source file declares may be."""
    directory, file = posixpath.split(path)
    below = posixpath.join(directory, posixpath.splitext(file)[0])
    for found in _MODULE.finditer(text):
        for parent in (directory, below):
            yield f"{posixpath.join(parent, found[1])}.rs"
            yield posixpath.join(parent, found[1], "mod.rs")


def strings(text: str) -> Iterator[tuple[str, int]]:
    """The string literals of a source file, each with its line."""
    for found in _STRING.finditer(text):
        yield found[1] or found[3] or "", _line(text, found.start())


def _included(text: str, macro: re.Match[str], directory: str, package: str) -> Iterator[Mention]:
    if literal := _STRING.match(text, macro.end()):
        yield _mention(text, macro.start(), directory, literal[1] or literal[3] or "")
    elif in_package := _IN_PACKAGE.match(text, macro.end()):
        literal = _STRING.match(text, in_package.end())
        rest = (literal[1] or literal[3] or "") if literal else None
        yield _mention(text, macro.start(), package, rest and rest.lstrip("/"))
    elif not _GENERATED.match(text, macro.end()):
        yield Mention(None, _line(text, macro.start()))


def _mention(text: str, position: int, directory: str, name: str | None) -> Mention:
    path = posixpath.normpath(posixpath.join(directory, name)) if name else None
    return Mention(path, _line(text, position))


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
