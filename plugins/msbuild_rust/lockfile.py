"""``Cargo.lock``: the exact packages that a package of the workspace depends on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from msbuild_rust.toml_files import Table


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
                what = entry.get("name", "without a name")
                raise ConfigError(
                    f"`{path}`: package `{what}` has no `{min(missing)}`",
                    hint="run `cargo generate-lockfile`, or restore the file",
                )
            self._by_name[entry["name"]].append((entry.get("source", ""), self._locked(entry)))

    def find(self, reference: str) -> Locked:
        """The package that ``name``, ``name version`` or ``name version (source)`` refers to.

        Raises:
            ConfigError: no package matches, or more than one does.
        """
        name, version, source = [*reference.split(" ", 2), "", ""][:3]
        found = [
            (origin, locked)
            for origin, locked in self._by_name.get(name, [])
            if version in ("", locked.version) and source.strip("()") in ("", origin)
        ]
        if len(found) > 1:
            # for an ambiguous name cargo writes the source, unless the package is local
            found = [(origin, locked) for origin, locked in found if not origin]
        if len(found) != 1:
            raise ConfigError(
                f"`{self.path}` has {len(found) or 'no'} packages `{reference}`",
                hint="run `cargo update --workspace` and commit `Cargo.lock`",
            )
        return found[0][1]

    def closure(
        self, start: Locked, wanted: Callable[[Locked], Iterable[str]]
    ) -> dict[Locked, Locked | None]:
        """A package and all its dependencies, direct or not, each with one that needs it.

        Args:
            start: the package.
            wanted: which of a package's dependencies to follow.
        """
        found: dict[Locked, Locked | None] = {start: None}
        waiting = [start]
        while waiting:
            package = waiting.pop()
            for dependency in map(self.find, wanted(package)):
                if dependency not in found:
                    found[dependency] = package
                    waiting.append(dependency)
        return found

    def facts(self, packages: Iterable[Locked]) -> Mapping[str, str]:
        """Third-party packages as facts: version and content by name.

        If there are two versions of a package, the facts of its users say which one they use.
        """
        by_name: dict[str, list[Locked]] = defaultdict(list)
        for package in packages:
            by_name[package.name].append(package)
        ambiguous = {name for name, versions in by_name.items() if len(versions) > 1}
        facts = {
            f"crate {name}": ", ".join(sorted(self._fact(each, ambiguous) for each in versions))
            for name, versions in sorted(by_name.items())
        }
        return {name: fact for name, fact in facts.items() if fact}

    def _fact(self, package: Locked, ambiguous: set[str]) -> str:
        uses = [
            f"{found.name} {found.version}"
            for found in map(self.find, package.dependencies)
            if found.name in ambiguous
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
