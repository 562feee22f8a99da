"""The inputs that the config and `msbuild.lock` list, and the files that their directories lack."""

from __future__ import annotations

import dataclasses
import posixpath
from typing import TYPE_CHECKING

from msbuild.sources.globs import files_of
from msbuild.sources.links import Place
from msbuild.state.file_stat import DIRECTORY, LINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from msbuild.model import Builder, Service, Workspace
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
