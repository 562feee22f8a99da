"""The source tree: which files there are, what they hold, and what was asked of them."""

from __future__ import annotations

import hashlib
import os
import posixpath
from dataclasses import dataclass
from itertools import islice
from stat import S_ISLNK, S_ISREG
from typing import TYPE_CHECKING, Any, TypeVar

from msbuild.errors import ConfigError
from msbuild.signs import ABSENT, Looks, data_digest, names_digest, sign, sign_of
from msbuild.tracked import Tracked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pathspec import GitIgnoreSpec

Answer = TypeVar("Answer")

IGNORE_FILE = ".gitignore"
# Never sources, whatever the ignore files say.
ALWAYS_IGNORED = {".git", ".hg", ".svn", ".msbuild"}
_MOST_IGNORED = 1000


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

    Ignored is what ``.gitignore`` files say, unless git tracks it all the same, and the folders of
    version control. Paths are POSIX and relative to the root. Every answer is kept: one tree is one
    moment, for one run.

    Args:
        root: the source root, absolute.

    Attributes:
        looks: every file and directory that an answer came from.
        beyond: the same for what links lead to.
        tracked: what git was asked.
        read_whole: the files whose text was asked for.
        scans: what functions made of the texts of others, by path.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.looks = Looks()
        self.beyond = Looks()
        self.read_whole: set[str] = set()
        self.scans: dict[str, dict[Callable[[str], Any], Any]] = {}
        self._base = f"{root}/"
        self._listings: dict[str, Mapping[str, bool]] = {}
        self._entries: dict[str, bool | None] = {"": True}
        self._below: dict[str, tuple[str, ...]] = {}
        self._texts: dict[str, str] = {}
        self._hashes: dict[str, str] = {}
        self._left_out: dict[str, list[tuple[str, bool]]] = {}
        self._ignores: dict[str, tuple[tuple[str, GitIgnoreSpec], ...]] = {}
        self.tracked = Tracked(root)
        # ignored themselves, and with them all that git does not track in them
        self._ignored_directories: set[str] = set()

    def exists(self, path: str) -> bool:
        """Whether ``path`` is a file or a directory of the tree."""
        return self._entry(_clean(path)) is not None

    def is_directory(self, path: str) -> bool:
        """Whether ``path`` is a directory of the tree; a link to one is not."""
        return self._entry(_clean(path)) is True

    def read(self, path: str) -> str:
        """The text of a file; bytes that are no UTF-8 become replacement characters."""
        path = _clean(path)
        self.read_whole.add(path)
        return self._text(path)

    def scan(self, path: str, scanner: Callable[[str], Answer]) -> Answer:
        """What a function makes of the text of a file; it is asked once for each."""
        path = _clean(path)
        answers = self.scans.setdefault(path, {})
        if scanner not in answers:
            answers[scanner] = scanner(self._text(path))
        answer: Answer = answers[scanner]
        return answer

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files right in a directory, sorted; empty where there is none."""
        directory = _clean(directory)
        if not self.is_directory(directory):
            return ()
        return tuple(
            name for name, is_directory in self._listing(directory).items() if not is_directory
        )

    def directories(self, directory: str) -> tuple[str, ...]:
        """The names of the directories right in a directory, sorted; empty where there is none."""
        directory = _clean(directory)
        if not self.is_directory(directory):
            return ()
        return tuple(
            name for name, is_directory in self._listing(directory).items() if is_directory
        )

    def files(self, directory: str) -> tuple[str, ...]:
        """Every file below a directory, at any depth, as paths from the root, sorted."""
        directory = _clean(directory)
        if directory not in self._below:
            found = self._walk(directory) if self.is_directory(directory) else ()
            self._below[directory] = tuple(sorted(found))
        return self._below[directory]

    def ignored(self, directory: str) -> tuple[str, ...]:
        """The files below a directory that ignore rules leave out, sorted; some of a great many."""
        directory = _clean(directory)
        if not self.is_directory(directory):
            return ()
        return tuple(sorted(islice(self._ignored_below(directory), _MOST_IGNORED)))

    def _ignored_below(self, directory: str) -> Iterator[str]:
        entries = self._listing(directory).items()
        for name, is_directory in self._left_out.get(directory, ()):
            path = posixpath.join(directory, name)
            yield from self._files_on_disk(path) if is_directory else (path,)
        for name, is_directory in entries:
            if is_directory:
                yield from self._ignored_below(posixpath.join(directory, name))

    def _files_on_disk(self, directory: str) -> Iterator[str]:
        for place, _, names in os.walk(self._base + directory):
            yield from (posixpath.join(place, name).removeprefix(self._base) for name in names)

    def content(self, path: str) -> FileContent:
        """What a file holds at this moment; never from memory."""
        full = self._base + path
        status = os.lstat(full)
        unsettled = self.looks.look(path, sign(status))
        if S_ISLNK(status.st_mode):
            content = FileContent("link", os.fsencode(os.readlink(full)))  # noqa: PTH115
        elif S_ISREG(status.st_mode):
            content = FileContent("executable" if status.st_mode & 0o100 else "file", _read(full))
        else:
            raise ConfigError(
                f"`{path}` is neither a file nor a link",
                hint="sockets, pipes and devices cannot be sources; add it to `.gitignore`",
            )
        if unsettled:
            self.looks.saw(path, data_digest(status.st_mode, content.data))
        return content

    def hash(self, path: str) -> str:
        """The hash of a file's content, as it was when first asked for."""
        if path not in self._hashes:
            self._hashes[path] = self.content(path).hash()
        return self._hashes[path]

    def _text(self, path: str) -> str:
        if path not in self._texts:
            self._texts[path] = self._bytes(path).decode("utf-8", "replace")
        return self._texts[path]

    def _bytes(self, path: str) -> bytes:
        """What a file holds, or what is behind a link."""
        try:
            content = self.content(path)
        except FileNotFoundError:
            self.looks.look(path, ABSENT)
            raise
        if content.kind == "link":
            self.beyond.look(path, sign_of(self._base + path, follow=True))
            return _read(self._base + path)
        # it will be asked for, and the bytes are at hand
        self._hashes.setdefault(path, content.hash())
        return content.data

    def _entry(self, path: str) -> bool | None:
        """Whether a path is a directory; ``None`` where the tree has no such path."""
        if path not in self._entries:
            parent, name = posixpath.split(path)
            inside = not path.startswith("/") and self._entry(parent)
            found = self._listing(parent).get(name) if inside else None
            self._entries[path] = found
        return self._entries[path]

    def _walk(self, directory: str) -> Iterator[str]:
        for name, is_directory in self._listing(directory).items():
            path = posixpath.join(directory, name)
            if is_directory:
                yield from self._walk(path)
            else:
                yield path

    def _listing(self, directory: str) -> Mapping[str, bool]:
        """The entries of a directory, sorted: the name, and whether it is a directory."""
        if directory not in self._listings:
            self._listings[directory] = dict(sorted(self._scan(directory)))
        return self._listings[directory]

    def _scan(self, directory: str) -> Iterator[tuple[str, bool]]:
        specs = self._specs(directory)
        self.looks.look(directory, sign_of(self._base + directory))
        try:
            with os.scandir(self._base + directory) as found:
                entries = [(each.name, each.is_dir(follow_symlinks=False)) for each in found]
        except (FileNotFoundError, NotADirectoryError):
            return
        except PermissionError as error:
            raise ConfigError(
                f"the directory `{directory or '.'}` may not be read",
                hint="give yourself the right to, or add it to `.gitignore`",
            ) from error
        # an editor that replaces a file changes the directory, and not what is in it
        self.looks.saw(directory, names_digest(entries))
        for name, is_directory in entries:
            path = posixpath.join(directory, name)
            if name in ALWAYS_IGNORED:
                continue
            if directory in self._ignored_directories or _ignored(path, is_directory, specs):
                if not self.tracked.holds(path):
                    self._left_out.setdefault(directory, []).append((name, is_directory))
                    continue
                if is_directory:
                    self._ignored_directories.add(path)
            yield name, is_directory

    def _specs(self, directory: str) -> tuple[tuple[str, GitIgnoreSpec], ...]:
        """The ignore files that hold in a directory, the outermost first."""
        if directory not in self._ignores:
            above = self._specs(posixpath.dirname(directory)) if directory else ()
            try:
                lines = self.read(posixpath.join(directory, IGNORE_FILE))
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                self._ignores[directory] = above
            else:
                from pathspec import GitIgnoreSpec  # noqa: PLC0415 - most directories have none

                spec = GitIgnoreSpec.from_lines(lines.splitlines())
                self._ignores[directory] = (*above, (directory, spec))
        return self._ignores[directory]


def _ignored(path: str, is_directory: bool, specs: tuple[tuple[str, GitIgnoreSpec], ...]) -> bool:
    """Git's rule: the innermost ignore file that says anything about a path decides."""
    for directory, spec in reversed(specs):
        relative = path.removeprefix(f"{directory}/") if directory else path
        verdict = spec.check_file(f"{relative}/" if is_directory else relative)
        if verdict.include is not None:
            return verdict.include
    return False


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - it is asked a lot
        return file.read()


def _clean(path: str) -> str:
    cleaned = posixpath.normpath(path)
    return "" if cleaned == "." else cleaned
