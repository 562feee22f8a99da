"""Go code that other stages generate: its imports are unknown, so it may import any package."""

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

# Directories in which go doesn't look for packages.
_NO_PACKAGES = {"testdata", "vendor"}


@dataclass(frozen=True, slots=True)
class GeneratedCode:
    """Files that another stage adds to the sources of a program.

    Attributes:
        name: the stage or service that generates them.
        directory: where Go files may be added.
        deep: whether also in directories below.
    """

    name: str
    directory: str
    deep: bool

    def may_be_in(self, directory: str) -> bool:
        """Whether Go files may be added directly to a directory."""
        if self.deep:
            return paths.is_below(directory, self.directory)
        return directory == self.directory


def generated_by(dependencies: Iterable[Dependency]) -> tuple[GeneratedCode, ...]:
    """The dependencies of a service that may be Go code."""
    return tuple(each for dependency in dependencies for each in _generated(dependency))


def _generated(dependency: Dependency) -> Iterator[GeneratedCode]:
    source = dependency.source.rstrip("/")
    destination = paths.normalize(dependency.destination)
    is_go = source.endswith(".go") or destination.endswith(".go")
    if is_go:
        yield GeneratedCode(dependency.name, posixpath.dirname(destination), deep=False)
    has_other_suffix = source != "." and "." in posixpath.basename(source)
    if not destination.endswith(".go") and (is_go or not has_other_suffix):
        yield GeneratedCode(dependency.name, destination, deep=not is_go)


def importable(
    generated: Iterable[GeneratedCode], known: Collection[str], modules: Modules
) -> Iterator[tuple[str, str]]:
    """The directories of modules whose packages generated code may import, each with the reason.

    Args:
        generated: what other stages generate.
        known: the directories of the program's packages, existing or missing.
        modules: the program's modules.
    """
    for each in generated:
        place = next((directory for directory in known if each.may_be_in(directory)), None)
        if place is not None:
            reason = (
                f"Go code that `{each.name}` generates in `{place or '.'}` may import any package"
            )
            for module in modules.members:
                yield module.directory, reason
            if modules.vendored:
                yield modules.vendor, reason


def packages_below(
    directory: str, modules: Modules, packages: Packages, sources: Sources
) -> Iterator[str]:
    """The directories of importable packages below one, without commands and nested modules.

    Args:
        directory: the directory of a module or of vendored packages.
        modules: the modules of the program.
        packages: finds the package in a directory.
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
