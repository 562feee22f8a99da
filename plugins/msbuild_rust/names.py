"""What the texts in a package's sources mean in the tree: files and directories macros may read."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild_rust.build_scripts import climbs, places, reads, tells_workspace
from msbuild_rust.literals import is_given_to_macro, literals_of, resolve
from msbuild_rust.manifest import NAME
from msbuild_rust.readers import include_rules, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msbuild.plugin.api import Sources
    from msbuild_rust.cfg import Cfg
    from msbuild_rust.literals import Literal
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.readers import Readers

# A file or directory, and the files of it that may count.
Meant = tuple[str, tuple[str, ...]] | None


@dataclass(slots=True)
class MacroReads:
    """What the macros of a package may read, each with the reason.

    Attributes:
        workspace: why they may read what is said of the workspace; empty if they do not.
    """

    files: dict[str, str] = field(default_factory=dict)
    widened: dict[str, str] = field(default_factory=dict)
    workspace: str = ""


class PackageNames:
    """Finds out what texts mean for one package.

    Args:
        package: the package.
        top: the directory of its workspace, where the compiler is called.
        cfg: how it is compiled.
        sources: the source tree.
    """

    def __init__(self, package: Manifest, top: str, cfg: Cfg, sources: Sources) -> None:
        self._package = package
        self._top = top
        self._cfg = cfg
        self._sources = sources
        self._known: dict[tuple[str, str], Meant] = {}

    def in_source(self, path: str, text: str) -> Iterator[tuple[str, tuple[str, ...], int]]:
        """What a source names outside of what is compiled anyway: the place, its files, the line.

        Only what is given to a macro or attribute can be read when compiling.
        """
        for literal in literals_of(text, self._cfg):
            for base in self._bases(literal, posixpath.dirname(path)):
                found = self._meant(literal, base)
                if found and is_given_to_macro(literal, text, self._cfg):
                    yield *found, literal.line

    def by_macros(self, own: Sequence[str], readers: Readers) -> MacroReads:
        """What macros of the tree may read for the package.

        Args:
            own: the sources of the package.
            readers: the crates of the tree that may read files for it.
        """
        found = MacroReads()
        self._by_rules(own, readers, found)
        for macro in readers.macros:
            texts = {path: self._sources.read(path) for path in sources_of(macro, self._sources)}
            if reads(texts.values()):
                self._by_macro(macro, tuple(texts.values()), own, found)
        return found

    def _by_macro(
        self, macro: Manifest, texts: tuple[str, ...], own: Sequence[str], found: MacroReads
    ) -> None:
        reason = f"the macros of `{macro.path}` may read it"
        if tells_workspace(texts):
            found.workspace = reason
        given = [
            literal
            for text in map(self._sources.read, own)
            for literal in literals_of(text, self._cfg)
            if not literal.is_word and is_given_to_macro(literal, text, self._cfg)
        ]
        for base in (self._package.directory, self._top):
            for literal in (each for text in texts for each in literals_of(text, self._cfg)):
                if meant := (not literal.is_word or base != self._top) and self._meant(
                    literal, base
                ):
                    self._take(*meant, reason, found)
        if any(map(climbs, texts)):
            for place, files in places(texts, self._package, given, self._sources):
                self._take(place, files, reason, found)

    def _by_rules(self, own: Sequence[str], readers: Readers, found: MacroReads) -> None:
        """What `macro_rules!` include: relative to the source that uses them."""
        homes = sorted({posixpath.dirname(path) for path in own})
        for crate in (self._package, *readers.rules):
            for path, literal in include_rules(crate, self._cfg, self._sources):
                counts = crate is not self._package or path in own
                for home in homes if counts else ():
                    if meant := self._meant(literal, home):
                        self._take(*meant, f"named by {path}:{literal.line}", found)

    @staticmethod
    def _take(place: str, files: tuple[str, ...], reason: str, found: MacroReads) -> None:
        for path in files:
            found.files.setdefault(path, reason)
        if files != (place,):
            found.widened.setdefault(place, reason)

    def _bases(self, literal: Literal, home: str) -> Iterator[str]:
        """The directories that a text may be relative to."""
        yield self._package.directory
        if not literal.is_word:
            yield from {home, self._top} - {self._package.directory}

    def _meant(self, literal: Literal, base: str) -> Meant:
        """What a text means, unless that is the package itself or what is above it."""
        if not literal.path:
            return None
        key = (literal.path, base)
        if key not in self._known:
            self._known[key] = self._look(literal, base)
        return self._known[key]

    def _look(self, literal: Literal, base: str) -> Meant:
        found = resolve(literal, base, self._sources)
        if found is None:
            return None
        place, files = found
        directory = self._package.directory
        if place == "." or f"{directory}/".startswith(f"{place}/"):
            return found if "{" in literal.path or "*" in literal.path else None
        if literal.is_word and any(posixpath.basename(file) == NAME for file in files):
            # a word like any other, and the name of packages
            return None
        return found
