"""``go.links``: which third-party packages import which, so that a lock file counts in part.

That is written in sources which are not in the tree. ``msbuild lock`` asks go for it once, and the
answer is committed beside ``go.mod``; it holds for the lock files it was made of and no others.
"""

from __future__ import annotations

import hashlib
import posixpath
from typing import TYPE_CHECKING

from msbuild.plugin_api import Generated
from msbuild_go.gomod import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild.plugin_api import Sources
    from msbuild_go.closure import Closure
    from msbuild_go.modules import Modules
    from msbuild_go.settings import Program

NAME = "go.links"
# Since then a `go.mod` names every module that a program of it links.
_COMPLETE = 17
_OF = "# of "
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
        choices.add(program.tags)
    if not packages or modules.vendored or modules.release < _COMPLETE:
        return None
    return Generated(
        path=posixpath.join(modules.root, NAME),
        directory=modules.root,
        commands=tuple(
            (*_LIST, f"-tags={','.join(tags)}", "-f", _FORMAT, *sorted(packages))
            for tags in sorted(choices)
        ),
        environments=_PLATFORMS,
        head=f"{_OF}{_digest(modules, sources)}",
    )


def linked_modules(closure: Closure, modules: Modules, sources: Sources) -> frozenset[str] | None:
    """The modules whose packages a program links; nothing where that is not known."""
    path = posixpath.join(modules.root, NAME)
    if modules.release < _COMPLETE or not sources.exists(path):
        return None
    lines = sources.read(path).splitlines()
    if f"{_OF}{_digest(modules, sources)}" not in lines:
        return None
    known: dict[str, tuple[set[str], set[str]]] = {}
    for line in lines:
        if not line.startswith("#") and line:
            package, module, *imports = line.split()
            found, wanted = known.setdefault(package, (set(), set()))
            found.add(module)
            wanted.update(imports)
    return _reached(closure.third_party, known)


def module_facts(linked: Iterable[str], modules: Modules, sources: Sources) -> dict[str, str]:
    """The version, the checksums and the stand-ins of modules, by path."""
    sums = [
        line
        for member in modules.members
        if not member.replaces
        for line in _lines(posixpath.join(member.directory, "go.sum"), sources)
    ]
    if modules.work:
        sums += _lines(posixpath.join(modules.root, "go.work.sum"), sources)
    return {
        f"module {path}": "; ".join(dict.fromkeys(_facts(path, modules, sums)))
        for path in sorted(linked)
    }


def _reached(
    start: Iterable[str], known: Mapping[str, tuple[set[str], set[str]]]
) -> frozenset[str] | None:
    modules: set[str] = set()
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        package = waiting.pop()
        if package in seen:
            continue
        seen.add(package)
        if package in known:
            modules |= known[package][0]
            waiting.extend(known[package][1])
        elif "." in package.partition("/")[0]:
            return None
    return frozenset(modules)


def _facts(path: str, modules: Modules, sums: Iterable[str]) -> Iterator[str]:
    files = [*([modules.work] if modules.work else []), *(each.file for each in modules.members)]
    versions: set[str] = set()
    for file in files:
        versions |= file.versions(path)
        for words in file.directives:
            if words[:2] == ("replace", path):
                yield " ".join(words)
                versions.update(words[3:])
    yield from sorted(versions)
    names = {path, *(each.target for f in files for each in f.replacements if each.module == path)}
    for line in sorted(set(sums)):
        module, version, *_ = (*line.split(), "", "")
        if module in names and version.removesuffix("/go.mod") in versions:
            yield line


def _lines(path: str, sources: Sources) -> list[str]:
    return sources.read(path).splitlines() if sources.exists(path) else []


def _digest(modules: Modules, sources: Sources) -> str:
    """A hash of what the lock files say of versions.

    Sums do not choose any, and go adds some to ``go.work.sum`` while it lists what is linked.
    """
    meaning = hashlib.sha256()
    for path in modules.lock_files(sources):
        if path.endswith(".sum"):
            continue
        text = repr(parse(sources.read(path)).directives)
        meaning.update(f"{path.removeprefix(modules.root)}\0{text}\0".encode())
    return meaning.hexdigest()
