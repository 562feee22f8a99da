"""What packages hold and what import paths mean, found out once for all programs built alike."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from msbuild_go.modules import ancestors
from msbuild_go.scan import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.plugin_api import Sources
    from msbuild_go.constraints import Tags
    from msbuild_go.modules import Modules
    from msbuild_go.scan import GoFile


class Origin(Enum):
    """Where the package of an import path comes from."""

    TREE = "tree"
    THIRD_PARTY = "third party"
    STANDARD = "standard library"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Package:
    """What an import path means.

    Attributes:
        directory: where its files are, if they are in the tree.
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
        self._files: dict[str, tuple[tuple[str, GoFile], ...]] = {}
        self._meant: dict[str, Package] = {}
        self._required = frozenset(
            name for module in modules.members for name in module.file.requires
        )

    def go_files(self, directory: str, sources: Sources) -> tuple[tuple[str, GoFile], ...]:
        """The Go files of a package that a build may take, each with what was read of it."""
        if directory not in self._files:
            self._files[directory] = tuple(_go_files(directory, self._tags, sources))
        return self._files[directory]

    def meant(self, path: str, sources: Sources) -> Package:
        """What an import path means."""
        if path not in self._meant:
            self._meant[path] = self._find(path, sources)
        return self._meant[path]

    def _find(self, path: str, sources: Sources) -> Package:
        modules = self._modules
        if found := modules.find(path, sources):
            module, directory = found
            return Package(Origin.TREE, directory, module.directory)
        vendored = posixpath.join(modules.vendor, path)
        if modules.vendored and sources.names(vendored):
            return Package(Origin.THIRD_PARTY, vendored)
        if not modules.vendored and not self._required.isdisjoint(ancestors(path)):
            return Package(Origin.THIRD_PARTY)
        return Package(Origin.STANDARD if modules.is_standard(path) else Origin.UNKNOWN)


# One source tree is one moment.
_known: WeakKeyDictionary[Sources, dict[tuple[Modules, Tags], Packages]] = WeakKeyDictionary()


def packages_of(modules: Modules, tags: Tags, sources: Sources) -> Packages:
    """The packages of modules as tags choose their files."""
    known = _known.setdefault(sources, {})
    if (modules, tags) not in known:
        known[modules, tags] = Packages(modules, tags)
    return known[modules, tags]


def _go_files(directory: str, tags: Tags, sources: Sources) -> Iterator[tuple[str, GoFile]]:
    for name in sources.names(directory):
        is_test = name.endswith("_test.go")
        if not name.endswith(".go") or is_test or tags.takes(name, None) is False:
            continue
        path = posixpath.join(directory, name)
        file = scan(sources.read(path))
        without_c = file.uses_c and tags.cgo is False
        if not without_c and tags.takes(name, file.constraint) is not False:
            yield path, file
