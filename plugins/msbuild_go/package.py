"""What a directory gives to a build as a package: its files, and what those import and embed."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild_go.c_files import C_SUFFIXES, PLAIN_SUFFIXES
from msbuild_go.embeds import embedded, lost
from msbuild_go.scan import constraint_of, scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from msbuild.plugin.api import Sources
    from msbuild_go.constraints import Tags
    from msbuild_go.scan import GoFile


@dataclass(frozen=True, slots=True)
class Package:
    """A package, as far as a build may take it.

    Attributes:
        names: what its files call it.
        files: the Go files.
        preambles: those that hold C, each with the C.
        imports: every import path once, with the file and line that has it first.
        embeds: the embedded files, each with the file and line that names it.
        lost: files that ignore rules keep from being embedded, in the same way.
        others: assembly, C and object files.
    """

    names: frozenset[str]
    files: tuple[str, ...]
    preambles: tuple[tuple[str, str], ...]
    imports: Mapping[str, str]
    embeds: Mapping[str, str]
    lost: Mapping[str, str]
    others: tuple[str, ...]


def package_in(directory: str, tags: Tags, sources: Sources) -> Package:
    """The package in a directory; one without files where there is none."""
    files = dict(_go_files(directory, tags, sources))
    imports: dict[str, str] = {}
    embeds: dict[str, str] = {}
    ignored: dict[str, str] = {}
    for path, file in files.items():
        for mention in file.imports:
            imports.setdefault(mention.text, f"{path}:{mention.line}")
        for mention in file.embeds:
            for each in embedded(directory, mention.text, sources):
                embeds.setdefault(each, f"{path}:{mention.line}")
            for each in lost(directory, mention.text, sources):
                ignored.setdefault(each, f"{path}:{mention.line}")
    return Package(
        names=frozenset(file.package for file in files.values()),
        files=tuple(files),
        preambles=tuple((path, file.preamble) for path, file in files.items() if file.uses_c),
        imports=imports,
        embeds=embeds,
        lost=ignored,
        others=tuple(_others(directory, tags, sources)),
    )


def _go_files(directory: str, tags: Tags, sources: Sources) -> Iterator[tuple[str, GoFile]]:
    for name in sources.names(directory):
        is_test = name.endswith("_test.go")
        if not name.endswith(".go") or is_test or tags.takes(name, None) is False:
            continue
        path = posixpath.join(directory, name)
        file = sources.scan(path, scan)
        without_c = file.uses_c and tags.cgo is False
        if not without_c and tags.takes(name, file.constraint) is not False:
            yield path, file


def _others(directory: str, tags: Tags, sources: Sources) -> Iterator[str]:
    suffixes = PLAIN_SUFFIXES if tags.cgo is False else C_SUFFIXES
    for name in sources.names(directory):
        if not name.endswith(suffixes) or tags.takes(name, None) is False:
            continue
        path = posixpath.join(directory, name)
        constraint = None if name.endswith(".syso") else sources.scan(path, constraint_of)
        if tags.takes(name, constraint) is not False:
            yield path
