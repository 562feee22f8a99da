"""The source tree: its files, their contents, and a record of the files that were read."""

from __future__ import annotations

import errno
import os
import posixpath
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from msbuild.errors import ConfigError
from msbuild.plugin.memo import Trace, note, observed
from msbuild.sources.files import Broken, FileContent, Links, Place, read_content
from msbuild.sources.listing import IGNORE_FILE, Listing
from msbuild.state.file_stat import DIRECTORY, LINK, StatCache

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from msbuild.sources.git import Tracked

__all__ = ["IGNORE_FILE", "FileContent", "SourceTree"]

Answer = TypeVar("Answer")

_MOST_DETOURS = 10_000
"""The maximum number of directory links that one listing follows."""


class SourceTree:
    """A directory without its ignored files. Implements ``msbuild.plugin.api.Sources``.

    Files are ignored as in git (see ``listing``). Links are followed within the tree; nothing
    outside of the root is read. Paths are POSIX and relative to the root. All results are cached:
    a tree is a snapshot for one run.

    Args:
        root: the source root, absolute.
        trace: records the dependencies of answers.

    Attributes:
        stat_cache: the files, links and directories that results depend on.
    """

    def __init__(self, root: Path, trace: Trace | None = None) -> None:
        self.root = root
        self.stat_cache = StatCache()
        self.trace = trace or Trace()
        self._scans: dict[tuple[str, Callable[[str], Any]], Any] = {}
        self._base = f"{root}/"
        self._listing = Listing(root, self.stat_cache, self._bytes)
        self._links = Links(str(root), self._listing, self.stat_cache)
        self._plain: set[str] = set()
        self._files_seen: set[str] = set()
        self._below: dict[str, tuple[str, ...]] = {}
        self._texts: dict[str, str] = {}
        self._hashes: dict[str, str] = {}
        self._missing_submodules: dict[str, None] = {}
        self._warnings: list[str] = []

    @property
    def outside(self) -> StatCache:
        """The files outside of the tree that decide what is ignored, by absolute path."""
        return self._listing.outside

    @property
    def tracked(self) -> Tracked:
        """The files that git tracks, with the queries about them."""
        return self._listing.tracked

    @property
    def repositories(self) -> Collection[str]:
        """The directories that were listed and have a ``.git``."""
        return self._listing.repositories

    @property
    def listed(self) -> Mapping[str, Mapping[str, int]]:
        """The directories that were listed, each with the kinds of its entries."""
        return self._listing.listed

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that affect what is ignored."""
        return self._listing.variables

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about the tree, for the user."""
        missing = (
            f"the submodule `{path}` is not checked out: `git submodule update --init {path}`"
            for path in self._missing_submodules
        )
        return (*self._listing.warnings, *self._warnings, *missing)

    def warn(self, text: str) -> None:
        """Add a warning about the tree."""
        self._warnings.append(text)

    @observed
    def place(self, path: str) -> Place | Broken | None:
        """The target of a path, with links followed; ``None`` if the tree has no such path."""
        return self._place(path)

    def _place(self, path: str) -> Place | Broken | None:
        found = self._links.known(path)
        if found is not None:
            return found
        path = _clean(path)
        found = self._links.find(path)
        if found is None and (inside := self._missing_submodule(path)):
            self._missing_submodules[inside] = None
        return found

    def linked(self, paths: Collection[str]) -> set[str]:
        """The paths that are links, or are reached through one."""
        unknown = set(paths) - self._plain
        linked = {path for path in unknown if _is_linked(self._links.find(_clean(path)))}
        self._plain |= unknown - linked
        return linked

    def not_files(self, paths: Collection[str]) -> list[str]:
        """The paths that are not normalized paths of files or links of the tree, sorted."""
        unknown = set(paths) - self._files_seen
        wrong = sorted(path for path in unknown if not self._is_file(path))
        self._files_seen |= unknown.difference(wrong)
        return wrong

    def _is_file(self, path: str) -> bool:
        place = self._links.find(path) if path and _clean(path) == path else None
        return isinstance(place, Broken) or (
            place is not None and (not place.is_directory or bool(place.links))
        )

    def complaint(self, path: str, broken: Broken) -> ConfigError:
        """The error for a path that is needed but goes through a broken link."""
        return self._links.complaint(_clean(path), broken)

    def link_text(self, link: str) -> str:
        """The target of a link, as written."""
        return self._links.text(link)

    def links_below(self, directory: str) -> bool:
        """Whether there is any link below a directory, given without links."""
        return any(
            kind == LINK
            or (kind == DIRECTORY and self.links_below(posixpath.join(directory, name)))
            for name, kind in self._listing.entries(directory).items()
        )

    @observed
    def exists(self, path: str) -> bool:
        """Whether ``path`` is a file or a directory of the tree.

        Raises:
            ConfigError: it is behind a link that leaves the tree.
        """
        found = self._place(path)
        if isinstance(found, Broken):
            # the link itself exists: reading it reports the problem
            beyond = not os.path.islink(self._base + _clean(path))  # noqa: PTH114
            if beyond and found.why == "outside":
                raise self.complaint(path, found)
            return not beyond
        return found is not None

    @observed
    def is_directory(self, path: str) -> bool:
        """Whether ``path`` is a directory of the tree, or a link to one."""
        found = self._place(path)
        return isinstance(found, Place) and found.is_directory

    def read(self, path: str) -> str:
        """The text of a file; bytes that are not UTF-8 become replacement characters."""
        real = self._noted(path, "read")
        return self._text(real)

    def scan(self, path: str, scanner: Callable[[str], Answer]) -> Answer:
        """The result of a function of the text of a file; called once for each file."""
        real = self._noted(path, *_observation_with(scanner))
        key = (real, scanner)
        if key not in self._scans:
            self._scans[key] = scanner(self._text(real))
        answer: Answer = self._scans[key]
        return answer

    def _noted(self, path: str, kind: str, *more: str) -> str:
        """The path of a file without links, by which observations of its text are recorded."""
        try:
            real = self._real(path)
        except (FileNotFoundError, ConfigError):
            note((kind, _clean(path), *more))
            note(("place", path))  # links may lead elsewhere later
            raise
        note((kind, real, *more))
        return real

    @observed
    def names(self, directory: str) -> tuple[str, ...]:
        """The sorted names of the files directly in a directory; empty if there is none."""
        real = self._real_directory(directory)
        return () if real is None else tuple(self._named(real, directories=False))

    @observed
    def directories(self, directory: str) -> tuple[str, ...]:
        """The sorted names of the direct subdirectories; empty if there are none."""
        real = self._real_directory(directory)
        return () if real is None else tuple(self._named(real, directories=True))

    @observed
    def files(self, directory: str) -> tuple[str, ...]:
        """Every file below a directory, at any depth, as paths from the root, sorted.

        The targets of directory links are also listed below the links.
        """
        return self._files(directory)

    def find(self, directory: str, name: str) -> tuple[str, ...]:
        """The files of a name below a directory, at any depth, as paths from the root, sorted."""
        note(("find", directory, name))
        return tuple(each for each in self._files(directory) if posixpath.basename(each) == name)

    def _files(self, directory: str) -> tuple[str, ...]:
        directory = _clean(directory)
        if directory not in self._below:
            real = self._real_directory(directory)
            found = () if real is None else self._walk(directory, real, (real,), [])
            self._below[directory] = tuple(sorted(found))
        return self._below[directory]

    @observed
    def entries(self, directory: str) -> dict[str, int]:
        """The entries of a directory, given without links, each with its kind."""
        return dict(self._listing.entries(directory))

    @observed
    def ignored(self, directory: str) -> tuple[str, ...]:
        """The ignored files below a directory, sorted, up to a limit."""
        real = self._real_directory(directory)
        return () if real is None else tuple(sorted(self._listing.ignored(real)))

    @observed
    def ignored_by(self, path: str) -> str:
        """The rule that ignores a path, as ``.gitignore:3``; empty if there is none."""
        path = _clean(path)
        self._links.find(path)
        return self._listing.rule_for(path)

    @observed
    def is_foreign(self, directory: str) -> bool:
        """Whether a directory is a clone or work tree that git does not track."""
        return self._listing.is_foreign(directory)

    @observed
    def missing_submodule(self, path: str) -> str:
        """The submodule around a path if it is not checked out; else empty."""
        return self._missing_submodule(path)

    def _missing_submodule(self, path: str) -> str:
        if not self._listing.has_submodules:
            return ""
        path = _clean(path)
        while path.strip("/"):
            place = self._links.find(path)
            if place is None:
                path = posixpath.dirname(path)
                continue
            if not isinstance(place, Place) or not place.is_directory or not place.real:
                return ""
            return place.real if self._listing.is_missing_submodule(place.real) else ""
        return ""

    @observed
    def missing_submodules_below(self, directory: str) -> tuple[str, ...]:
        """The submodules at or below a directory that are not checked out."""
        real = self._real_directory(directory)
        return () if real is None else tuple(self._listing.missing_submodules(real))

    @observed
    def content(self, path: str) -> FileContent:
        """The current content of a file or link, never from the cache.

        Args:
            path: without links on the way, though it may be one itself.
        """
        return self._content(path)

    def _content(self, path: str) -> FileContent:
        return read_content(self.root, path, self.stat_cache)

    def hash(self, path: str) -> str:
        """The hash of a file's content when it was first read."""
        if path not in self._hashes:
            self._hashes[path] = self._content(path).hash()
        return self._hashes[path]

    def _text(self, path: str) -> str:
        if path not in self._texts:
            self._texts[path] = self._bytes(path).decode("utf-8", "replace")
        return self._texts[path]

    def _bytes(self, path: str) -> bytes:
        content = self._content(path)
        # it will be needed, and the bytes are available now
        self._hashes.setdefault(path, content.hash())
        return content.data

    def _real(self, path: str) -> str:
        """The path of a file without links.

        Raises:
            FileNotFoundError: the tree has no such file.
            ConfigError: a link on the way does not resolve.
        """
        found = self._place(path)
        if found is None:
            if inside := self._missing_submodule(path):
                raise ConfigError(
                    f"`{path}` is in the submodule `{inside}`, which is not checked out",
                    hint=f"`git submodule update --init {inside}`",
                )
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if isinstance(found, Broken):
            raise self.complaint(path, found)
        return found.real

    def _real_directory(self, path: str) -> str | None:
        """The path of a directory without links; ``None`` if there is none.

        Raises:
            ConfigError: a link on the way does not resolve.
        """
        found = self._place(path)
        if isinstance(found, Broken):
            raise self.complaint(path, found)
        if not isinstance(found, Place) or not found.is_directory:
            return None
        if self._listing.has_submodules and self._listing.is_missing_submodule(found.real):
            self._missing_submodules[found.real] = None
        return found.real

    def _named(self, real: str, *, directories: bool) -> Iterator[str]:
        for name, kind in self._listing.entries(real).items():
            is_directory = kind == DIRECTORY
            if kind == LINK:
                place = self._links.find(posixpath.join(real, name))
                is_directory = isinstance(place, Place) and place.is_directory
            if is_directory == directories:
                yield name

    def _walk(
        self, path: str, real: str, above: tuple[str, ...], detours: list[str]
    ) -> Iterator[str]:
        """The files below a directory.

        Args:
            path: the path of the directory, through links.
            real: its path without links.
            above: the directories on the way, without links: a link to one of them is a loop.
            detours: the directory links that were followed so far.
        """
        for name, kind in self._listing.entries(real).items():
            child = posixpath.join(path, name)
            inner: str | None = posixpath.join(real, name) if kind == DIRECTORY else None
            if kind == LINK:
                place = self._links.find(posixpath.join(real, name))
                if isinstance(place, Place) and place.is_directory:
                    inner = place.real
                    detours.append(child)
                    _check(detours)
            if inner is None:
                yield child
            elif inner not in above:
                yield from self._walk(child, inner, (*above, inner), detours)


@lru_cache(maxsize=256)
def _observation_with(scanner: Callable[[str], Any]) -> tuple[str, ...]:
    """How a scan is recorded: by the name of the function, if another run can find it by that."""
    module, name = getattr(scanner, "__module__", ""), getattr(scanner, "__qualname__", "")
    found = getattr(sys.modules.get(module), name, None)
    return ("scan", f"{module}:{name}") if found is scanner else ("read",)


def _is_linked(place: Place | Broken | None) -> bool:
    return isinstance(place, Broken) or (place is not None and bool(place.links))


def _check(detours: list[str]) -> None:
    if len(detours) > _MOST_DETOURS:
        raise ConfigError(
            f"too many links to directories, for example `{detours[0]}`",
            hint="remove some of them",
        )


def _clean(path: str) -> str:
    cleaned = posixpath.normpath(path)
    return "" if cleaned == "." else cleaned
