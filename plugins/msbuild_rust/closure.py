"""The files of the tree that one program is compiled from, each with why."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild_rust.build_scripts import reads_of
from msbuild_rust.includes import mentions, modules, strings
from msbuild_rust.manifest import NAME
from msbuild_rust.targets import targets
from msbuild_rust.unused import unused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.plugin_api import Sources
    from msbuild_rust.cfg import Cfg
    from msbuild_rust.manifest import Manifest

# Right in a package, and of no use to a program unless a source file names them.
_DIRECTORIES = ("tests", "benches", "examples", "target")
_DOCUMENTS = ("README", "CHANGELOG", "LICENSE")


class Closure:
    """Collects files; the first reason to need a file is the one that is told.

    Args:
        sources: the source tree.
        assets: files and directories that ship beside the program instead of in it.
        cfg: how it is compiled.

    Attributes:
        reads_workspace: whether a build script may read what is said of the workspace.
    """

    def __init__(self, sources: Sources, assets: tuple[str, ...], cfg: Cfg) -> None:
        self.files: dict[str, str] = {}
        self.widened: dict[str, str] = {}
        self.reads_workspace = False
        self._sources = sources
        self._cfg = cfg
        self._assets = tuple(posixpath.normpath(asset) for asset in assets)

    def add(self, path: str, reason: str) -> None:
        """Take a file, or a directory whole."""
        if self._sources.exists(path):
            for file in self._sources.files(path) or (path,):
                self.files.setdefault(file, reason)

    def add_package(self, package: Manifest, reason: str) -> None:
        """Take what a package of the tree is compiled from.

        Args:
            package: its manifest.
            reason: why the package is needed.
        """
        everything = tuple(self._package_files(package.directory))
        parts = targets(package, self._sources)
        script = next((part.path for part in parts if part.kind == "build"), None)
        if script:
            self._run(script, package, everything)
        self.files.update({p.path: reason for p in parts if p.always and p.path not in self.files})
        homes = tuple(posixpath.dirname(part.path) for part in parts if part.always)
        roots = frozenset(part.path for part in parts)
        matter = tuple(p for p in everything if self._matters(p, package.directory, homes))
        useless = unused(matter, roots, package.directory, self._cfg, self._sources)
        for path in matter:
            if path not in useless:
                self.files.setdefault(path, reason)
        self._follow(package, everything)

    def _follow(self, package: Manifest, everything: tuple[str, ...]) -> None:
        """Take what the package's sources name, and what that names in turn."""
        own = set(everything)
        waiting = [path for path in own if path in self.files and path.endswith(".rs")]
        seen = set(waiting)
        while waiting:
            path = waiting.pop()
            text = self._sources.read(path)
            named: list[tuple[str, int | None]] = []
            if path not in own:
                named.extend((module, None) for module in modules(path, text))
            for mention in mentions(path, text, package.directory, self._cfg):
                if mention.path is None:
                    where = f"`{path}` line {mention.line} includes a file whose name is computed"
                    self._widen(package, everything, where)
                else:
                    named.append((mention.path, mention.line))
            for found, line in named:
                self.add(found, f"included by {path}:{line}" if line else f"module of {path}")
                if found in self.files and found.endswith(".rs") and found not in seen:
                    seen.add(found)
                    waiting.append(found)

    def _run(self, script: str, package: Manifest, everything: tuple[str, ...]) -> None:
        """Take what a build script may read."""
        reads = reads_of(script, package, self._sources)
        self.reads_workspace = self.reads_workspace or reads.workspace
        for path, line in reads.named.items():
            self.add(path, f"named by {script}:{line}")
        self._add_named_by(script, package)
        for place, files in reads.places.items():
            reason = f"the build script `{script}` may look there"
            self.widened.setdefault(place, reason)
            for path in files:
                self.files.setdefault(path, reason)
        if reads.package:
            self._widen(package, everything, f"the build script `{script}` may read any of it")

    def _add_named_by(self, script: str, package: Manifest) -> None:
        """Take what a build script names outside its package: schemas, for the most part."""
        for text, line in strings(self._sources.read(script)):
            path = package.join(text)
            inside = not package.directory or f"{path}/".startswith(f"{package.directory}/")
            above = f"{package.directory}/".startswith(f"{path}/") or path in ("", ".")
            if "../" in text and not inside and not above and not path.startswith(".."):
                self.add(path, f"named by {script}:{line}")

    def _widen(self, package: Manifest, everything: tuple[str, ...], reason: str) -> None:
        self.widened.setdefault(package.directory or ".", reason)
        for path in everything:
            self.files.setdefault(path, reason)

    def _package_files(self, directory: str) -> Iterator[str]:
        """Everything in a package's directory but other packages and what cargo leaves there."""
        files = self._sources.files(directory)
        nested = tuple(
            f"{posixpath.dirname(path)}/"
            for path in files
            if posixpath.basename(path) == NAME and posixpath.dirname(path) != directory
        )
        output = posixpath.join(directory, "target", "")
        for path in files:
            if not path.startswith((*nested, output)):
                yield path

    def _matters(self, path: str, directory: str, homes: tuple[str, ...]) -> bool:
        if not directory:
            # the rest of the tree is not this package's, though it lies below it
            return path == NAME or any(home and _below(path, home) for home in homes)
        first, *rest = path.removeprefix(f"{directory}/" if directory else "").split("/")
        if first == "Cargo.lock" or any(_below(path, asset) for asset in self._assets):
            return False
        return first not in _DIRECTORIES if rest else not first.startswith(_DOCUMENTS)


def _below(path: str, directory: str) -> bool:
    return f"{path}/".startswith(f"{directory}/")
