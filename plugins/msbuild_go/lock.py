"""The parts of ``go.mod``, ``go.sum`` and the like that affect a program."""

from __future__ import annotations

import hashlib
import posixpath
import re
from typing import TYPE_CHECKING

from msbuild_go.links import linked_modules
from msbuild_go.modules import ModFile, parse_mod_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild.plugin.api import Sources
    from msbuild_go.closure import Closure
    from msbuild_go.modules import Modules

# The directives that affect a program without other modules: the language version of its packages,
# and the module path and defaults that are recorded in it.
_LANGUAGE = ("module", "go", "toolchain", "godebug")
_RELEASE = re.compile(r"\d+\.\d+(?=$|\.\d+$)")
# Directives that have no effect if the installed toolchain is used.
_INSTALLED = frozenset({"toolchain"})


def lock_facts(
    closure: Closure, modules: Modules, sources: Sources, *, toolchain: bool = False
) -> dict[str, str]:
    """Facts about the lock files of a program, by path, which change only if the program may.

    A program depends on the modules that it links. The imports of third-party modules are known if
    they are vendored or listed in ``go.links``. Otherwise a program with third-party imports
    depends on everything that is locked, and one without on nothing.

    Args:
        closure: what the program is compiled from.
        modules: its modules.
        sources: the source tree.
        toolchain: whether the toolchain that a lock file names counts.
    """
    ignored = frozenset() if toolchain else _INSTALLED
    replaced = {each.directory for each in modules.members if each.replaces}
    hidden = bool(closure.third_party) and not modules.vendored
    linked = linked_modules(closure, modules, sources) if hidden else frozenset[str]()
    if linked is None or closure.unknown or closure.modules & replaced:
        return {path: _digest(path, sources, ignored) for path in _all_files(modules, sources)}
    own = {module.directory: module.file for module in modules.members if not module.replaces}
    facts = {
        posixpath.join(directory, "go.mod"): _language(own[directory], ignored)
        for directory in sorted(closure.modules)
    }
    if modules.work:
        facts[posixpath.join(modules.root, "go.work")] = _language(modules.work, ignored)
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


def _language(file: ModFile, ignored: frozenset[str]) -> str:
    said = (words for words in file.directives if words[0] in _LANGUAGE and words[0] not in ignored)
    return "; ".join(map(_said, said))


def _said(words: tuple[str, ...]) -> str:
    if words[0] == "go" and (release := _RELEASE.match("".join(words[1:]))):
        # the patch number requires a newer go, but doesn't change its output
        return f"go {release[0]}"
    return " ".join(words)


def _digest(path: str, sources: Sources, ignored: frozenset[str]) -> str:
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
        f"module {path}": "; ".join(dict.fromkeys(_facts(path, modules, sums)))
        for path in sorted(linked)
    }


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
