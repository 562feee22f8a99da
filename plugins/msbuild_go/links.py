"""``go.links``: which third-party packages import which, so that a lock file counts in part.

That is written in sources which are not in the tree. ``msbuild lock`` asks go for it once, and the
answer is committed beside ``go.mod``; it holds for the lock files it was made of and no others.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import Generated, remembered
from msbuild_go.flags import MODULE_FLAGS
from msbuild_go.modules import parse_mod_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from msbuild.plugin.api import Sources
    from msbuild_go.closure import Closure
    from msbuild_go.modules import Module, Modules
    from msbuild_go.settings import Program

NAME = "go.links"
# Since then a `go.mod` names every module that a program of it links.
_COMPLETE = 17
_OF = "# of "
# What an import path begins with, and a mark of a merge does not.
_NAME = re.compile(r"[\w.~-]*\w")
# What stands for no version in a `require` whose module is replaced.
_NO_VERSION = "v0.0.0"
_FORMAT = (
    "{{with .Module}}{{if not .Main}}{{$.ImportPath}} {{.Path}}"
    "{{range $.Imports}} {{.}}{{end}}{{end}}{{end}}"
)
_LIST = ("go", "list", "-e", "-deps")
# What a package imports may differ between them, so all are asked.
_PLATFORMS = tuple(
    (("CGO_ENABLED", cgo), ("GOARCH", arch), ("GOOS", "linux"))
    for arch in ("amd64", "arm64")
    for cgo in ("0", "1")
)


def generated(
    modules: Modules, programs: Iterable[tuple[Program, Closure]], sources: Sources
) -> Generated | None:
    """How ``go.links`` is made; nothing where no program needs it."""
    packages: set[str] = set()
    choices: set[tuple[str, ...]] = set()
    for program, closure in programs:
        packages |= closure.third_party
        named = ((name, program.flags.value(name)) for name in MODULE_FLAGS)
        more = (f"-{name}={value}" for name, value in named if value)
        choices.add((f"-tags={','.join(program.tags)}", *more))
    if not packages or modules.vendored or modules.release < _COMPLETE:
        return None
    return Generated(
        path=posixpath.join(modules.root, NAME),
        directory=modules.root,
        commands=tuple(
            (*_LIST, *flags, "-f", _FORMAT, *sorted(packages)) for flags in sorted(choices)
        ),
        environments=_PLATFORMS,
        head=f"{_OF}{_digest(modules, sources)}",
    )


@dataclass(frozen=True, slots=True)
class Links:
    """What ``go.links`` says.

    Attributes:
        packages: of every package, the modules that have it and what it imports.
        holds: whether it was made of the lock files that there are.
        broken: whether there are lines in it that say nothing, as a merge leaves them.
    """

    packages: Mapping[str, tuple[frozenset[str], frozenset[str]]]
    holds: bool
    broken: bool = False


_NONE = Links({}, holds=False)


def links_of(modules: Modules, sources: Sources) -> Links:
    """What ``go.links`` says of the modules, whether it still holds or not."""
    # modules are remembered themselves, so no others ever have their id
    return remembered(sources, id(modules), lambda: _read(modules, sources))


def broken_links(modules: Modules, sources: Sources) -> Iterator[str]:
    """A warning, if ``go.links`` cannot be read."""
    if links_of(modules, sources).broken:
        path = posixpath.join(modules.root, NAME)
        yield f"`{path}` has lines of no meaning, and counts for nothing: run `msbuild lock`"


def linked_modules(closure: Closure, modules: Modules, sources: Sources) -> frozenset[str] | None:
    """The modules whose packages a program links; nothing where that is not known."""
    links = links_of(modules, sources)
    if not links.holds:
        return None
    found: set[str] = set()
    for package in _reached(closure.third_party, links):
        if package in links.packages:
            found |= links.packages[package][0]
        # packages of the tree are followed themselves
        elif "." in package.partition("/")[0] and modules.find(package, sources) is None:
            return None
    return frozenset(found)


def imports_tree(modules: Modules, sources: Sources) -> Mapping[str, frozenset[str]]:
    """The packages of the tree that third-party packages import, themselves or through others."""
    return remembered(sources, (id(modules), "back"), lambda: _imports_tree(modules, sources))


def _imports_tree(modules: Modules, sources: Sources) -> Mapping[str, frozenset[str]]:
    links = links_of(modules, sources)
    direct = {
        package: {name for name in imports if modules.find(name, sources)}
        for package, (_, imports) in links.packages.items()
    }
    if not any(direct.values()):
        return {}
    return {
        package: frozenset(
            name for each in _reached([package], links) for name in direct.get(each, ())
        )
        for package in links.packages
    }


def importable_back(
    packages: Collection[str], modules: Modules, sources: Sources
) -> Iterator[tuple[str, str]]:
    """The modules of the tree that third-party packages may import, where ``go.links`` is no help.

    Go reads that in the sources of those packages. A module of the tree that is required in a
    version which is not the stand-in's own is required by others, too; so is one that the tree
    itself does not import. Of a module that nobody says so of, nothing is known: if third-party
    code imports it, the build fails and names the package.

    Args:
        packages: the third-party packages that the tree imports.
        modules: the modules of the tree.
        sources: the source tree.

    Returns:
        Their directories, each with why.
    """
    links = links_of(modules, sources)
    if links.holds and links.packages.keys() >= set(packages):
        return
    stale = {name for _, imports in links.packages.values() for name in imports}
    for module in modules.members:
        if module.path and any(module.package(name) is not None for name in stale):
            yield (
                module.directory,
                f"third-party packages imported `{module.path}`, says an old {NAME}",
            )
        elif _is_required_by_others(module, modules):
            yield module.directory, f"third-party packages may import `{module.path}`"


def _is_required_by_others(module: Module, modules: Modules) -> bool:
    for other in modules.members:
        if module.path in other.file.indirect:
            return True
        versions = other.file.versions(module.path) if module.replaces else ()
        if any(not version.startswith(_NO_VERSION) for version in versions):
            return True
    return False


def _read(modules: Modules, sources: Sources) -> Links:
    path = posixpath.join(modules.root, NAME)
    if modules.release < _COMPLETE or not sources.exists(path):
        return _NONE
    lines = [line for line in sources.read(path).splitlines() if line.strip()]
    known: dict[str, tuple[set[str], set[str]]] = {}
    broken = False
    for line in lines:
        package, *rest = line.split()
        if package.startswith("#"):
            continue
        if not rest or not _NAME.match(package):
            broken = True
            continue
        found, wanted = known.setdefault(package, (set(), set()))
        found.add(rest[0])
        wanted.update(rest[1:])
    packages = {each: (frozenset(m), frozenset(i)) for each, (m, i) in known.items()}
    holds = not broken and f"{_OF}{_digest(modules, sources)}" in lines
    return Links(packages, holds, broken)


def _reached(start: Iterable[str], links: Links) -> set[str]:
    """Packages, and what they import through others that are known."""
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        package = waiting.pop()
        if package not in seen:
            seen.add(package)
            waiting.extend(links.packages.get(package, ((), ()))[1])
    return seen


def _digest(modules: Modules, sources: Sources) -> str:
    """A hash of what the lock files say of versions.

    Sums do not choose any, and go adds some to ``go.work.sum`` while it lists what is linked.
    """
    meaning = hashlib.sha256()
    for path in modules.lock_files(sources):
        if path.endswith(".sum"):
            continue
        text = repr(parse_mod_file(sources.read(path)).directives)
        meaning.update(f"{path.removeprefix(modules.root)}\0{text}\0".encode())
    return meaning.hexdigest()
