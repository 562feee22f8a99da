"""Go code that other stages make: nobody knows before what it imports, so it may be anything."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import paths
from msbuild_go.modules import module_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from msbuild.plugin.api import Dependency, Sources
    from msbuild_go.modules import Modules
    from msbuild_go.packages import Packages

# Directories that go looks for no packages in.
_NO_PACKAGES = {"testdata", "vendor"}


@dataclass(frozen=True, slots=True)
class GeneratedCode:
    """Something that another stage puts beside the sources of a program.

    Attributes:
        name: the stage or service that makes it.
        directory: where it may put Go files.
        deep: whether in directories below, too.
    """

    name: str
    directory: str
    deep: bool

    def may_be_in(self, directory: str) -> bool:
        """Whether it may put Go files right into a directory."""
        if self.deep:
            return paths.is_below(directory, self.directory)
        return directory == self.directory


def generated_by(dependencies: Iterable[Dependency]) -> tuple[GeneratedCode, ...]:
    """What may be Go code of all that a service depends on."""
    return tuple(each for dependency in dependencies for each in _made(dependency))


def _made(dependency: Dependency) -> Iterator[GeneratedCode]:
    source = dependency.source.rstrip("/")
    destination = paths.normalize(dependency.destination)
    is_go = source.endswith(".go") or destination.endswith(".go")
    if is_go:
        yield GeneratedCode(dependency.name, posixpath.dirname(destination), deep=False)
    has_other_suffix = source != "." and "." in posixpath.basename(source)
    if not destination.endswith(".go") and (is_go or not has_other_suffix):
        yield GeneratedCode(dependency.name, destination, deep=not is_go)


def importable(
    made: Iterable[GeneratedCode], known: Collection[str], modules: Modules
) -> Iterator[tuple[str, str]]:
    """The directories of modules any package of which may be imported, each with why.

    Args:
        made: what other stages make.
        known: the directories of the packages that the program has or misses.
        modules: the modules that it is built with.
    """
    for each in made:
        place = next((directory for directory in known if each.may_be_in(directory)), None)
        if place is not None:
            reason = f"Go code that `{each.name}` makes in `{place or '.'}` may import any package"
            for module in modules.members:
                yield module.directory, reason
            if modules.vendored:
                yield modules.vendor, reason


def packages_below(
    directory: str, modules: Modules, packages: Packages, sources: Sources
) -> Iterator[str]:
    """The directories below one whose packages can be imported: no commands, no other module's.

    Args:
        directory: of a module, or that of vendored packages.
        modules: the modules of the program.
        packages: tells what is in a directory.
        sources: the source tree.
    """
    vendored = modules.vendored and directory == modules.vendor
    found = {posixpath.dirname(p) for p in sources.files(directory) if p.endswith(".go")}
    for each in sorted(found):
        parts = posixpath.relpath(each or ".", directory or ".").split("/")
        hidden = any(part in _NO_PACKAGES or part.startswith(("_", ".")) for part in parts)
        if (hidden and parts != ["."]) or not (vendored or module_of(each, sources) == directory):
            continue
        if packages.package(each, sources).names - {"main", ""}:
            yield each
