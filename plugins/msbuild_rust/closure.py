"""The files of the tree that one program is compiled from, each with the reason."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import paths, remembered
from msbuild_rust.build_scripts import reads_of
from msbuild_rust.macros import PackageNames, conventions, readers_of
from msbuild_rust.manifest import NAME, targets
from msbuild_rust.modules import mentions, module_paths, unused
from msbuild_rust.needs import crates_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.plugin.api import Sources
    from msbuild_rust.cfg import Cfg
    from msbuild_rust.macros import Readers
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.workspace import CargoWorkspace

# Directly in a package, and not needed by programs unless a source file names them.
_DIRECTORIES = ("tests", "benches", "examples", "target")
_DOCUMENTS = ("README", "CHANGELOG", "LICENSE")


class Closure:
    """Collects files, each with the first reason found.

    Args:
        sources: the source tree.

    Attributes:
        files: the files, with the reasons.
        widened: directories all of whose relevant files were added, with the reasons.
    """

    def __init__(self, sources: Sources) -> None:
        self.files: dict[str, str] = {}
        self.widened: dict[str, str] = {}
        self._sources = sources

    def add(self, path: str, reason: str) -> None:
        """Add a file, or every file of a directory."""
        if self._sources.exists(path):
            for file in paths.expand(path, self._sources):
                self.files.setdefault(file, reason)

    def add_package(self, packaging: Packaging, package: Manifest, reason: str) -> None:
        """Add the files that a package of the tree is compiled from.

        Args:
            packaging: how packages are compiled.
            package: its manifest.
            reason: why the package is needed.
        """
        files, widened = package_closure(packaging, package, self._sources)
        for path, why in files.items():
            self.files.setdefault(path, why or reason)
        for place, why in widened.items():
            self.widened.setdefault(place, why)


@dataclass(frozen=True, slots=True)
class Packaging:
    """How packages of a workspace are compiled for a service.

    Attributes:
        workspace: the workspace.
        cfg: the known ``cfg`` values of the program.
        assets: files and directories that ship next to the program, not in it.
    """

    workspace: CargoWorkspace
    cfg: Cfg
    assets: tuple[str, ...] = ()


def package_closure(
    packaging: Packaging, package: Manifest, sources: Sources
) -> tuple[dict[str, str], dict[str, str]]:
    """The files of one package and the widened directories, found once for all services.

    An empty reason means that of the package.
    """
    assets = tuple(map(posixpath.normpath, packaging.assets))
    inside = tuple(asset for asset in assets if _overlap(asset, package.directory))
    question = (packaging.workspace.root.path, package.path, packaging.cfg, inside)

    def find() -> tuple[dict[str, str], dict[str, str]]:
        closure = _PackageClosure(sources, inside, packaging.cfg, packaging.workspace)
        closure.collect(package, crates_of(packaging.workspace, package, sources))
        return closure.files, closure.widened

    return remembered(sources, question, find)


class _PackageClosure(Closure):
    """The files that one package is compiled from."""

    def __init__(
        self, sources: Sources, assets: tuple[str, ...], cfg: Cfg, workspace: CargoWorkspace
    ) -> None:
        super().__init__(sources)
        self._cfg = cfg
        self._workspace = workspace
        self._assets = assets

    def collect(self, package: Manifest, crates: frozenset[str]) -> None:
        """Add the files of a package that depends on some third-party crates."""
        everything = tuple(self._package_files(package.directory))
        readers = readers_of(self._workspace, package, self._sources)
        parts = targets(package, self._sources)
        script = next((part.path for part in parts if part.kind == "build"), None)
        if script:
            self._add_reads_of_script(script, package, everything, readers.helpers)
        for part in parts:
            if part.always:
                self.files.setdefault(part.path, "")
        homes = tuple(posixpath.dirname(part.path) for part in parts if part.always)
        roots = frozenset(part.path for part in parts)
        relevant = tuple(
            path for path in everything if self._is_relevant(path, package.directory, homes)
        )
        unneeded = unused(relevant, roots, package.directory, self._cfg, self._sources)
        for path in relevant:
            if path not in unneeded:
                self.files.setdefault(path, "")
        for path, crate in conventions(package, self._workspace.directory, crates):
            self.add(path, f"the crate {crate} may read it")
        outside = [part.path for part in parts if part.always and part.path not in everything]
        self._follow(package, everything, outside, self._names(package, everything, readers))

    def _names(
        self, package: Manifest, everything: tuple[str, ...], readers: Readers
    ) -> PackageNames:
        """Add the files that the package's macros read; returns the meaning of its literals."""
        names = PackageNames(package, self._workspace.directory, self._cfg, self._sources)
        own = [path for path in everything if path in self.files and path.endswith(".rs")]
        reads = names.by_macros(own, readers)
        for path, reason in reads.files.items():
            self.files.setdefault(path, reason)
        for place, reason in reads.widened.items():
            self.widened.setdefault(place, reason)
        if reads.workspace:
            self._add_workspace(reads.workspace)
        return names

    def _add_workspace(self, reason: str) -> None:
        for path in (self._workspace.root.path, self._workspace.lock_file):
            self.add(path, reason)

    def _follow(
        self,
        package: Manifest,
        everything: tuple[str, ...],
        outside: list[str],
        names: PackageNames,
    ) -> None:
        """Add the files that sources of the package name, directly or not."""
        own = set(everything)
        waiting = [path for path in own if path in self.files and path.endswith(".rs")]
        waiting += outside
        seen = set(waiting)
        while waiting:
            path = waiting.pop()
            text = self._sources.read(path)
            named: list[tuple[str, str]] = []
            if path not in own:
                named.extend((module, f"module of {path}") for module in module_paths(path, text))
            for mention in mentions(path, text, package.directory, self._cfg):
                where = f"{path}:{mention.line}"
                if mention.path is None:
                    at = f"`{path}` line {mention.line} includes a file whose name is computed"
                    self._widen(package, everything, at)
                else:
                    named.append((mention.path, f"included by {where}"))
            for place, files, line in names.in_source(path, text):
                named.extend((file, f"named by {path}:{line}") for file in files)
                if files != (place,) and not self.files.keys() >= set(files):
                    self.widened.setdefault(place, f"named by {path}:{line}")
            for file, reason in named:
                self.add(file, reason)
                if file in self.files and file.endswith(".rs") and file not in seen:
                    seen.add(file)
                    waiting.append(file)

    def _add_reads_of_script(
        self,
        script: str,
        package: Manifest,
        everything: tuple[str, ...],
        helpers: tuple[Manifest, ...],
    ) -> None:
        """Add the files that a build script may read."""
        reads = reads_of(script, package, helpers, self._sources)
        if reads.workspace:
            self._add_workspace(f"the build script `{script}` may read it")
        for path, where in reads.named.items():
            self.add(path, f"named by {where}")
            if self._sources.files(path):
                self.widened.setdefault(path, f"named by {where}")
        for place, files in reads.places.items():
            reason = f"the build script `{script}` may read it"
            if files != (place,):
                self.widened.setdefault(place, reason)
            for path in files:
                self.files.setdefault(path, reason)
        if reads.package:
            self._widen(package, everything, f"the build script `{script}` may read any file of it")

    def _widen(self, package: Manifest, everything: tuple[str, ...], reason: str) -> None:
        self.widened.setdefault(package.directory or ".", reason)
        for path in everything:
            self.files.setdefault(path, reason)

    def _package_files(self, directory: str) -> Iterator[str]:
        """The files in a package's directory, without other packages and cargo's output."""
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

    def _is_relevant(self, path: str, directory: str, homes: tuple[str, ...]) -> bool:
        if not directory:
            # the rest of the tree is below the package too, but not part of it
            return path == NAME or any(home and paths.is_below(path, home) for home in homes)
        first, *rest = path.removeprefix(f"{directory}/" if directory else "").split("/")
        if first == "Cargo.lock" or any(paths.is_below(path, asset) for asset in self._assets):
            return False
        return first not in _DIRECTORIES if rest else not first.startswith(_DOCUMENTS)


def _overlap(first: str, second: str) -> bool:
    return paths.is_below(first, second) or paths.is_below(second, first)
