"""What packages hold and what import paths mean, found out once for all programs built alike."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from msbuild.plugin.api import remembered
from msbuild_go.modules import ancestors
from msbuild_go.package import package_in

if TYPE_CHECKING:
    from msbuild.plugin.api import Sources
    from msbuild_go.constraints import Tags
    from msbuild_go.modules import Modules
    from msbuild_go.package import Package


class Origin(Enum):
    """Where the package of an import path comes from."""

    TREE = "tree"
    THIRD_PARTY = "third party"
    STANDARD = "standard library"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an import path means.

    Attributes:
        directory: where the package's files are, if they are in the tree.
        module: the directory of its module, if that is one of the tree.
    """

    origin: Origin
    directory: str | None = None
    module: str | None = None


class Packages:
    """The packages that programs of the same modules and tags are compiled from.

    It is kept for as long as there is its source tree, so it must not hold on to that.
    """

    def __init__(self, modules: Modules, tags: Tags) -> None:
        self._modules = modules
        self._tags = tags
        self._packages: dict[str, Package] = {}
        self._meanings: dict[str, Meaning] = {}
        self._required = frozenset(
            name for module in modules.members for name in module.file.requires
        )

    def package(self, directory: str, sources: Sources) -> Package:
        """The package in a directory."""
        if directory not in self._packages:
            self._packages[directory] = package_in(directory, self._tags, sources)
        return self._packages[directory]

    def meaning(self, path: str, sources: Sources) -> Meaning:
        """What an import path means."""
        if path not in self._meanings:
            self._meanings[path] = self._find(path, sources)
        return self._meanings[path]

    def _find(self, path: str, sources: Sources) -> Meaning:
        modules = self._modules
        if found := modules.find(path, sources):
            module, directory = found
            return Meaning(Origin.TREE, directory, module.directory)
        vendored = posixpath.join(modules.vendor, path)
        if modules.vendored and sources.names(vendored):
            return Meaning(Origin.THIRD_PARTY, vendored)
        if not modules.vendored and not self._required.isdisjoint(ancestors(path)):
            return Meaning(Origin.THIRD_PARTY)
        return Meaning(Origin.STANDARD if modules.is_standard(path) else Origin.UNKNOWN)


def packages_of(modules: Modules, tags: Tags, sources: Sources) -> Packages:
    """The packages of modules as tags choose their files."""
    # modules are remembered themselves, so no others ever have their id
    question = (id(modules), tags)
    return remembered(sources, question, lambda: Packages(modules, tags))
