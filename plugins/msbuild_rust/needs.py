"""The needs of a program: packages of the tree, locked crates, and shared settings.

Features decide which optional dependencies are included. They are unified across all users of a
package, all platforms, and build and normal dependencies. Cargo keeps some of these apart, so it
may enable fewer features than this, but never more.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from msbuild.plugin.api import remembered
from msbuild_rust.workspace import lock_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild.plugin.api import Sources
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.settings import Program
    from msbuild_rust.toml_files import Table
    from msbuild_rust.workspace import CargoWorkspace, Locked

# The list of members doesn't affect programs; dependencies are facts one by one.
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
        crates: the third-party crates, as facts.
        third_party: name and version of each third-party crate.
        dev: whether dev-dependencies are included.
    """

    def __init__(self, workspace: CargoWorkspace, program: Program, sources: Sources) -> None:
        self._workspace = workspace
        self._by_name = _by_name(workspace, sources)
        package = program.package
        # resolver 1 unifies features of dev-dependencies with all others
        self.dev = workspace.root.resolver == "1"
        self._features = Features(workspace, program, dev=self.dev)
        lock = lock_of(workspace, sources)
        start = lock.find(f"{package.name} {workspace.version(package)}")
        closure = lock.closure(start, self._wanted)
        self.crates: Mapping[str, str] = lock.facts(closure)
        self.third_party = tuple(
            (locked.name, locked.version) for locked in closure if not locked.is_local
        )
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
        return [
            dependency for dependency in locked.dependencies if dependency.split(" ")[0] in names
        ]

    def _names(self, manifest: Manifest) -> Iterator[str]:
        for key, entry in manifest.dependencies(dev=self.dev):
            if self._features.includes(manifest, key, entry):
                details, _ = self._workspace.details(manifest, key, entry)
                yield details.get("package", key)

    def _manifest(self, locked: Locked) -> Manifest | None:
        if not locked.is_local:
            return None
        for manifest in self._by_name.get(locked.name, ()):
            if self._workspace.version(manifest) == locked.version:
                return manifest
        return None


def needs_of(workspace: CargoWorkspace, program: Program, sources: Sources) -> Needs:
    """The needs of a program, found once for its service and for shared stages."""
    selection = (program.features, program.default_features, program.flags)
    question = (workspace.root.path, program.package.path, *selection)
    return remembered(sources, question, lambda: Needs(workspace, program, sources))


def _by_name(workspace: CargoWorkspace, sources: Sources) -> Mapping[str, list[Manifest]]:
    """The packages of a workspace by their names."""

    def find() -> Mapping[str, list[Manifest]]:
        found: defaultdict[str, list[Manifest]] = defaultdict(list)
        for manifest in workspace.packages.values():
            found[manifest.name].append(manifest)
        return dict(found)

    return remembered(sources, ("by name", workspace.root.path), find)


def crates_of(workspace: CargoWorkspace, package: Manifest, sources: Sources) -> frozenset[str]:
    """The names of the third-party crates that a package may depend on, directly or not."""

    def find() -> frozenset[str]:
        lock = lock_of(workspace, sources)
        start = lock.find(f"{package.name} {workspace.version(package)}")
        closure = lock.closure(start, lambda locked: locked.dependencies)
        return frozenset(locked.name for locked in closure if not locked.is_local)

    return remembered(sources, ("crates", workspace.root.path, package.path), find)


