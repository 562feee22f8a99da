"""Finds the services that `discover:` describes: one for every directory a glob matches."""

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
        template: what the entry of `discover:` says for all of its services.
        at: the glob that matched.
    """

    path: str
    template: Given
    at: Location


def discover(given: Given, paths: SourcePaths, problems: Problems) -> Mapping[str, Found]:
    """Every service that is found, by name, in the order of the entries and of the paths.

    Args:
        given: what stands under `discover:`.
        paths: the source tree.
        problems: where globs that match nothing and names that come twice are noted.
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
                "hidden and ignored directories, links and what `exclude` says are left out",
            )
        else:
            _check_assets(template, directories, paths, problems)
        for path in directories:
            _add(found, Found(path, template, glob.at), problems)
    paths.warn_of_foreign(list(foreign))
    return found


def asset_paths(item: Given) -> tuple[str | None, str | None]:
    """Where an asset is in a service's directory, if that is not wrong; where it goes, if said."""
    if isinstance(item.value, str):
        return item.value, None
    return item.plain("from"), item.plain("to")


def matches(glob: str, paths: SourcePaths, foreign: set[str] | None = None) -> list[str]:
    """The directories that a glob matches, sorted.

    Args:
        glob: the glob.
        paths: the source tree.
        foreign: where clones and work trees that git does not track are noted, if a wildcard leads
            into them; what is in them is no match then. For none of it they are like others.
    """
    parts = glob.split("/")
    # `a/**/**` is `a/**`
    parts = [
        p for p, before in zip(parts, ["", *parts], strict=False) if (p, before) != ("**",) * 2
    ]
    # a clone that the glob names itself is meant
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
    """The directories right in one that a part of a glob matches."""
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
    """What one directory may lack, not all of them may: that is a slip of the pen."""
    for item in template.get("assets") or ():
        source, _ = asset_paths(item)
        if source and not any(paths.holds(posixpath.join(path, source)) for path in directories):
            problems.add(
                item.at,
                f"none of the directories has {shown(source)}",
                "take it out, or is it a slip?",
            )


def _add(found: dict[str, Found], new: Found, problems: Problems) -> None:
    name = posixpath.basename(new.path)
    if formats.NAME.complaint(name):
        problems.add(
            new.at,
            f"the directory {shown(new.path)} makes no name of a service",
            f"{formats.NAME.hint}; or `exclude` it",
        )
    elif name in found and found[name].path == new.path:
        problems.add(
            new.at,
            f"the directory {shown(new.path)} is found a second time",
            f"`exclude` it here, or where line {found[name].at.line} finds it",
        )
    elif name in found:
        problems.add(
            new.at,
            f"{shown(found[name].path)} and {shown(new.path)} both make a service `{name}`",
            "`exclude` one of them and name it under `services:`",
        )
    else:
        found[name] = new
