"""The files of a package that no program is compiled from: those for tests, or other systems."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msbuild.plugin.api import remembered
from msbuild_rust.code import code_of, is_off
from msbuild_rust.includes import mentions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild.plugin.api import Sources
    from msbuild_rust.cfg import Cfg

# What tests read; of use to a program only if one of its sources says the name.
_TEST_DATA = frozenset({"test-data", "test_data", "testdata"})
_MODULE = re.compile(r"\bmod\s+(\w+)\s*;")
_BEFORE = re.compile(r"\s*((?:#\[[^\[\]]*\]\s*)*)(?:pub(?:\s*\([^)]*\))?\s+)?")
_PACKAGE = "$CARGO_MANIFEST_DIR"
# Macros that take a directory, given the package's.
_TAKES_ALL = re.compile(
    r"""(?:\bfolder\s*= | ![(\[{])\s*"(?:\.|\$CARGO_MANIFEST_DIR)/?\"""", re.VERBOSE
)


def unused(
    files: tuple[str, ...], roots: frozenset[str], directory: str, cfg: Cfg, sources: Sources
) -> frozenset[str]:
    """The files of a package that are surely not needed.

    A source file is not if it is declared as a module only where ``cfg`` says no, or by such a
    file; unless anything else names it or a directory it is in. What nobody declares may be needed.

    Args:
        files: all files of the package.
        roots: the first source files of its targets.
        directory: the package's.
        cfg: how it is compiled.
        sources: the source tree.
    """
    asked = (files, roots, directory, cfg)
    return remembered(sources, asked, lambda: _unused(*asked, sources))


def _unused(
    files: tuple[str, ...], roots: frozenset[str], directory: str, cfg: Cfg, sources: Sources
) -> frozenset[str]:
    code = frozenset(path for path in files if path.endswith(".rs"))
    tree = _Tree(code, roots, directory, cfg, sources)
    gone = tree.reached_from(each for path in code for each in tree.declared(path, off=True))
    gone -= tree.roots
    kept = tree.reached_from(code - gone)
    candidates = {*(gone - kept), *(path for path in files if _is_test_data(path, directory))}
    if not candidates:
        return frozenset()
    texts = [sources.read(path) for path in kept]
    if any(_TAKES_ALL.search(text) for text in texts):
        return frozenset()
    literals = frozenset(
        literal for text in texts for literal in code_of(text, cfg).literals.values()
    )
    return frozenset(candidates - set(_named(candidates, literals, directory)))


class _Tree:
    """Which source file declares which as a module."""

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
        """The files that may be meant by modules of a file: those that are off, or all others."""
        found: set[str] = set()
        text = self._sources.read(path)
        code = code_of(text, self._cfg).text
        for module in _MODULE.finditer(code):
            if is_off(_attributes(code, module.start()), self._cfg) is off:
                # where it is not clear which file is meant, the one that is off is not known
                found.update(self._files(path, module[1], sure=off))
        if not off:
            named = {each.path for each in mentions(path, text, self._directory, self._cfg)}
            found.update(self._code & named)
        return found

    def reached_from(self, start: Iterable[str]) -> set[str]:
        """Files, and all that they declare in turn."""
        seen = set(start)
        waiting = list(seen)
        while waiting:
            more = self.declared(waiting.pop(), off=False) - seen
            seen |= more
            waiting.extend(more)
        return seen

    def _files(self, path: str, name: str, *, sure: bool) -> Iterator[str]:
        directory, file = posixpath.split(path)
        below = posixpath.join(directory, posixpath.splitext(file)[0])
        is_home = path in self.roots or file == "mod.rs"
        parents = {directory if is_home else below} if sure else {directory, below}
        for parent in parents:
            for place in (f"{name}.rs", f"{name}/mod.rs"):
                found = posixpath.join(parent, place)
                if found in self._code:
                    yield found


def _attributes(code: str, position: int) -> str:
    """What stands right before a declaration; nothing where that is more than attributes."""
    start = max(code.rfind(sign, 0, position) for sign in ";{}") + 1
    found = _BEFORE.fullmatch(code, start, position)
    return found[1] if found else ""


def _is_test_data(path: str, directory: str) -> bool:
    return not _TEST_DATA.isdisjoint(posixpath.dirname(_inner(path, directory)).split("/"))


def _named(candidates: set[str], literals: frozenset[str], directory: str) -> Iterator[str]:
    """Those of files that a literal may mean, itself or with a directory."""
    words = {word for each in literals if "test" in each for word in re.split(r"[^\w-]+", each)}
    places = {posixpath.normpath(each.removeprefix(f"{_PACKAGE}/")) for each in literals}
    for path in candidates:
        inner = _inner(path, directory)
        parts = set(posixpath.dirname(inner).split("/"))
        if parts & _TEST_DATA & words or not places.isdisjoint(_steps(inner)):
            yield path


def _inner(path: str, directory: str) -> str:
    """A path from its package."""
    return path.removeprefix(f"{directory}/") if directory else path


def _steps(path: str) -> Iterator[str]:
    """A path, and the directories it is in."""
    while path:
        yield path
        path = posixpath.dirname(path)
