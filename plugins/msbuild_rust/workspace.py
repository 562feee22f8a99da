"""A cargo workspace: its root, its lock file, and every package whose source is in the tree."""

from __future__ import annotations

import fnmatch
import posixpath
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import ConfigError, paths, recalled, remembered
from msbuild_rust.cargo_config import project_config
from msbuild_rust.manifest import NAME, Manifest, read_manifest
from msbuild_rust.toml_files import LOCK_FILE, read_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from msbuild.plugin.api import Builder, Service, Sources
    from msbuild_rust.toml_files import Table


@dataclass(frozen=True, slots=True)
class CargoWorkspace:
    """A workspace as cargo sees it in the workspace's directory.

    Attributes:
        root: the manifest of the workspace, or of a package without one.
        packages: members and other packages in the tree that they may depend on, by directory.
        outer_roots: the manifests of other workspaces that such packages inherit from, by path.
        patched: the directories of packages that replace third-party crates.
    """

    root: Manifest
    packages: Mapping[str, Manifest]
    outer_roots: Mapping[str, Manifest]
    patched: frozenset[str] = frozenset()

    @property
    def directory(self) -> str:
        """The directory of the root manifest; empty for the source root."""
        return self.root.directory

    @property
    def lock_file(self) -> str:
        """The path of the ``Cargo.lock``."""
        return self.root.join("Cargo.lock")

    def root_of(self, package: Manifest) -> Manifest:
        """The manifest that ``workspace = true`` refers to in a package."""
        above = (root for root in self.outer_roots.values() if _below(package, root.directory))
        return max(above, key=lambda root: len(root.path), default=self.root)

    def details(self, package: Manifest, key: str, details: Table) -> tuple[Table, Manifest]:
        """A dependency after inheritance, and the manifest its path is relative to."""
        if details.get("workspace") is not True:
            return details, package
        root = self.root_of(package)
        inherited = (root.workspace or {}).get("dependencies", {}).get(key, {})
        return (inherited if isinstance(inherited, dict) else {}), root

    def version(self, package: Manifest) -> str:
        """The version of a package, after inheritance."""
        version = (package.package or {}).get("version", "0.0.0")
        if isinstance(version, dict):
            root = self.root_of(package).workspace or {}
            version = root.get("package", {}).get("version", "0.0.0")
        return str(version)

    def named(self, name: str) -> Manifest | None:
        """The package of a name, preferably below the workspace's directory."""
        candidates = [package for package in self.packages.values() if package.name == name]
        return min(
            candidates, key=lambda package: not _below(package, self.directory), default=None
        )


def workspace_of(service: Service, builder: Builder, sources: Sources) -> CargoWorkspace:
    """The workspace of a service.

    Raises:
        ConfigError: there is no workspace, or it has no lock file.
    """
    chosen = builder.options["workspace"]
    start = paths.normalize(chosen or service.path)
    if chosen and not sources.exists(posixpath.join(start, NAME)):
        raise ConfigError(
            f"`{posixpath.join(start, NAME)}` does not exist",
            hint=f"correct the option `workspace` of builder `{builder.name}`",
            at=builder.at,
        )
    home = paths.nearest(start, NAME, sources)
    if home is None:
        raise ConfigError(
            f"service `{service.name}` has no `Cargo.toml` in `{service.path}` or above",
            hint="correct the service's `path`, or choose the builder of another language",
            at=service.at,
        )
    manifest = read_manifest(posixpath.join(home, NAME), sources)
    root = manifest if chosen else find_root(manifest, sources)
    if not sources.exists(root.join("Cargo.lock")):
        raise ConfigError(
            f"`{root.join('Cargo.lock')}` does not exist, so versions are not locked",
            hint=f"run `cargo generate-lockfile` in `{root.directory or '.'}` and commit the file",
            at=service.at,
        )
    return load_workspace(root.path, sources)


def find_root(manifest: Manifest, sources: Sources) -> Manifest:
    """The workspace root of a package, found as cargo finds it; the package itself if none."""
    if manifest.workspace is not None:
        return manifest
    if named := (manifest.package or {}).get("workspace"):
        return read_manifest(manifest.join(f"{named}/{NAME}"), sources)
    for directory in paths.ancestors(manifest.directory):
        path = posixpath.join(directory, NAME)
        if path != manifest.path and sources.exists(path):
            root = read_manifest(path, sources)
            if root.workspace is not None:
                return manifest if _excluded(manifest, root) else root
    return manifest


