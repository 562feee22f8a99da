"""Which optional dependencies of the packages in the tree a program's features turn on.

What is asked of one package is asked of all that use it, on every platform, when building and when
running. Cargo tells some of these apart, so it may turn on less, but never more.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from msbuild_rust.manifest import Manifest, Table
    from msbuild_rust.settings import Program
    from msbuild_rust.workspace import CargoWorkspace

# Arguments of cargo with which more is built than the one program, or with other features.
_OPEN = ("-F", "--features", "--all-features", "-p", "--package", "--workspace", "--all")


class Features:
    """The dependencies of each package that count.

    Args:
        workspace: the workspace.
        program: the program.
        dev: whether what only tests depend on counts, too.
    """

    def __init__(self, workspace: CargoWorkspace, program: Program, *, dev: bool) -> None:
        self._workspace = workspace
        self._dev = dev
        # crates from elsewhere use them too, and what those ask for is not written here
        self._patched = workspace.patched
        self._open = any(flag.startswith(_OPEN) for flag in program.flags)
        self._on: dict[str, set[str]] = {}
        self._active: dict[str, set[str]] = defaultdict(set)
        self._asked: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._enter(program.package)
        for feature in program.features:
            # one of another package is asked for as `package/feature`
            self._open = self._open or "/" in feature
            self._turn_on(program.package, feature)
        if program.default_features:
            self._turn_on(program.package, "default")

    def counts(self, package: Manifest, key: str, said: Table) -> bool:
        """Whether a dependency of a package counts.

        Args:
            package: the package.
            key: what the package calls the dependency.
            said: what the package says about it.
        """
        known = package.directory in self._on and not self._open
        return not known or not said.get("optional") or key in self._active[package.directory]

    def _enter(self, package: Manifest) -> None:
        """Follow what a package needs whatever its features are."""
        if package.directory not in self._on:
            self._on[package.directory] = set()
            for key, said in package.dependencies(dev=self._dev):
                if not said.get("optional"):
                    self._follow(package, key, said)
                elif package.directory in self._patched:
                    self._activate(package, key)
            if package.directory in self._patched:
                for feature in package.table.get("features", {}):
                    self._turn_on(package, feature)

    def _turn_on(self, package: Manifest, feature: str) -> None:
        if feature in self._on[package.directory]:
            return
        self._on[package.directory].add(feature)
        entries = package.table.get("features", {}).get(feature)
        if entries is None:
            # an optional dependency is a feature, too
            self._activate(package, feature)
        for entry in entries or ():
            name, slash, more = entry.partition("/")
            if slash:
                self._ask(package, name, more)
            elif entry.startswith("dep:"):
                self._activate(package, entry.removeprefix("dep:"))
            else:
                self._turn_on(package, entry)

    def _ask(self, package: Manifest, name: str, feature: str) -> None:
        """Turn on a feature of a dependency; with a question mark, only if that counts anyway."""
        key = name.removesuffix("?").removeprefix("dep:")
        self._asked[package.directory, key].add(feature)
        if not name.endswith("?"):
            self._turn_on(package, key)
            self._activate(package, key)
        for each, said in package.dependencies(dev=self._dev):
            if each == key and (not said.get("optional") or self._is_active(package, key)):
                self._follow(package, key, said)

    def _is_active(self, package: Manifest, key: str) -> bool:
        return key in self._active[package.directory]

    def _activate(self, package: Manifest, key: str) -> None:
        if not self._is_active(package, key):
            self._active[package.directory].add(key)
            for each, said in package.dependencies(dev=self._dev):
                if each == key:
                    self._follow(package, key, said)

    def _follow(self, package: Manifest, key: str, said: Table) -> None:
        """Turn on what a package asks of a dependency."""
        details, root = self._workspace.details(package, key, said)
        path = root.join(str(details["path"])) if "path" in details else None
        found = self._workspace.packages.get("" if path == "." else path or "\0")
        found = found or self._workspace.named(details.get("package", key))
        if found is None:
            return
        self._enter(found)
        asked = {*said.get("features", ()), *details.get("features", ())}
        for feature in sorted(asked | self._asked[package.directory, key]):
            self._turn_on(found, feature)
        if _wants_default(details, unsaid=True) or _wants_default(said, unsaid=False):
            self._turn_on(found, "default")


def _wants_default(details: Table, *, unsaid: bool) -> bool:
    return bool(details.get("default-features", details.get("default_features", unsaid)))
