"""Inputs besides those that a language finds: listed by the config or `msbuild.lock`, link targets.

In a build, files have the same paths as in the tree, so links resolve as they do there. Assets are
copied elsewhere: a link that leaves an asset is replaced by its content.
"""

from __future__ import annotations

import dataclasses
import posixpath
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError
from msbuild.model import Copy
from msbuild.sources.files import Broken, Place
from msbuild.sources.globs import files_of
from msbuild.state.file_stat import DIRECTORY, LINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from msbuild.model import Builder, Service, Stage, Step, Workspace
    from msbuild.plugin.api import Inputs
    from msbuild.sources.tree import SourceTree

LISTED = "listed in `inputs`"
VERIFIED = "found by `msbuild verify`"


@dataclasses.dataclass(frozen=True, slots=True)
class DeclaredInputs:
    """The listed inputs of one service.

    Attributes:
        files: each with the place that lists it, sorted.
        warnings: directories that lose files to ignore rules.
    """

    files: Mapping[str, str]
    warnings: tuple[str, ...]

    def added_to(self, inputs: Inputs) -> Inputs:
        """The inputs that a language found plus the listed ones; the language's reasons win."""
        if not self.files and not self.warnings:
            return inputs
        files = {**self.files, **{p: why for p, why in inputs.files.items() if why != LISTED}}
        return dataclasses.replace(
            inputs,
            files={path: files[path] for path in sorted({*files, *inputs.files})},
            warnings=(*inputs.warnings, *self.warnings),
        )


def declared_inputs(
    service: Service, builder: Builder, verified: Sequence[str], sources: SourceTree
) -> DeclaredInputs:
    """The listed inputs of a service.

    Args:
        service: the service.
        builder: its builder, whose inputs all its services share.
        verified: the paths that `msbuild.lock` lists for the service; missing ones are skipped.
        sources: the source tree.
    """
    reasons = dict.fromkeys(service.inputs, LISTED)
    for path in builder.inputs:
        reasons.setdefault(path, f"{LISTED} of builder `{builder.name}`")
    for path in verified:
        if sources.exists(path):
            reasons.setdefault(path, VERIFIED)
    files: dict[str, str] = {}
    for path, reason in reasons.items():
        for file in files_of(path, sources):
            files.setdefault(file, reason)
    return DeclaredInputs(
        dict(sorted(files.items())), tuple(ignored_file_warnings("input", reasons, sources))
    )


def outdated_entries(
    verified: Mapping[str, Sequence[str]], workspace: Workspace, sources: SourceTree
) -> Iterator[str]:
    """A warning for each outdated entry of `msbuild.lock`."""
    for service, paths in verified.items():
        if service not in workspace.services:
            yield f"`msbuild.lock` lists inputs of unknown service `{service}`"
            continue
        for path in paths:
            if not sources.exists(path):
                yield f"`msbuild.lock` lists `{path}` for `{service}`, which does not exist"


_MOST_SHOWN = 3


def ignored_file_warnings(what: str, paths: Iterable[str], sources: SourceTree) -> Iterator[str]:
    """A warning for each directory that loses files to ignore rules.

    Args:
        what: the kind of the directories, ``input`` or ``asset``.
        paths: files, globs and directories, from the source root.
        sources: the source tree.
    """
    for path in paths:
        if not sources.is_directory(path):
            continue
        if ignored := _ignored(path, sources):
            rules = dict.fromkeys(sources.ignored_by(each) for each in ignored[:_MOST_SHOWN])
            shown = ", ".join(f"`{each}`" for each in ignored[:_MOST_SHOWN])
            more = f" and {len(ignored) - _MOST_SHOWN} more" if len(ignored) > _MOST_SHOWN else ""
            yield f"ignore rules exclude {shown}{more} from {what} `{path}` ({', '.join(rules)})"


def _ignored(path: str, sources: SourceTree) -> tuple[str, ...]:
    """The ignored files in a directory, and in those that its links point to."""
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


def missing_submodule(service: Service, sources: SourceTree) -> str:
    """A submodule in the assets or inputs of a service that is not checked out; else empty."""
    paths = (*service.inputs, *(asset.source for asset in service.assets))
    found = (name for path in paths for name in sources.missing_submodules_below(path))
    return next(found, "")


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
