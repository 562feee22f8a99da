"""The files that Rust sources declare as modules or include, and those that no program needs."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from msbuild.plugin.api import paths, remembered
from msbuild_rust.cfg import Cfg
from msbuild_rust.code import code_of, is_disabled, unescaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild.plugin.api import Sources

# A module is included regardless of its `cfg`.
_ANY = Cfg(linux=False, open=True)
_MACRO = re.compile(r"\binclude(?:_str|_bytes)?!\s*[(\[{]\s*")
_PATH = re.compile(r"#!?\[[^\]]*?\bpath\s*=\s*\"([^\"]+)\"")
# The start of an inline module, the declaration of a module in a file, and other blocks.
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
        path: from the source root; ``None`` if it depends on the compiler.
        line: counts from 1.
    """

    path: str | None
    line: int


@lru_cache(maxsize=16384)
def mentions(path: str, text: str, package: str, cfg: Cfg) -> tuple[Mention, ...]:
    """The files that a source file names, whether they exist or not.

    Args:
        path: the source file.
        text: its content.
        package: the directory of its package.
        cfg: how it is compiled.
    """
    directory = posixpath.dirname(path)
    code = code_of(text, cfg).text
    inline = tuple(_inline_modules(code))
    named = [
        _mention(text, match.start(), parent, match[1])
        for match in _PATH.finditer(text)
        if code[match.start()] == "#"
        for parent in _parents(path, _around(match.start(), inline))
    ]
    for match in _MACRO.finditer(code):
        # string literals are blank in the code, so the arguments are read from the text
        if macro := _MACRO.match(text, match.start()):
            named.extend(_included(text, macro, directory, package))
    return tuple(named)


def module_paths(path: str, text: str) -> Iterator[str]:
    """The paths that modules declared in a source file may have, also inside inline modules."""
    for _, name, chain in _modules(code_of(text, _ANY).text):
        for parent in _parents(path, chain):
            yield f"{posixpath.join(parent, name)}.rs"
            yield posixpath.join(parent, name, "mod.rs")


def _parents(path: str, chain: tuple[str, ...]) -> Iterator[str]:
    """The directories that modules of a file may be in; which one depends on the declaring file."""
    directory, file = posixpath.split(path)
    below = posixpath.join(directory, posixpath.splitext(file)[0])
    for parent in (directory, below):
        yield posixpath.join(parent, *chain)
    if chain:
        # `#[path]` on an inline module can change it
        yield directory


