"""Checks the paths in a config, and finds the services that `discover:` describes by globs."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import TYPE_CHECKING

from msbuild.sources.files import Place
from msbuild.sources.globs import files_of, is_glob
from msbuild.workspace.config import formats
from msbuild.workspace.config.formats import LONGEST_PATH
from msbuild.workspace.config.problems import Meant, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from msbuild.model import Location
    from msbuild.sources.tree import SourceTree
    from msbuild.workspace.config.problems import Given, Problems


class SourcePaths:
    """The paths below a source root. Links within it count, except for a service's directory.

    Args:
        tree: the source tree.
        problems: receives the problems.
    """

    def __init__(self, tree: SourceTree, problems: Problems) -> None:
        self._root = tree.root
        self._problems = problems
        self._tree = tree

    def exists(self, path: str) -> bool:
        """Whether the tree has a file or directory at a path, or a link within it to one."""
        return isinstance(self._tree.place(path), Place)

    def is_directory(self, path: str) -> bool:
        """Whether the tree has a directory at a path, without links on the way."""
        place = self._tree.place(path)
        return isinstance(place, Place) and place.is_directory and not place.links

    def is_foreign(self, path: str) -> bool:
        """Whether a directory is a clone or a work tree that git does not track."""
        return self._tree.is_foreign(path)

    def warn_of_foreign(self, paths: list[str]) -> None:
        """Warn that `discover` skipped such directories."""
        if paths:
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            self._tree.warn(
                f"`discover` skips {shown(paths[0])}{more}: a clone or work tree that this "
                "repository does not track"
            )

    def directories(self, path: str) -> Iterator[str]:
        """The direct subdirectories that are not hidden, sorted, as paths from the root."""
        for name in self._tree.directories(path):
            child = posixpath.join(path, name)
            fits = not name.startswith(".") and len(child) <= LONGEST_PATH
            if fits and self.is_directory(child):
                yield child

    def expect(self, path: str, at: Location, *, directory: bool = False) -> None:
        """Add a problem if a path does not exist.

        Args:
            path: the path.
            at: its location in the config.
            directory: whether it must be a directory.
        """
        if inside := self._tree.missing_submodule(path):
            self._problems.add(
                at,
                f"{shown(path)} is in the submodule `{inside}`, which is not checked out",
                f"`git submodule update --init {inside}`",
            )
        elif not (self.is_directory(path) if directory else self.exists(path)):
            self._explain(_clean(path), at, directory=directory)

    def expect_files(self, path: str, at: Location) -> None:
        """Add a problem if a path does not exist, or if a glob matches no file.

        Args:
            path: a file, a directory or a glob.
            at: its location in the config.
        """
        if not is_glob(path) or self.exists(path):
            self.expect(path, at)
        elif not files_of(path, self._tree):
            message = f"{shown(path)} matches no file"
            self._problems.add(at, message, "ignored files do not match; `**` matches any depth")

    def _explain(self, path: str, at: Location, *, directory: bool) -> None:
        for step in _steps(path):
            full = self._root / step
            if os.path.islink(full):  # noqa: PTH114 - also returns False for names that are too long
                self._explain_link(path, step, at)
                return
            if not os.path.lexists(full):
                self._explain_missing(path, step, at)
                return
        if directory and not (self._root / path).is_dir():
            self._problems.add(
                at, f"{shown(path)} is not a directory", "use the directory it is in"
            )
        else:
            rule = self._tree.ignored_by(path)
            self._problems.add(
                at,
                f"{shown(path)} is ignored",
                f"by {rule}" if rule else "it belongs to version control",
            )

    def _explain_missing(self, path: str, step: str, at: Location) -> None:
        parent, name = posixpath.split(step)
        try:
            known = os.listdir(self._root / parent)  # noqa: PTH208 - names are what is needed
        except OSError:
            known = []
        prefix = f"{parent}/" if parent else ""
        hint = None if step == path else f"{shown(step)} does not exist"
        self._problems.add(at, f"{shown(path)} does not exist", hint, Meant(name, known, prefix))

    def _explain_link(self, path: str, step: str, at: Location) -> None:
        root = os.path.realpath(self._root)
        real = os.path.realpath(self._root / step)
        inside = os.path.commonpath([root, real]) == root
        target = os.path.relpath(real, root)
        link = f"{shown(step)} is a symbolic link to {shown(self._tree.link_text(step))}"
        if not os.path.exists(real):  # noqa: PTH110 - already resolved
            self._problems.add(at, link, "the target does not exist")
        elif inside:
            message = link if step == path else f"{shown(path)} does not exist: {link}"
            self._problems.add(at, message, f"use its target: {shown(target)}")
        else:
            message = f"{shown(path)} leaves the source root: {link}"
            self._problems.add(at, message, "sources must be below the source root")


def _clean(path: str) -> str:
    return "" if path == "." else path


def _steps(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[: end + 1]) for end in range(len(parts)))


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
    """Add a problem for an asset that no directory has; it may be missing in some."""
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
