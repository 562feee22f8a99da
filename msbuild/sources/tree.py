"""The source tree: which files there are, what they hold, and what was asked of them."""

from __future__ import annotations

import errno
import hashlib
import os
import posixpath
from dataclasses import dataclass
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import TYPE_CHECKING, Any, TypeVar

from msbuild.errors import ConfigError
from msbuild.sources.git_index import check_pointer
from msbuild.sources.links import Broken, Links, Place
from msbuild.sources.listing import IGNORE_FILE, Listing
from msbuild.state.file_stat import DIRECTORY, LINK, StatCache, data_digest, from_stat

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from msbuild.sources.git_index import Tracked

__all__ = ["IGNORE_FILE", "FileContent", "SourceTree"]

Answer = TypeVar("Answer")

_MOST_DETOURS = 10_000
"""Links to directories that one listing follows: more are a knot, not a tree."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """What of a file can change a build: the bytes, the executable bit, the target of a link.

    Attributes:
        kind: ``file``, ``executable`` or ``link``.
        data: the bytes; for a link, its target.
    """

    kind: str
    data: bytes

    def hash(self) -> str:
        """SHA-256 of kind and bytes, in hexadecimal."""
        return hashlib.sha256(f"{self.kind}\0".encode() + self.data).hexdigest()


class SourceTree:
    """A directory without its ignored files. Implements ``plugin_api.Sources``.

    Ignored is what git ignores (see ``listing``). A link is what it leads to, as long as that is in
    the tree; nothing outside of the root is read. Paths are POSIX and relative to the root. Every
    answer is kept: one tree is one moment, for one run.

    Args:
        root: the source root, absolute.

    Attributes:
        stat_cache: every file, link and directory that an answer came from.
        read_whole: the files whose text was asked for.
        scans: what functions made of the texts of others, by path.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.stat_cache = StatCache()
        self.read_whole: set[str] = set()
        self.scans: dict[str, dict[Callable[[str], Any], Any]] = {}
        self._base = f"{root}/"
        self._listing = Listing(root, self.stat_cache, self._rules)
        self._links = Links(str(root), self._listing, self.stat_cache)
        self._plain: set[str] = set()
        self._below: dict[str, tuple[str, ...]] = {}
        self._texts: dict[str, str] = {}
        self._hashes: dict[str, str] = {}
        self._missing_submodules: dict[str, None] = {}
        self._warnings: list[str] = []

    @property
    def outside(self) -> StatCache:
        """Every file outside of the tree that says what is ignored, by absolute path."""
        return self._listing.outside

    @property
    def tracked(self) -> Tracked:
        """What git was asked."""
        return self._listing.tracked

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that have a say in what is ignored."""
        return self._listing.variables

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user should know of the tree."""
        missing = (
            f"the submodule `{path}` is not checked out: `git submodule update --init {path}`"
            for path in self._missing_submodules
        )
        return (*self._listing.warnings, *self._warnings, *missing)

    def warn(self, text: str) -> None:
        """Add to what a user should know of the tree."""
        self._warnings.append(text)

    def place(self, path: str) -> Place | Broken | None:
        """What a path leads to, links followed; nothing where the tree has no such path."""
        found = self._links.known(path)
        if found is not None:
            return found
        path = _clean(path)
        found = self._links.find(path)
        if found is None and (inside := self.missing_submodule(path)):
            self._missing_submodules[inside] = None
        return found

    def linked(self, paths: Collection[str]) -> set[str]:
        """Those of many paths that are links, or are reached through one."""
        unknown = set(paths) - self._plain
        linked = {path for path in unknown if _is_linked(self._links.find(_clean(path)))}
        self._plain |= unknown - linked
        return linked

    def complaint(self, path: str, broken: Broken) -> ConfigError:
        """The error for a path that is needed, and has a link on its way that leads nowhere."""
        return self._links.complaint(_clean(path), broken)

    def link_text(self, link: str) -> str:
        """What a link says."""
        return self._links.text(link)

    def links_below(self, directory: str) -> bool:
        """Whether any link is in the tree at or below a directory that is reached through none."""
        return any(
            kind == LINK
            or (kind == DIRECTORY and self.links_below(posixpath.join(directory, name)))
            for name, kind in self._listing.entries(directory).items()
        )

    def exists(self, path: str) -> bool:
        """Whether ``path`` is a file or a directory of the tree.

        Raises:
            ConfigError: it is beyond a link that leaves the tree.
        """
        found = self.place(path)
        if isinstance(found, Broken):
            # a link that is there: whoever reads it hears where it leads
            beyond = not os.path.islink(self._base + _clean(path))  # noqa: PTH114
            if beyond and found.why == "outside":
                raise self.complaint(path, found)
            return not beyond
        return found is not None

    def is_directory(self, path: str) -> bool:
        """Whether ``path`` is a directory of the tree, or a link to one."""
        found = self.place(path)
        return isinstance(found, Place) and found.is_directory

    def read(self, path: str) -> str:
        """The text of a file; bytes that are no UTF-8 become replacement characters."""
        real = self._real(path)
        self.read_whole.add(real)
        return self._text(real)

    def scan(self, path: str, scanner: Callable[[str], Answer]) -> Answer:
        """What a function makes of the text of a file; it is asked once for each."""
        real = self._real(path)
        answers = self.scans.setdefault(real, {})
        if scanner not in answers:
            answers[scanner] = scanner(self._text(real))
        answer: Answer = answers[scanner]
        return answer

    def scan_again(self, path: str, scanner: Callable[[str], Answer]) -> Answer:
        """What a function makes of a text that an earlier run had asked for, by its real path."""
        return scanner(self._text(path))

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files right in a directory, sorted; empty where there is none."""
        real = self._real_directory(directory)
        return () if real is None else tuple(self._named(real, directories=False))

    def directories(self, directory: str) -> tuple[str, ...]:
        """The names of the directories right in a directory, sorted; empty where there is none."""
        real = self._real_directory(directory)
        return () if real is None else tuple(self._named(real, directories=True))

    def files(self, directory: str) -> tuple[str, ...]:
        """Every file below a directory, at any depth, as paths from the root, sorted.

        What links to directories lead to is listed below the links, too.
        """
        directory = _clean(directory)
        if directory not in self._below:
            real = self._real_directory(directory)
            found = () if real is None else self._walk(directory, real, (real,), [])
            self._below[directory] = tuple(sorted(found))
        return self._below[directory]

    def entries(self, directory: str) -> dict[str, int]:
        """The entries of a directory that is reached through no link, each with its kind."""
        return dict(self._listing.entries(directory))

    def ignored(self, directory: str) -> tuple[str, ...]:
        """The files below a directory that ignore rules leave out, sorted; some of a great many."""
        real = self._real_directory(directory)
        return () if real is None else tuple(sorted(self._listing.ignored(real)))

    def ignored_by(self, path: str) -> str:
        """The rule that leaves a path out of the tree, as ``.gitignore:3``; empty if none does."""
        path = _clean(path)
        self._links.find(path)
        return self._listing.rule_for(path)

    def is_foreign(self, directory: str) -> bool:
        """Whether a directory is a clone or a work tree that git does not track, no submodule."""
        return self._listing.is_foreign(directory)

    def missing_submodule(self, path: str) -> str:
        """The submodule that is not checked out, and that a path is in; empty if there is none."""
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

    def missing_submodules_below(self, directory: str) -> Iterator[str]:
        """The submodules at or below a directory that are not checked out."""
        real = self._real_directory(directory)
        if real is not None:
            yield from self._listing.missing_submodules(real)

    def content(self, path: str) -> FileContent:
        """What a file or link holds at this moment; never from memory.

        Args:
            path: reached through no link, though it may be one.
        """
        full = self._base + path
        status = _status(full, path)
        inconclusive = self.stat_cache.record(path, from_stat(status))
        if S_ISLNK(status.st_mode):
            content = FileContent("link", os.fsencode(os.readlink(full)))  # noqa: PTH115
        elif S_ISREG(status.st_mode):
            data = _read(full, path)
            check_pointer(self.root, path, data)
            content = FileContent("executable" if status.st_mode & 0o100 else "file", data)
        elif S_ISDIR(status.st_mode):
            raise ConfigError(f"`{path}` is a directory, and a file is needed")
        else:
            raise ConfigError(
                f"`{path}` is neither a file nor a link",
                hint="sockets, pipes and devices cannot be sources; add it to `.gitignore`",
            )
        if inconclusive:
            self.stat_cache.record_content(path, data_digest(status.st_mode, content.data))
        return content

    def hash(self, path: str) -> str:
        """The hash of a file's content, as it was when first asked for."""
        if path not in self._hashes:
            self._hashes[path] = self.content(path).hash()
        return self._hashes[path]

    def _rules(self, path: str) -> bytes:
        self.read_whole.add(path)
        return self._bytes(path)

    def _text(self, path: str) -> str:
        if path not in self._texts:
            self._texts[path] = self._bytes(path).decode("utf-8", "replace")
        return self._texts[path]

    def _bytes(self, path: str) -> bytes:
        content = self.content(path)
        # it will be asked for, and the bytes are at hand
        self._hashes.setdefault(path, content.hash())
        return content.data

    def _real(self, path: str) -> str:
        """The path of a file itself.

        Raises:
            FileNotFoundError: the tree has no such file.
            ConfigError: a link on the way leads to nothing of the tree.
        """
        found = self.place(path)
        if found is None:
            if inside := self.missing_submodule(path):
                raise ConfigError(
                    f"`{path}` is in the submodule `{inside}`, which is not checked out",
                    hint=f"`git submodule update --init {inside}`",
                )
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if isinstance(found, Broken):
            raise self.complaint(path, found)
        return found.real

    def _real_directory(self, path: str) -> str | None:
        """The path of a directory itself; nothing where there is none.

        Raises:
            ConfigError: a link on the way leads to nothing of the tree.
        """
        found = self.place(path)
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
            path: the directory as it was reached.
            real: the directory itself.
            above: the directories on the way, themselves: a link to one of them is a loop.
            detours: the links to directories that were followed so far.
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


def _is_linked(place: Place | Broken | None) -> bool:
    return isinstance(place, Broken) or (place is not None and bool(place.links))


def _check(detours: list[str]) -> None:
    if len(detours) > _MOST_DETOURS:
        raise ConfigError(
            f"links to directories lead to each other without end, as `{detours[0]}` does",
            hint="take some of them out",
        )


def _status(full: str, path: str) -> os.stat_result:
    try:
        return os.lstat(full)
    except PermissionError as error:
        raise _unreadable(path) from error


def _read(full: str, path: str) -> bytes:
    try:
        with open(full, "rb") as file:  # noqa: PTH123 - it is asked a lot
            return file.read()
    except PermissionError as error:
        raise _unreadable(path) from error


def _unreadable(path: str) -> ConfigError:
    return ConfigError(
        f"`{path}` may not be read", hint="give yourself the right to, or add it to `.gitignore`"
    )


def _clean(path: str) -> str:
    cleaned = posixpath.normpath(path)
    return "" if cleaned == "." else cleaned
