"""The parts of lock files that affect a program: ``go.mod``, ``go.sum``, ``go.links`` and others.

A program depends on the modules that it links. What third-party packages import is in sources
outside of the tree: ``msbuild lock`` has go list it in ``go.links``, which is committed next to
``go.mod`` and valid only for the lock files that it was generated from.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import Generated, remembered
from msbuild_go.flags import MODULE_FLAGS
from msbuild_go.modules import ModFile, parse_mod_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from msbuild.plugin.api import Sources
    from msbuild_go.closure import Closure, External
    from msbuild_go.modules import Module, Modules
    from msbuild_go.settings import Program

# The directives that affect a program without other modules: the language version of its packages,
# and the module path and defaults that are recorded in it.
_LANGUAGE = ("module", "go", "toolchain", "godebug")
_RELEASE = re.compile(r"\d+\.\d+(?=$|\.\d+$)")
# Directives that have no effect if the installed toolchain is used.
_INSTALLED = frozenset({"toolchain"})

NAME = "go.links"
# From this release on a `go.mod` names every module that its programs link.
_COMPLETE = 17
_OF = "# of "
# The start of an import path, unlike that of a merge conflict marker.
_NAME = re.compile(r"[\w.~-]*\w")
# The placeholder version in a `require` whose module is replaced.
_NO_VERSION = "v0.0.0"
_FORMAT = (
    "{{with .Module}}{{if not .Main}}{{$.ImportPath}} {{.Path}}"
    "{{range $.Imports}} {{.}}{{end}}{{end}}{{end}}"
)
_LIST = ("go", "list", "-e", "-deps")
# Imports of a package may differ between them, so go lists them all.
_PLATFORMS = tuple(
    (("CGO_ENABLED", cgo), ("GOARCH", arch), ("GOOS", "linux"))
    for arch in ("amd64", "arm64")
    for cgo in ("0", "1")
)


def lock_facts(
    closure: Closure, modules: Modules, sources: Sources, *, toolchain: bool = False
) -> dict[str, str]:
    """Facts about the lock files of a program, by path, which change only if the program may.

    A program depends on the modules that it links. The imports of third-party modules are known if
    they are vendored or listed in ``go.links``. Otherwise a program with third-party imports
    depends on everything that is locked, and one without on nothing.

    Args:
        closure: the closure of the program.
        modules: its modules.
        sources: the source tree.
        toolchain: whether the toolchain that a lock file names is used.
    """
    ignored = frozenset() if toolchain else _INSTALLED
    replaced = {module.directory for module in modules.members if module.replaces}
    hidden = bool(closure.third_party) and not modules.vendored
    linked = _linked_modules(closure, modules, sources) if hidden else frozenset[str]()
    if linked is None or closure.unknown or closure.modules & replaced:
        return {
            path: _meaning_digest(path, sources, ignored) for path in _all_files(modules, sources)
        }
    own = {module.directory: module.file for module in modules.members if not module.replaces}
    facts = {
        posixpath.join(directory, "go.mod"): _language_fact(own[directory], ignored)
        for directory in sorted(closure.modules)
    }
    if modules.work:
        facts[posixpath.join(modules.root, "go.work")] = _language_fact(modules.work, ignored)
    if modules.vendored:
        facts.update(_vendored(closure.third_party, modules, sources))
    return {**facts, **module_facts(linked, modules, sources)}


def _vendored(
    packages: frozenset[str], modules: Modules, sources: Sources
) -> Iterator[tuple[str, str]]:
    """The vendored modules that contain the packages: version, replacement, language."""
    header = details = ""
    for line in _lines(posixpath.join(modules.vendor, "modules.txt"), sources):
        if line.startswith("## "):
            details = line.removeprefix("## ")
        elif line.startswith("# "):
            header, details = line.removeprefix("# "), ""
        elif line in packages:
            module, _, version = header.partition(" ")
            yield f"vendored {module}", "; ".join(filter(None, (version, details)))


def _all_files(modules: Modules, sources: Sources) -> Iterator[str]:
    yield from modules.lock_files(sources)
    if modules.vendored and sources.exists(path := posixpath.join(modules.vendor, "modules.txt")):
        yield path


def _language_fact(file: ModFile, ignored: frozenset[str]) -> str:
    directives = (
        words for words in file.directives if words[0] in _LANGUAGE and words[0] not in ignored
    )
    return "; ".join(map(_as_fact, directives))


def _as_fact(words: tuple[str, ...]) -> str:
    if words[0] == "go" and (release := _RELEASE.match("".join(words[1:]))):
        # the patch number requires a newer go, but doesn't change its output
        return f"go {release[0]}"
    return " ".join(words)


def _meaning_digest(path: str, sources: Sources, ignored: frozenset[str]) -> str:
    """A hash of a file's meaning, without comments of ``go.mod`` and ``go.work``."""
    text = sources.read(path)
    if path.endswith((".mod", ".work")):
        text = repr(
            tuple(words for words in parse_mod_file(text).directives if words[0] not in ignored)
        )
    return hashlib.sha256(text.encode()).hexdigest()


def module_facts(linked: Iterable[str], modules: Modules, sources: Sources) -> dict[str, str]:
    """The version, checksums and replacements of modules, by path."""
    sums = [
        line
        for member in modules.members
        if not member.replaces
        for line in _lines(posixpath.join(member.directory, "go.sum"), sources)
    ]
    if modules.work:
        sums += _lines(posixpath.join(modules.root, "go.work.sum"), sources)
    return {
        f"module {path}": "; ".join(dict.fromkeys(_details(path, modules, sums)))
        for path in sorted(linked)
    }


