"""The contents of packages, the packages of import paths, and ``//go:embed`` patterns."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from msbuild.plugin.api import paths, remembered
from msbuild_go.c_files import C_SUFFIXES, PLAIN_SUFFIXES
from msbuild_go.scan import constraint_of, scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from msbuild.plugin.api import Sources
    from msbuild_go.constraints import Tags
    from msbuild_go.modules import Modules
    from msbuild_go.scan import GoFile

_PIECE = re.compile(r"\\(.)|(\*)|(\?)|\[(\^?)((?:\\.|[^\]\\])+)\]|(.)", re.DOTALL)
# Characters with a special meaning in Python's sets, now or in future.
_SET_OPERATORS = re.compile(r"[\[&~|]")
_ALL = "all:"


class Origin(Enum):
    """Where the package of an import path comes from."""

    TREE = "tree"
    THIRD_PARTY = "third party"
    STANDARD = "standard library"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The package that an import path refers to.

    Attributes:
        directory: the directory of the package, if it is in the tree.
        module: the directory of its module, if that is in the tree.
    """

    origin: Origin
    directory: str | None = None
    module: str | None = None


class Packages:
    """The packages that programs with the same modules and tags are compiled from.

    Stored as long as the source tree exists, so it must not refer to the tree.
    """

    def __init__(self, modules: Modules, tags: Tags) -> None:
        self._modules = modules
        self._tags = tags
        self._required = frozenset(
            name for module in modules.members for name in module.file.requires
        )

    def package(self, directory: str, sources: Sources) -> Package:
        """The package in a directory."""
        question = (id(self), "package", directory)
        return remembered(sources, question, lambda: package_in(directory, self._tags, sources))

    def meaning(self, path: str, sources: Sources) -> Meaning:
        """The package that an import path refers to."""
        question = (id(self), "meaning", path)
        return remembered(sources, question, lambda: self._find(path, sources))

    def _find(self, path: str, sources: Sources) -> Meaning:
        modules = self._modules
        if found := modules.find(path, sources):
            module, directory = found
            return Meaning(Origin.TREE, directory, module.directory)
        vendored = posixpath.join(modules.vendor, path)
        if modules.vendored and sources.names(vendored):
            return Meaning(Origin.THIRD_PARTY, vendored)
        if not modules.vendored and not self._required.isdisjoint(paths.ancestors(path)):
            return Meaning(Origin.THIRD_PARTY)
        return Meaning(Origin.STANDARD if modules.is_standard(path) else Origin.UNKNOWN)


def packages_of(modules: Modules, tags: Tags, sources: Sources) -> Packages:
    """The packages of modules, with the files that tags select."""
    # modules are cached with the tree, so their id is unique
    question = (id(modules), tags)
    return remembered(sources, question, lambda: Packages(modules, tags))


@dataclass(frozen=True, slots=True)
class Package:
    """The part of a package that a build may use.

    Attributes:
        names: the package names in its files.
        files: the Go files.
        preambles: those with cgo, each with the C code.
        imports: every import path, with the first file and line that has it.
        embeds: the embedded files, each with the file and line that names it.
        ignored: the same for files that would be embedded if ignore rules did not exclude them.
        others: assembly, C and object files.
    """

    names: frozenset[str]
    files: tuple[str, ...]
    preambles: tuple[tuple[str, str], ...]
    imports: Mapping[str, str]
    embeds: Mapping[str, str]
    ignored: Mapping[str, str]
    others: tuple[str, ...]


def package_in(directory: str, tags: Tags, sources: Sources) -> Package:
    """The package in a directory; without files if there is none."""
    files = dict(_go_files(directory, tags, sources))
    imports: dict[str, str] = {}
    embeds: dict[str, str] = {}
    ignored: dict[str, str] = {}
    for path, file in files.items():
        for mention in file.imports:
            imports.setdefault(mention.text, f"{path}:{mention.line}")
        for mention in file.embeds:
            for embedded_path in embedded(directory, mention.text, sources):
                embeds.setdefault(embedded_path, f"{path}:{mention.line}")
            for embedded_path in embedded_ignored(directory, mention.text, sources):
                ignored.setdefault(embedded_path, f"{path}:{mention.line}")
    return Package(
        names=frozenset(file.package for file in files.values()),
        files=tuple(files),
        preambles=tuple((path, file.preamble) for path, file in files.items() if file.uses_c),
        imports=imports,
        embeds=embeds,
        ignored=ignored,
        others=tuple(_other_files(directory, tags, sources)),
    )


