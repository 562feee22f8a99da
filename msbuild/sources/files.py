"""Files of the source tree: the content that can affect a build, and links, followed within it."""

from __future__ import annotations

import hashlib
import os
import posixpath
from dataclasses import dataclass
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from msbuild.errors import ConfigError
from msbuild.sources.git import check_pointer
from msbuild.state.file_stat import DIRECTORY, LINK, StatCache, data_digest, from_stat

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.sources.listing import Listing


@dataclass(frozen=True, slots=True)
class FileContent:
    """The parts of a file that can affect a build: bytes, executable bit, target of a link.

    Attributes:
        kind: ``file``, ``executable`` or ``link``.
        data: the bytes; for a link, its target.
    """

    kind: str
    data: bytes

    def hash(self) -> str:
        """SHA-256 of kind and bytes, in hexadecimal."""
        return hashlib.sha256(f"{self.kind}\0".encode() + self.data).hexdigest()


def read_content(root: Path, path: str, stat_cache: StatCache) -> FileContent:
    """The current content of a file or link.

    Args:
        root: the source root.
        path: without links on the way, though it may be one itself.
        stat_cache: records the stat, from before the file is read.
    """
    full = f"{root}/{path}"
    status = _status(full, path)
    inconclusive = stat_cache.record(path, from_stat(status))
    if S_ISLNK(status.st_mode):
        content = FileContent("link", os.fsencode(os.readlink(full)))  # noqa: PTH115
    elif S_ISREG(status.st_mode):
        data = _read(full, path)
        check_pointer(root, path, data)
        content = FileContent("executable" if status.st_mode & 0o100 else "file", data)
    elif S_ISDIR(status.st_mode):
        raise ConfigError(f"`{path}` is a directory, but a file is required")
    else:
        raise ConfigError(
            f"`{path}` is neither a file nor a link",
            hint="sockets, pipes and devices cannot be sources: add it to `.gitignore`",
        )
    if inconclusive:
        stat_cache.record_content(path, data_digest(status.st_mode, content.data))
    return content


def _status(full: str, path: str) -> os.stat_result:
    try:
        return os.lstat(full)
    except PermissionError as error:
        raise _unreadable(path) from error


def _read(full: str, path: str) -> bytes:
    try:
        with open(full, "rb") as file:  # noqa: PTH123 - called very often
            return file.read()
    except PermissionError as error:
        raise _unreadable(path) from error


def _unreadable(path: str) -> ConfigError:
    return ConfigError(
        f"cannot read `{path}`: permission denied",
        hint="change its permissions, or add it to `.gitignore`",
    )


# Linux's limit on links in a path.
_MOST_LINKS = 40


class Place(NamedTuple):
    """The file or directory that a path resolves to.

    Attributes:
        real: its path without links.
        is_directory: whether it is a directory.
        links: the links on the way, each by its own path.
    """

    real: str
    is_directory: bool
    links: tuple[str, ...] = ()


class Broken(NamedTuple):
    """A path with a link that does not resolve to anything in the tree.

    Attributes:
        link: the path of the link.
        text: its target, as written.
        why: ``outside``, ``loop`` or ``missing``.
        target: the resolved target, if that is in the tree.
    """

    link: str
    text: str
    why: str
    target: str = ""


class Links:
    """Follows the links of a source tree, but not out of it.

    Args:
        root: the source root, absolute.
        listing: the directories of the tree.
        stat_cache: records the links that are followed.
    """

    def __init__(self, root: str, listing: Listing, stat_cache: StatCache) -> None:
        self._root = root
        self._listing = listing
        self._stat_cache = stat_cache
        self._places: dict[str, Place | Broken | None] = {"": Place("", is_directory=True)}
        self._following: list[str] = []

    def known(self, path: str) -> Place | Broken | None:
        """The cached result for a path; ``None`` if there is none, or if it is not normalized."""
        return self._places.get(path)

    def find(self, path: str) -> Place | Broken | None:
        """The target of a normalized path; ``None`` if the tree has no such path."""
        places = self._places
        if path in places:
            return places[path]
        if path.startswith("/"):
            return None
        waiting = []
        step = path
        while step not in places:
            waiting.append(step)
            step = step.rpartition("/")[0]
        for step in reversed(waiting):
            places[step] = self._found(step)
        return places[path]

    def complaint(self, path: str, broken: Broken) -> ConfigError:
        """The error for a path that is needed."""
        link = f"the symbolic link `{broken.link}` points to `{broken.text}`, "
        hint = "point it to a file of the source tree, or remove it"
        if broken.why == "outside":
            relative = self._relative_hint(broken)
            link += "an absolute path" if relative else "outside of the source root"
            hint = relative or "sources must be below the source root: copy it there"
        elif broken.why == "loop":
            link += "which leads back to the link"
        elif rule := self._listing.rule_for(broken.target):
            link += f"which is ignored ({rule})"
        else:
            link += "which does not exist"
        return ConfigError(link if path == broken.link else f"`{path}`: {link}", hint=hint)

    def text(self, link: str) -> str:
        """The target of a link, as written."""
        full = f"{self._root}/{link}"
        status = os.lstat(full)
        inconclusive = self._stat_cache.record(link, from_stat(status))
        text = os.readlink(full)  # noqa: PTH115
        if inconclusive:
            self._stat_cache.record_content(link, data_digest(status.st_mode, os.fsencode(text)))
        return text

    def _found(self, path: str) -> Place | Broken | None:
        parent, _, name = path.rpartition("/")
        above = self._places[parent]
        if not isinstance(above, Place):
            return above
        kind = self._listing.entries(above.real).get(name) if above.is_directory else None
        if kind is None:
            return None
        real = f"{above.real}/{name}" if above.real else name
        if kind != LINK:
            return Place(real, kind == DIRECTORY, above.links)
        found = self._followed(real)
        if isinstance(found, Place):
            return found._replace(links=(*above.links, *found.links))
        return found

    def _followed(self, link: str) -> Place | Broken:
        text = self.text(link)
        if link in self._following or len(self._following) >= _MOST_LINKS:
            return Broken(link, text, "loop")
        self._following.append(link)
        try:
            return self._walked(link, text)
        finally:
            self._following.pop()

    def _walked(self, link: str, text: str) -> Place | Broken:
        if text.startswith("/"):
            return Broken(link, text, "outside")
        place = Place(posixpath.dirname(link), is_directory=True)
        links = [link]
        for part in text.split("/"):
            if part in ("", "."):
                continue
            if not place.is_directory:
                return Broken(link, text, "missing", place.real)
            if part == "..":
                if not place.real:
                    return Broken(link, text, "outside")
                place = Place(posixpath.dirname(place.real), is_directory=True)
                continue
            path = posixpath.join(place.real, part)
            following = self.find(path)
            if following is None:
                return Broken(link, text, "missing", path)
            if isinstance(following, Broken):
                return following
            links.extend(following.links)
            place = following
        return Place(place.real, place.is_directory, tuple(links))

    def _relative_hint(self, broken: Broken) -> str:
        """The hint for an absolute link into the tree."""
        target = os.path.normpath(broken.text)
        if not target.startswith(f"{self._root}/"):
            return ""
        start = f"{self._root}/{posixpath.dirname(broken.link)}"
        return f"make it relative: `{os.path.relpath(target, start)}`"