def root_facts(
    workspace: CargoWorkspace, packages: Iterable[Manifest], *, dev: bool
) -> dict[str, str]:
    """The entries of root manifests that affect some packages.

    The file as a whole would make every service depend on each entry that any of them uses.
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
    """The entries of a root that packages inherit from or that affect all of them."""
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


# Arguments of cargo that build more than the one program, or with other features.
_OPEN = ("-F", "--features", "--all-features", "-p", "--package", "--workspace", "--all")


class Features:
    """Which optional dependencies the features of a program enable.

    Args:
        workspace: the workspace.
        program: the program.
        dev: whether dev-dependencies are included.
    """

    def __init__(self, workspace: CargoWorkspace, program: Program, *, dev: bool) -> None:
        self._workspace = workspace
        self._dev = dev
        # third-party crates use them too, with features that the tree doesn't show
        self._patched = workspace.patched
        self._open = any(flag.startswith(_OPEN) for flag in program.flags)
        self._enabled: dict[str, set[str]] = {}
        self._active: dict[str, set[str]] = defaultdict(set)
        self._requested: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._enter(program.package)
        for feature in program.features:
            # `package/feature` enables a feature of another package
            self._open = self._open or "/" in feature
            self._enable(program.package, feature)
        if program.default_features:
            self._enable(program.package, "default")

    def includes(self, package: Manifest, key: str, entry: Table) -> bool:
        """Whether a dependency of a package is included.

        Args:
            package: the package.
            key: the package's name for the dependency.
            entry: the package's entry for it.
        """
        known = package.directory in self._enabled and not self._open
        return not known or not entry.get("optional") or key in self._active[package.directory]

    def _enter(self, package: Manifest) -> None:
        """Follow the dependencies of a package that are not optional."""
        if package.directory not in self._enabled:
            self._enabled[package.directory] = set()
            for key, entry in package.dependencies(dev=self._dev):
                if not entry.get("optional"):
                    self._follow(package, key, entry)
                elif package.directory in self._patched:
                    self._activate(package, key)
            if package.directory in self._patched:
                for feature in package.table.get("features", {}):
                    self._enable(package, feature)

    def _enable(self, package: Manifest, feature: str) -> None:
        if feature in self._enabled[package.directory]:
            return
        self._enabled[package.directory].add(feature)
        entries = package.table.get("features", {}).get(feature)
        if entries is None:
            # an optional dependency is a feature, too
            self._activate(package, feature)
        for entry in entries or ():
            name, slash, of_dependency = entry.partition("/")
            if slash:
                self._enable_in_dependency(package, name, of_dependency)
            elif entry.startswith("dep:"):
                self._activate(package, entry.removeprefix("dep:"))
            else:
                self._enable(package, entry)

    def _enable_in_dependency(self, package: Manifest, name: str, feature: str) -> None:
        """Enable a feature of a dependency; with a ``?``, only if something else enables that."""
        key = name.removesuffix("?").removeprefix("dep:")
        self._requested[package.directory, key].add(feature)
        if not name.endswith("?"):
            self._enable(package, key)
            self._activate(package, key)
        for dependency, entry in package.dependencies(dev=self._dev):
            if dependency == key and (not entry.get("optional") or self._is_active(package, key)):
                self._follow(package, key, entry)

    def _is_active(self, package: Manifest, key: str) -> bool:
        return key in self._active[package.directory]

    def _activate(self, package: Manifest, key: str) -> None:
        if not self._is_active(package, key):
            self._active[package.directory].add(key)
            for name, entry in package.dependencies(dev=self._dev):
                if name == key:
                    self._follow(package, key, entry)

    def _follow(self, package: Manifest, key: str, entry: Table) -> None:
        """Enable the features that a package requests of a dependency."""
        details, root = self._workspace.details(package, key, entry)
        path = root.join(str(details["path"])) if "path" in details else None
        dependency = self._workspace.packages.get("" if path == "." else path or "\0")
        dependency = dependency or self._workspace.named(details.get("package", key))
        if dependency is None:
            return
        self._enter(dependency)
        requested = {*entry.get("features", ()), *details.get("features", ())}
        for feature in sorted(requested | self._requested[package.directory, key]):
            self._enable(dependency, feature)
        if _wants_default(details, default=True) or _wants_default(entry, default=False):
            self._enable(dependency, "default")


def _wants_default(details: Table, *, default: bool) -> bool:
    return bool(details.get("default-features", details.get("default_features", default)))