def _go_files(directory: str, tags: Tags, sources: Sources) -> Iterator[tuple[str, GoFile]]:
    for name in sources.names(directory):
        is_test = name.endswith("_test.go")
        if not name.endswith(".go") or is_test or tags.includes(name, None) is False:
            continue
        path = posixpath.join(directory, name)
        file = sources.scan(path, scan)
        without_c = file.uses_c and tags.cgo is False
        if not without_c and tags.includes(name, file.constraint) is not False:
            yield path, file


def _other_files(directory: str, tags: Tags, sources: Sources) -> Iterator[str]:
    suffixes = PLAIN_SUFFIXES if tags.cgo is False else C_SUFFIXES
    for name in sources.names(directory):
        if not name.endswith(suffixes) or tags.includes(name, None) is False:
            continue
        path = posixpath.join(directory, name)
        constraint = None if name.endswith(".syso") else sources.scan(path, constraint_of)
        if tags.includes(name, constraint) is not False:
            yield path


def embedded(directory: str, pattern: str, sources: Sources) -> Iterator[str]:
    """The files that a pattern embeds into the package in ``directory``.

    A pattern matches files, or directories with their content. Of the content, names with a leading
    dot or underscore are excluded unless the pattern starts with ``all:``; other Go modules always.
    """
    top = _search_root(directory, pattern)
    candidates = (top,) if paths.is_file(top, sources) else sources.files(top)
    yield from _matching(directory, pattern, candidates)


def embedded_ignored(directory: str, pattern: str, sources: Sources) -> Iterator[str]:
    """The files that a pattern would embed if ignore rules did not exclude them."""
    top = _search_root(directory, pattern)
    # an ignored directory doesn't exist in the tree
    ignored = sources.ignored(top if sources.exists(top) else directory)
    yield from _matching(directory, pattern, ignored)


def _search_root(directory: str, pattern: str) -> str:
    """The file or directory that contains everything a pattern matches."""
    return posixpath.join(directory, *_fixed_parts(_parts(pattern)))


def _parts(pattern: str) -> list[str]:
    return pattern.removeprefix(_ALL).strip("/").split("/")


def _matching(directory: str, pattern: str, candidates: tuple[str, ...]) -> Iterator[str]:
    hidden = pattern.startswith(_ALL)
    parts = _parts(pattern)
    modules = {f"{posixpath.dirname(path)}/" for path in candidates if _is_module(path)}
    modules.discard(f"{directory}/" if directory else "/")
    expressions = [_expression(part) for part in parts]
    for path in candidates:
        names = path.removeprefix(f"{directory}/" if directory else "").split("/")
        below = names[len(parts) :]
        if len(names) < len(parts) or path.startswith(tuple(modules)):
            continue
        if not hidden and any(name.startswith((".", "_")) for name in below):
            continue
        if all(
            expression.fullmatch(name) for expression, name in zip(expressions, names, strict=False)
        ):
            yield path


def _fixed_parts(parts: list[str]) -> list[str]:
    """The leading parts without wildcards."""
    for index, part in enumerate(parts):
        if any(wildcard in part for wildcard in "*?[\\"):
            return parts[:index]
    return parts


def _is_module(path: str) -> bool:
    return posixpath.basename(path) == "go.mod"


@lru_cache(maxsize=1024)
def _expression(part: str) -> re.Pattern[str]:
    """One part of a pattern as Go's ``path.Match`` reads it."""
    try:
        return re.compile("".join(map(_translated, _PIECE.finditer(part))), re.DOTALL)
    except re.error:
        # Go refuses it, or it matches nothing; extra files do no harm
        return re.compile(".*", re.DOTALL)


def _translated(piece: re.Match[str]) -> str:
    escaped, star, question, negated, members, plain = piece.groups()
    if members:
        return f"[{negated}{_SET_OPERATORS.sub(_escape, members)}]"
    if star:
        return ".*"
    return "." if question else re.escape(escaped or plain)


def _escape(match: re.Match[str]) -> str:
    return f"\\{match[0]}"