def load_workspace(root_path: str, sources: Sources) -> CargoWorkspace:
    """The workspace whose root manifest is at a path."""
    return remembered(sources, root_path, lambda: _recalled(root_path, sources))


def _recalled(root_path: str, sources: Sources) -> CargoWorkspace:
    """The workspace, from a run before if no manifest has changed."""

    def tables() -> tuple[dict[str, Table], dict[str, Table], frozenset[str]]:
        found = _load(read_manifest(root_path, sources), sources)
        manifests = (found.packages.values(), (found.root, *found.outer_roots.values()))
        packages, roots = ({each.path: dict(each.table) for each in some} for some in manifests)
        return packages, roots, found.patched

    packages, roots, patched = recalled(f"rust workspace {root_path}", tables)
    manifests = [Manifest(path, table) for path, table in packages.items()]
    outer = {path: Manifest(path, table) for path, table in roots.items() if path != root_path}
    root = Manifest(root_path, roots[root_path])
    return CargoWorkspace(root, {each.directory: each for each in manifests}, outer, patched)


def _load(root: Manifest, sources: Sources) -> CargoWorkspace:
    packages: dict[str, Manifest] = {}
    outer: dict[str, Manifest] = {}
    waiting = [(path, root.path) for path in _member_paths(root, sources)]
    while waiting:
        path, asked_by = waiting.pop()
        if posixpath.dirname(path) in packages:
            continue
        if path.startswith("../") or not sources.exists(path):
            raise ConfigError(
                f"`{asked_by}` needs `{path}`, which does not exist in the source tree",
                hint="a path dependency must be below the source root and not ignored",
            )
        manifest = read_manifest(path, sources)
        packages[manifest.directory] = manifest
        nearest = find_root(manifest, sources)
        if nearest.path not in (root.path, manifest.path):
            outer[nearest.path] = nearest
        workspace = CargoWorkspace(root, packages, outer)
        waiting.extend(
            (dependency, manifest.path) for dependency in _path_dependencies(workspace, manifest)
        )
    patched = frozenset(_patched(root, sources))
    return CargoWorkspace(
        root, dict(sorted(packages.items())), dict(sorted(outer.items())), patched
    )


def _member_paths(root: Manifest, sources: Sources) -> Iterator[str]:
    if root.package is not None:
        yield root.path
    for pattern in (root.workspace or {}).get("members", []):
        fixed = root.join(pattern)
        if not any(character in pattern for character in "*?["):
            yield posixpath.join(fixed, NAME)
            continue
        parts = fixed.split("/")
        start = next(index for index, part in enumerate(parts) if any(c in part for c in "*?["))
        for path in sources.find("/".join(parts[:start]), NAME):
            manifest = Manifest(path, {})
            if _matches(manifest.directory, parts) and not _excluded(manifest, root):
                yield path
    for directory in _patched(root, sources):
        yield posixpath.join(directory, NAME)


def _matches(directory: str, pattern: list[str]) -> bool:
    parts = directory.split("/")
    if "**" in pattern:
        return fnmatch.fnmatchcase(directory, "/".join(pattern).replace("**/", "*"))
    return len(parts) == len(pattern) and all(map(fnmatch.fnmatchcase, parts, pattern))


def _patched(root: Manifest, sources: Sources) -> Iterator[str]:
    """The directories of packages of the tree that replace third-party crates."""
    for _, details in root.patches():
        if "path" in details:
            yield root.join(details["path"])
    for home, _, details in project_config(root.directory, sources).patches():
        if "path" in details:
            yield posixpath.normpath(posixpath.join(home, details["path"]))


def _path_dependencies(workspace: CargoWorkspace, package: Manifest) -> Iterator[str]:
    for key, entry in package.dependencies(dev=True):
        details, relative_to = workspace.details(package, key, entry)
        if "path" in details:
            yield relative_to.join(f"{details['path']}/{NAME}")


def _excluded(manifest: Manifest, root: Manifest) -> bool:
    return any(
        _below(manifest, root.join(path)) for path in (root.workspace or {}).get("exclude", [])
    )


def _below(manifest: Manifest, directory: str) -> bool:
    return directory == "." or paths.is_below(manifest.directory, directory)


