"""What a directory that is taken whole lacks: ignored files, submodules that are not there."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild.sources.links import Place
from msbuild.state.file_stat import DIRECTORY, LINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild.model import Service
    from msbuild.sources.tree import SourceTree

_MOST_TOLD = 3


def losses(what: str, paths: Iterable[str], sources: SourceTree) -> Iterator[str]:
    """A line for each directory that loses files.

    Args:
        what: what the directories are, ``input`` or ``asset``.
        paths: files, globs and directories, from the source root.
        sources: the source tree.
    """
    for path in paths:
        if not sources.is_directory(path):
            continue
        if ignored := _ignored(path, sources):
            rules = dict.fromkeys(sources.ignored_by(each) for each in ignored[:_MOST_TOLD])
            told = ", ".join(f"`{each}`" for each in ignored[:_MOST_TOLD])
            more = f" and {len(ignored) - _MOST_TOLD} more" if len(ignored) > _MOST_TOLD else ""
            yield f"{what} `{path}` loses {told}{more} to ignore rules ({', '.join(rules)})"


def _ignored(path: str, sources: SourceTree) -> tuple[str, ...]:
    """The files that are left out of a directory, and of those that links in it lead to."""
    found: set[str] = set()
    done: set[str] = set()
    waiting = [path]
    while waiting:
        place = sources.place(waiting.pop())
        if isinstance(place, Place) and place.is_directory and place.real not in done:
            done.add(place.real)
            found.update(sources.ignored(place.real))
            if sources.links_below(place.real):
                waiting += _links_below(place.real, sources)
    return tuple(sorted(found))


def _links_below(directory: str, sources: SourceTree) -> Iterator[str]:
    for name, kind in sources.entries(directory).items():
        path = posixpath.join(directory, name)
        if kind == LINK:
            yield path
        elif kind == DIRECTORY:
            yield from _links_below(path, sources)


def missing_submodules(services: Iterable[Service], sources: SourceTree) -> Mapping[str, str]:
    """A submodule that is not checked out, for each service whose assets or inputs lack it."""
    found: dict[str, str] = {}
    for service in services:
        for path in (*service.inputs, *(asset.source for asset in service.assets)):
            for each in sources.missing_submodules_below(path):
                found.setdefault(service.name, each)
    return found
