"""Copies symbolic links of the source tree together with their targets.

In a build, files have the same paths as in the tree, so links resolve as they do there. Assets are
copied elsewhere: a link that leaves an asset is replaced by its content.
"""

from __future__ import annotations

import dataclasses
import posixpath
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError
from msbuild.model import Copy
from msbuild.sources.links import Broken, Place
from msbuild.state.file_stat import DIRECTORY, LINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from msbuild.model import Stage, Step
    from msbuild.plugin.api import Inputs
    from msbuild.sources.tree import SourceTree

# An image has at most 127 layers, so only this many links out of assets get their own copy step.
_MOST_APART = 40


def stages_with_links(stages: Sequence[Stage], sources: SourceTree) -> list[Stage]:
    """The stages, with links and their targets in the copies of source files."""
    return [_stage_with_links(stage, sources) for stage in stages]


def inputs_with_links(inputs: Inputs, sources: SourceTree) -> Inputs:
    """The inputs, with links and their targets instead of paths through links."""
    files = _expanded(inputs.files, sources)
    if files is inputs.files:
        return inputs
    return dataclasses.replace(inputs, files=dict(sorted(files.items())))


def asset_steps(source: str, destination: str, sources: SourceTree) -> list[Copy]:
    """The steps that copy a file or directory to a destination, with the targets of its links.

    Raises:
        ConfigError: a link in it does not resolve.
    """
    place = _needed(posixpath.normpath(source), sources)
    if not place.is_directory:
        return [Copy((place.real,), strip=place.real, destination=destination)]
    if not sources.links_below(place.real):
        files = sources.files(place.real)
        return [Copy(files, strip=place.real or source, destination=destination)]
    own, *others = _directory_steps(place.real, destination, sources, (place.real,))
    return [own, *(_together(others) if len(others) > _MOST_APART else others)]


def _stage_with_links(stage: Stage, sources: SourceTree) -> Stage:
    steps: list[Step] = []
    changed = False
    for step in stage.steps:
        if isinstance(step, Copy) and not step.strip and sources.linked(step.files):
            files = _expanded(dict.fromkeys(step.files, ""), sources)
            links = _to_directories(files, sources)
            steps.append(dataclasses.replace(step, files=tuple(sorted(files)), links=links))
            changed = True
        else:
            steps.append(step)
    return dataclasses.replace(stage, steps=tuple(steps)) if changed else stage


def _expanded(files: Mapping[str, str], sources: SourceTree) -> Mapping[str, str]:
    """The files with their reasons, with links and targets instead of paths through links."""
    linked = sources.linked(files.keys())
    if not linked:
        return files
    found = {path: reason for path, reason in files.items() if path not in linked}
    for path in sorted(linked):
        for each, reason in _with_targets(path, files[path], sources):
            found.setdefault(each, reason)
    return found


def _with_targets(path: str, reason: str, sources: SourceTree) -> Iterator[tuple[str, str]]:
    place = sources.place(path)
    if isinstance(place, Broken):
        # a dangling link is also dangling in a build; one that leaves the tree is an error
        if place.why == "outside" or posixpath.normpath(path) != place.link:
            raise sources.complaint(path, place)
        yield place.link, reason
    elif place is not None:
        for link in place.links:
            yield link, f"a link to `{sources.link_text(link)}`"
        if not place.is_directory:
            yield place.real, reason
            return
        for file in sources.files(place.real):
            yield from _with_targets(file, reason, sources)


def _needed(path: str, sources: SourceTree) -> Place:
    place = sources.place(path)
    if isinstance(place, Broken):
        raise sources.complaint(path, place)
    if place is None:
        raise ConfigError(f"`{path}` does not exist")
    return place


def _directory_steps(
    base: str, destination: str, sources: SourceTree, above: tuple[str, ...]
) -> list[Copy]:
    """The steps for a directory, and for targets outside of it that its links point to.

    Args:
        base: the directory, without links on the way.
        destination: where to copy it.
        sources: the source tree.
        above: the directories whose copies contain this one.
    """
    files: list[str] = []
    others: list[Copy] = []
    waiting = [base]
    while waiting:
        directory = waiting.pop()
        for name, kind in sources.entries(directory).items():
            path = posixpath.join(directory, name)
            if kind == DIRECTORY:
                waiting.append(path)
            elif kind != LINK or _stays_inside(path, base, sources):
                files.append(path)
            else:
                inner = path.removeprefix(base).lstrip("/")
                others += _target_steps(path, posixpath.join(destination, inner), sources, above)
    links = _to_directories(files, sources)
    own = Copy(tuple(sorted(files)), strip=base, destination=destination, links=links)
    return [own, *others]


def _to_directories(files: Iterable[str], sources: SourceTree) -> tuple[str, ...]:
    """The files that are links to directories."""
    linked = sorted(sources.linked(tuple(files)))
    places = {path: sources.place(path) for path in linked}
    return tuple(p for p, at in places.items() if isinstance(at, Place) and at.is_directory)


def _target_steps(
    link: str, destination: str, sources: SourceTree, above: tuple[str, ...]
) -> list[Copy]:
    place = _needed(link, sources)
    if not place.is_directory:
        return [Copy((place.real,), strip=place.real, destination=destination)]
    if any(_is_in(each, place.real) for each in above):
        raise ConfigError(
            f"the symbolic link `{link}` points to `{place.real or '.'}`, which contains it",
            hint="an asset cannot contain itself: remove the link",
        )
    return _directory_steps(place.real, destination, sources, (*above, place.real))


def _stays_inside(link: str, base: str, sources: SourceTree) -> bool:
    """Whether a link resolves within a directory, even if that is copied."""
    place = _needed(link, sources)
    for each in place.links:
        at = posixpath.dirname(each)
        for part in sources.link_text(each).split("/"):
            at = posixpath.normpath(posixpath.join(at, part))
            if not _is_in(at, base):
                return False
    return all(_is_in(each, base) for each in (*place.links, place.real))


def _is_in(path: str, directory: str) -> bool:
    path = "" if path == "." else path
    return not directory or path == directory or path.startswith(f"{directory}/")


def _together(steps: Iterable[Copy]) -> Iterator[Copy]:
    """The steps, with one step for all files that keep their name between the same directories."""
    found: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        (path, *more) = step.files
        name = posixpath.basename(path)
        if more or path != step.strip or posixpath.basename(step.destination) != name:
            yield step
        else:
            key = (posixpath.dirname(path), posixpath.dirname(step.destination))
            found.setdefault(key, []).append(path)
    for (source, destination), files in found.items():
        yield Copy(tuple(sorted(files)), strip=source, destination=destination)
