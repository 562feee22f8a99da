"""Finds the services that `discover:` describes: one for each directory that a glob matches."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import TYPE_CHECKING

from msbuild.workspace.config import formats
from msbuild.workspace.config.problems import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from msbuild.model import Location
    from msbuild.workspace.config.given import Given
    from msbuild.workspace.config.problems import Problems
    from msbuild.workspace.config.source_paths import SourcePaths

_MAGIC = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Found:
    """A directory that becomes a service.

    Attributes:
        template: the settings that the `discover:` entry has for all of its services.
        at: where the matching glob is.
    """

    path: str
    template: Given
    at: Location


def discover(given: Given, paths: SourcePaths, problems: Problems) -> Mapping[str, Found]:
    """The discovered services by name, ordered by entry and then by path.

    Args:
        given: the value of `discover:`.
        paths: the source tree.
        problems: receives globs that match nothing and duplicate names.
    """
    found: dict[str, Found] = {}
    foreign: dict[str, None] = {}
    for entry in given:
        glob = entry.get("glob")
        if glob is None:
            continue
        excluded = frozenset(
            path for pattern in entry.plain("exclude") or () for path in matches(pattern, paths)
        )
        template = entry.without("glob", "exclude")
        met: set[str] = set()
        directories = [p for p in matches(glob.value, paths, met) if not _is_below(p, excluded)]
        foreign |= dict.fromkeys(sorted(p for p in met if not _is_below(p, excluded)))
        if not directories:
            problems.add(
                glob.at,
                f"{shown(glob.value)} matches no directory",
                "hidden, ignored and excluded directories and symbolic links do not count",
            )
        else:
            _check_assets(template, directories, paths, problems)
        for path in directories:
            _add(found, Found(path, template, glob.at), problems)
    paths.warn_of_foreign(list(foreign))
    return found


def asset_paths(item: Given) -> tuple[str | None, str | None]:
    """An asset's source in the service's directory, and its destination; ``None`` if not given."""
    if isinstance(item.value, str):
        return item.value, None
    return item.plain("from"), item.plain("to")


def matches(glob: str, paths: SourcePaths, foreign: set[str] | None = None) -> list[str]:
    """The directories that a glob matches, sorted.

    Args:
        glob: the glob.
        paths: the source tree.
        foreign: receives the clones and work trees that git does not track and that a wildcard
            leads into; nothing inside them matches. If ``None``, they are like other directories.
    """
    parts = glob.split("/")
    # `a/**/**` is `a/**`
    parts = [
        p for p, before in zip(parts, ["", *parts], strict=False) if (p, before) != ("**",) * 2
    ]
    # a clone that the glob names literally is intended
    start = "/".join(takewhile(_MAGIC.isdisjoint, parts))
    if start and not paths.is_directory(start):
        return []
    rest = tuple(parts[start.count("/") + 1 :] if start else parts)
    return sorted(set(_walk(start, rest, paths, set(), foreign)) - {""})


def _walk(
    directory: str,
    parts: tuple[str, ...],
    paths: SourcePaths,
    seen: set[tuple[str, int]],
    foreign: set[str] | None,
) -> Iterator[str]:
    if not parts:
        yield directory
        return
    if (directory, len(parts)) in seen:
        return
    seen.add((directory, len(parts)))
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from _walk(directory, rest, paths, seen, foreign)
    for child in _children(directory, part, paths):
        following = parts if part == "**" else rest
        if foreign is not None and paths.is_foreign(child):
            if any(_walk(child, following, paths, set(), None)):
                foreign.add(child)
            continue
        yield from _walk(child, following, paths, seen, foreign)


def _children(directory: str, part: str, paths: SourcePaths) -> Iterator[str]:
    """The direct subdirectories that one component of a glob matches."""
    if _MAGIC.isdisjoint(part):
        child = posixpath.join(directory, part)
        if paths.is_directory(child):
            yield child
        return
    for child in paths.directories(directory):
        if part == "**" or fnmatchcase(posixpath.basename(child), part):
            yield child


def _is_below(path: str, directories: frozenset[str]) -> bool:
    while path:
        if path in directories:
            return True
        path = posixpath.dirname(path)
    return False


def _check_assets(
    template: Given, directories: list[str], paths: SourcePaths, problems: Problems
) -> None:
    """Add a problem for an asset that no directory has; that some lack it is fine."""
    for item in template.get("assets") or ():
        source, _ = asset_paths(item)
        if source and not any(paths.exists(posixpath.join(path, source)) for path in directories):
            problems.add(
                item.at,
                f"no matching directory contains {shown(source)}",
                "remove it, or check the spelling",
            )


def _add(found: dict[str, Found], new: Found, problems: Problems) -> None:
    name = posixpath.basename(new.path)
    if formats.NAME.complaint(name):
        problems.add(
            new.at,
            f"the name of the directory {shown(new.path)} is not a valid service name",
            f"{formats.NAME.hint}; or `exclude` it",
        )
    elif name in found and found[name].path == new.path:
        problems.add(
            new.at,
            f"the directory {shown(new.path)} is already matched in line {found[name].at.line}",
            "`exclude` it in one of the two places",
        )
    elif name in found:
        problems.add(
            new.at,
            f"{shown(found[name].path)} and {shown(new.path)} would both be service `{name}`",
            "`exclude` one of them and add it under `services:` with another name",
        )
    else:
        found[name] = new