@dataclass(frozen=True, slots=True)
class Locked:
    """A package in the lock file.

    Attributes:
        content: identifies its source: a checksum, or a git source with its commit; empty for a
            package of the source tree.
        dependencies: names, with version and source where the name alone is ambiguous.
    """

    name: str
    version: str
    content: str
    dependencies: tuple[str, ...]

    @property
    def is_local(self) -> bool:
        """Whether its source is in the source tree."""
        return not self.content


class Lock:
    """All packages of a lock file.

    Args:
        path: the file, for messages.
        table: its content.
    """

    def __init__(self, path: str, table: Table) -> None:
        self.path = path
        self._checksums: Table = table.get("metadata", {})
        self._by_name: dict[str, list[tuple[str, Locked]]] = defaultdict(list)
        for entry in table.get("package", []):
            if missing := {"name", "version"} - entry.keys():
                name = entry.get("name", "without a name")
                raise ConfigError(
                    f"`{path}`: package `{name}` has no `{min(missing)}`",
                    hint="run `cargo generate-lockfile`, or restore the file",
                )
            self._by_name[entry["name"]].append((entry.get("source", ""), self._locked(entry)))

    def find(self, reference: str) -> Locked:
        """The package that ``name``, ``name version`` or ``name version (source)`` refers to.

        Raises:
            ConfigError: no package matches, or more than one does.
        """
        name, version, source = [*reference.split(" ", 2), "", ""][:3]
        matching = [
            (origin, locked)
            for origin, locked in self._by_name.get(name, [])
            if version in ("", locked.version) and source.strip("()") in ("", origin)
        ]
        if len(matching) > 1:
            # for an ambiguous name cargo writes the source, unless the package is local
            matching = [(origin, locked) for origin, locked in matching if not origin]
        if len(matching) != 1:
            raise ConfigError(
                f"`{self.path}` has {len(matching) or 'no'} packages `{reference}`",
                hint="run `cargo update --workspace` and commit `Cargo.lock`",
            )
        return matching[0][1]

    def closure(
        self, start: Locked, wanted: Callable[[Locked], Iterable[str]]
    ) -> dict[Locked, Locked | None]:
        """A package and all its dependencies, direct or not, each with one that needs it.

        Args:
            start: the package.
            wanted: which of a package's dependencies to follow.
        """
        reached: dict[Locked, Locked | None] = {start: None}
        waiting = [start]
        while waiting:
            package = waiting.pop()
            for dependency in map(self.find, wanted(package)):
                if dependency not in reached:
                    reached[dependency] = package
                    waiting.append(dependency)
        return reached

    def facts(self, packages: Iterable[Locked]) -> Mapping[str, str]:
        """Third-party packages as facts: version and content by name.

        If there are two versions of a package, the facts of its users include which one they use.
        """
        by_name: dict[str, list[Locked]] = defaultdict(list)
        for package in packages:
            by_name[package.name].append(package)
        ambiguous = {name for name, versions in by_name.items() if len(versions) > 1}
        facts = {
            f"crate {name}": ", ".join(
                sorted(self._fact(package, ambiguous) for package in versions)
            )
            for name, versions in sorted(by_name.items())
        }
        return {name: fact for name, fact in facts.items() if fact}

    def _fact(self, package: Locked, ambiguous: set[str]) -> str:
        uses = [
            f"{dependency.name} {dependency.version}"
            for dependency in map(self.find, package.dependencies)
            if dependency.name in ambiguous
        ]
        words = [] if package.is_local else [package.version, package.content]
        if uses:
            words.append(f"with {' and '.join(sorted(uses))}")
        return " ".join(words)

    def _locked(self, entry: Table) -> Locked:
        name, version, source = entry["name"], entry["version"], entry.get("source", "")
        # lock files of version 1 store checksums in a table of their own
        listed = self._checksums.get(f"checksum {name} {version} ({source})", "")
        return Locked(
            name,
            version,
            entry.get("checksum", listed) or source,
            tuple(entry.get("dependencies", ())),
        )


def lock_of(workspace: CargoWorkspace, sources: Sources) -> Lock:
    """The packages of a workspace's lock file."""
    path = workspace.lock_file

    def find() -> Lock:
        table = recalled(f"rust lock {path}", lambda: dict(read_toml(path, sources, LOCK_FILE)))
        return Lock(path, table)

    return remembered(sources, ("lock", path), find)