def _modules(code: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """The declared modules: position, name, and the names of the modules around it."""
    around: list[str] = []
    for block in _BLOCK.finditer(code):
        if block[2] == ";":
            yield block.start(), block[1], tuple(filter(None, around))
        elif block[0] == "}":
            if around:
                around.pop()
        else:
            around.append(block[1] or "")


def _inline_modules(code: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and name of the inline modules."""
    around: list[tuple[int, str]] = []
    for block in _BLOCK.finditer(code):
        if block[2] == ";":
            continue
        if block[0] != "}":
            around.append((block.start(), block[1] or ""))
        elif around:
            start, name = around.pop()
            if name:
                yield start, block.end(), name


def _around(position: int, inline: tuple[tuple[int, int, str], ...]) -> tuple[str, ...]:
    """The names of the inline modules around a position, outermost first."""
    return tuple(name for start, end, name in sorted(inline) if start < position < end)


def _included(text: str, macro: re.Match[str], directory: str, package: str) -> Iterator[Mention]:
    if literal := _STRING.match(text, macro.end()):
        yield _mention(text, macro.start(), directory, _text_of(literal))
    elif in_package := _IN_PACKAGE.match(text, macro.end()):
        yield _mention(text, macro.start(), package, _joined(text, in_package.end()))
    elif not _GENERATED.match(text, macro.end()):
        yield Mention(None, _line(text, macro.start()))


def _joined(text: str, position: int) -> str | None:
    """The literals that ``concat!`` joins, up to the first argument that isn't one."""
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


# Data of tests; programs need it only if one of their sources names it.
_TEST_DATA = frozenset({"test-data", "test_data", "testdata"})
_MODULE = re.compile(r"\bmod\s+(\w+)\s*;")
_BEFORE = re.compile(r"\s*((?:#\[[^\[\]]*\]\s*)*)(?:pub(?:\s*\([^)]*\))?\s+)?")
_PACKAGE = "$CARGO_MANIFEST_DIR"
# Arguments of macros that mean the whole package.
_TAKES_ALL = re.compile(
    r"""(?:\bfolder\s*= | ![(\[{])\s*"(?:\.|\$CARGO_MANIFEST_DIR)/?\"""", re.VERBOSE
)


def unused(
    files: tuple[str, ...], roots: frozenset[str], directory: str, cfg: Cfg, sources: Sources
) -> frozenset[str]:
    """The files of a package that are certainly not needed.

    These are data of tests, and source files that are declared as modules only where ``cfg`` turns
    them off, or only in such files; unless a source names the file or a directory it is in. Files
    that no source declares may be needed.

    Args:
        files: all files of the package.
        roots: the root files of its targets.
        directory: the directory of the package.
        cfg: how it is compiled.
        sources: the source tree.
    """
    question = (files, roots, directory, cfg)
    return remembered(sources, question, lambda: _unused(*question, sources))


def _unused(
    files: tuple[str, ...], roots: frozenset[str], directory: str, cfg: Cfg, sources: Sources
) -> frozenset[str]:
    code = frozenset(path for path in files if path.endswith(".rs"))
    tree = _Tree(code, roots, directory, cfg, sources)
    disabled = tree.reached_from(
        declared for path in code for declared in tree.declared(path, off=True)
    )
    disabled -= tree.roots
    needed = tree.reached_from(code - disabled)
    candidates = {*(disabled - needed), *(path for path in files if _is_test_data(path, directory))}
    if not candidates:
        return frozenset()
    texts = [sources.read(path) for path in needed]
    if any(_TAKES_ALL.search(text) for text in texts):
        return frozenset()
    literals = frozenset(
        literal for text in texts for literal in code_of(text, cfg).literals.values()
    )
    return frozenset(candidates - set(_named(candidates, literals, directory)))


class _Tree:
    """Which source files declare which others as modules."""

    def __init__(
        self,
        code: frozenset[str],
        roots: frozenset[str],
        directory: str,
        cfg: Cfg,
        sources: Sources,
    ) -> None:
        self.roots = roots
        self._code = code
        self._directory = directory
        self._cfg = cfg
        self._sources = sources

    def declared(self, path: str, *, off: bool) -> set[str]:
        """The files that a file declares as modules: those ``cfg`` turns off, or the others."""
        files: set[str] = set()
        text = self._sources.read(path)
        code = code_of(text, self._cfg).text
        for module in _MODULE.finditer(code):
            if is_disabled(_attributes(code, module.start()), self._cfg) is off:
                # if the declaration is ambiguous, no file is certain to be turned off
                files.update(self._files(path, module[1], sure=off))
        if not off:
            named = {mention.path for mention in mentions(path, text, self._directory, self._cfg)}
            files.update(self._code & named)
        return files

    def reached_from(self, start: Iterable[str]) -> set[str]:
        """Files, and those that they declare, directly or not."""
        seen = set(start)
        waiting = list(seen)
        while waiting:
            declared = self.declared(waiting.pop(), off=False) - seen
            seen |= declared
            waiting.extend(declared)
        return seen

    def _files(self, path: str, name: str, *, sure: bool) -> Iterator[str]:
        directory, file = posixpath.split(path)
        below = posixpath.join(directory, posixpath.splitext(file)[0])
        is_home = path in self.roots or file == "mod.rs"
        parents = {directory if is_home else below} if sure else {directory, below}
        for parent in parents:
            for place in (f"{name}.rs", f"{name}/mod.rs"):
                file_path = posixpath.join(parent, place)
                if file_path in self._code:
                    yield file_path


def _attributes(code: str, position: int) -> str:
    """The attributes of a declaration; empty if there is anything else before it."""
    start = max(code.rfind(end, 0, position) for end in ";{}") + 1
    match = _BEFORE.fullmatch(code, start, position)
    return match[1] if match else ""


def _is_test_data(path: str, directory: str) -> bool:
    return not _TEST_DATA.isdisjoint(posixpath.dirname(_inner(path, directory)).split("/"))


def _named(candidates: set[str], literals: frozenset[str], directory: str) -> Iterator[str]:
    """The candidates that a literal may mean, by path or by a directory."""
    words = {
        word for literal in literals if "test" in literal for word in re.split(r"[^\w-]+", literal)
    }
    places = {posixpath.normpath(literal.removeprefix(f"{_PACKAGE}/")) for literal in literals}
    for path in candidates:
        inner = _inner(path, directory)
        parts = set(posixpath.dirname(inner).split("/"))
        if parts & _TEST_DATA & words or not places.isdisjoint(
            filter(None, paths.ancestors(inner))
        ):
            yield path


def _inner(path: str, directory: str) -> str:
    """A path relative to its package."""
    return path.removeprefix(f"{directory}/") if directory else path
