"""What decides a program and is in no file of its closure: locked crates, shared settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msbuild.plugin.api import remembered
from msbuild_rust.features import Features
from msbuild_rust.lockfile import Lock
from msbuild_rust.manifest import read_toml
from msbuild_rust.shapes import LOCK_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild.plugin.api import Sources
    from msbuild_rust.lockfile import Locked
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.settings import Program
    from msbuild_rust.workspace import CargoWorkspace

# Which members there are changes nothing for a program that is made from others.
_MEMBERSHIP = {"members", "default-members", "exclude", "dependencies"}
_SHARED = ("profile", "patch", "replace", "cargo-features")


class Needs:
    """The packages that a program is compiled from.

    Args:
        workspace: the workspace.
        program: the program, of one of the workspace's packages.
        sources: the source tree.

    Attributes:
        local: packages of the source tree by directory, the program's first.
        needed_by: for each directory in ``local``, the package that needs it.
        crates: the third-party ones as facts.
        third_party: name and version of each of them.
        dev: whether what only tests depend on counts, too.
    """

    def __init__(self, workspace: CargoWorkspace, program: Program, sources: Sources) -> None:
        self._workspace = workspace
        package = program.package
        # the first resolver joins the features that tests ask for with all others
        self.dev = workspace.root.resolver == "1"
        self._features = Features(workspace, program, dev=self.dev)
        lock = _lock(workspace, sources)
        start = lock.find(f"{package.name} {workspace.version(package)}")
        closure = lock.closure(start, self._wanted)
        self.crates: Mapping[str, str] = lock.facts(closure)
        self.third_party = tuple((p.name, p.version) for p in closure if not p.is_local)
        self.local: dict[str, Manifest] = {}
        self.needed_by: dict[str, Manifest | None] = {}
        for locked, parent in closure.items():
            if manifest := self._manifest(locked):
                self.local[manifest.directory] = manifest
                self.needed_by[manifest.directory] = self._manifest(parent) if parent else None

    def _wanted(self, locked: Locked) -> Iterable[str]:
        manifest = self._manifest(locked)
        if manifest is None:
            return locked.dependencies
        names = set(self._names(manifest))
        return [each for each in locked.dependencies if each.split(" ")[0] in names]

    def _names(self, manifest: Manifest) -> Iterator[str]:
        for key, said in manifest.dependencies(dev=self.dev):
            if self._features.counts(manifest, key, said):
                details, _ = self._workspace.details(manifest, key, said)
                yield details.get("package", key)

    def _manifest(self, locked: Locked) -> Manifest | None:
        if not locked.is_local:
            return None
        for manifest in self._workspace.packages.values():
            same = manifest.name == locked.name
            if same and self._workspace.version(manifest) == locked.version:
                return manifest
        return None


def needs_of(workspace: CargoWorkspace, program: Program, sources: Sources) -> Needs:
    """What a program is compiled from; asked for by its service and by what services share."""
    how = (program.features, program.default_features, program.flags)
    question = (workspace.root.path, program.package.path, *how)
    return remembered(sources, question, lambda: Needs(workspace, program, sources))


def crates_of(workspace: CargoWorkspace, package: Manifest, sources: Sources) -> frozenset[str]:
    """The names of the third-party crates that a package may be made from."""

    def find() -> frozenset[str]:
        lock = _lock(workspace, sources)
        start = lock.find(f"{package.name} {workspace.version(package)}")
        closure = lock.closure(start, lambda locked: locked.dependencies)
        return frozenset(locked.name for locked in closure if not locked.is_local)

    return remembered(sources, ("crates", workspace.root.path, package.path), find)


def _lock(workspace: CargoWorkspace, sources: Sources) -> Lock:
    path = workspace.lock_file
    return remembered(
        sources, ("lock", path), lambda: Lock(path, read_toml(path, sources, LOCK_FILE))
    )


def root_facts(
    workspace: CargoWorkspace, packages: Iterable[Manifest], *, dev: bool
) -> dict[str, str]:
    """What the root manifest says to some packages, entry by entry.

    The whole file would tie every service to each entry that any of them uses.
    """
    by_root: dict[str, list[Manifest]] = {workspace.root.path: []}
    roots = {workspace.root.path: workspace.root}
    for package in packages:
        root = workspace.root_of(package)
        roots[root.path] = root
        by_root.setdefault(root.path, []).append(package)
    entries = {
        f"{path} {key}": value
        for path, users in by_root.items()
        for key, value in _entries(roots[path], users, dev=dev).items()
    }
    root = workspace.root
    entries |= {f"{root.path} {key}": root.table[key] for key in _SHARED if key in root.table}
    entries[f"{root.path} resolver"] = root.resolver
    return {key: _text(value) for key, value in entries.items()}


def _entries(root: Manifest, packages: Iterable[Manifest], *, dev: bool) -> dict[str, object]:
    """What packages may inherit from a root."""
    table = root.workspace or {}
    entries = {f"workspace.{key}": table[key] for key in sorted({*table} - _MEMBERSHIP)}
    shared = table.get("dependencies", {})
    for key in sorted({key for package in packages for key in _inherited(package, dev=dev)}):
        if key in shared:
            entries[f"workspace.dependencies.{key}"] = shared[key]
    return entries


def _inherited(package: Manifest, *, dev: bool) -> Iterator[str]:
    for key, details in package.dependencies(dev=dev):
        if details.get("workspace") is True:
            yield key


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