def _details(path: str, modules: Modules, sums: Iterable[str]) -> Iterator[str]:
    members = (module.file for module in modules.members)
    files = [modules.work, *members] if modules.work else [*members]
    versions: set[str] = set()
    for file in files:
        versions |= file.versions(path)
        for words in file.directives:
            if words[:2] == ("replace", path):
                yield " ".join(words)
                versions.update(words[3:])
    yield from sorted(versions)
    replacements = (replacement for file in files for replacement in file.replacements)
    names = {path, *(each.target for each in replacements if each.module == path)}
    for line in sorted(set(sums)):
        module, version, *_ = (*line.split(), "", "")
        if module in names and version.removesuffix("/go.mod") in versions:
            yield line


def _lines(path: str, sources: Sources) -> list[str]:
    return sources.read(path).splitlines() if sources.exists(path) else []


def generated_links(
    modules: Modules, program: Program, programs: Collection[External], sources: Sources
) -> Generated | None:
    """How to generate ``go.links``; ``None`` if no program needs it."""
    packages: set[str] = set().union(*(each.third_party for each in programs))
    named = ((name, program.flags.value(name)) for name in MODULE_FLAGS)
    more = tuple(f"-{name}={value}" for name, value in named if value)
    choices = {(f"-tags={','.join(each.tags)}", *more) for each in programs}
    if not packages or modules.vendored or modules.release < _COMPLETE:
        return None
    return Generated(
        path=posixpath.join(modules.root, NAME),
        directory=modules.root,
        commands=tuple(
            (*_LIST, *flags, "-f", _FORMAT, *sorted(packages)) for flags in sorted(choices)
        ),
        environments=_PLATFORMS,
        head=f"{_OF}{_versions_digest(modules, sources)}",
    )


@dataclass(frozen=True, slots=True)
class Links:
    """The content of ``go.links``.

    Attributes:
        packages: for every package, the modules that contain it and its imports.
        valid: whether it was generated from the current lock files.
        broken: whether it has invalid lines, such as merge conflict markers.
    """

    packages: Mapping[str, tuple[frozenset[str], frozenset[str]]]
    valid: bool
    broken: bool = False


_NONE = Links({}, valid=False)


def links_of(modules: Modules, sources: Sources) -> Links:
    """The ``go.links`` of modules, whether still valid or not."""
    # modules are cached with the tree, so their id is unique
    return remembered(sources, id(modules), lambda: _read(modules, sources))


def broken_links(modules: Modules, sources: Sources) -> Iterator[str]:
    """A warning, if ``go.links`` cannot be read."""
    if links_of(modules, sources).broken:
        path = posixpath.join(modules.root, NAME)
        yield f"`{path}` has invalid lines and is ignored: run `msbuild lock`"


def _linked_modules(closure: Closure, modules: Modules, sources: Sources) -> frozenset[str] | None:
    """The modules whose packages a program links; ``None`` if unknown."""
    links = links_of(modules, sources)
    if not links.valid:
        return None
    linked: set[str] = set()
    for package in _reachable(closure.third_party, links):
        if package in links.packages:
            linked |= links.packages[package][0]
        # packages of the tree are followed by the closure
        elif "." in package.partition("/")[0] and modules.find(package, sources) is None:
            return None
    return frozenset(linked)


def imports_tree(modules: Modules, sources: Sources) -> Mapping[str, frozenset[str]]:
    """The packages of the tree that third-party packages import, directly or not."""
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
            name for reached in _reachable([package], links) for name in direct.get(reached, ())
        )
        for package in links.packages
    }


def importable_back(
    packages: Collection[str], modules: Modules, sources: Sources
) -> Iterator[tuple[str, str]]:
    """The modules of the tree that third-party packages may import, without a valid ``go.links``.

    Their imports are in sources outside of the tree. A module of the tree that is required with a
    real version, not the placeholder of a replacement, is required by third-party modules, too; so
    is one marked ``// indirect``. Other modules are assumed not to be: if third-party code imports
    one nevertheless, the build fails and names the package.

    Args:
        packages: the third-party packages that the tree imports.
        modules: the modules of the tree.
        sources: the source tree.

    Returns:
        Their directories, each with the reason.
    """
    links = links_of(modules, sources)
    if links.valid and links.packages.keys() >= set(packages):
        return
    stale = {name for _, imports in links.packages.values() for name in imports}
    for module in modules.members:
        if module.path and any(module.package(name) is not None for name in stale):
            yield (
                module.directory,
                f"third-party packages imported `{module.path}`, according to an outdated {NAME}",
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
        package, *names = line.split()
        if package.startswith("#"):
            continue
        if not names or not _NAME.match(package):
            broken = True
            continue
        owners, imports = known.setdefault(package, (set(), set()))
        owners.add(names[0])
        imports.update(names[1:])
    packages = {
        name: (frozenset(owners), frozenset(imports)) for name, (owners, imports) in known.items()
    }
    valid = not broken and f"{_OF}{_versions_digest(modules, sources)}" in lines
    return Links(packages, valid, broken)


def _reachable(start: Iterable[str], links: Links) -> set[str]:
    """Packages and their known imports, direct or not."""
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        package = waiting.pop()
        if package not in seen:
            seen.add(package)
            waiting.extend(links.packages.get(package, ((), ()))[1])
    return seen


def _versions_digest(modules: Modules, sources: Sources) -> str:
    """A hash of the versions in the lock files.

    Checksums don't select versions, and go adds some to ``go.work.sum`` while it lists imports.
    """
    meaning = hashlib.sha256()
    for path in modules.lock_files(sources):
        if path.endswith(".sum"):
            continue
        text = repr(parse_mod_file(sources.read(path)).directives)
        meaning.update(f"{path.removeprefix(modules.root)}\0{text}\0".encode())
    return meaning.hexdigest()
