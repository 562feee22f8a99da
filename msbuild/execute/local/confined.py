"""Resolves paths within a directory so that no link that a step created can lead out.

Directories are opened one by one, each relative to its parent and never through a link: a link is
read, and its target is resolved in the same way. So what is checked is what is used, even if the
two are swapped in between.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MAX_LINKS = 40


class LeadsOutsideError(Exception):
    """A path leaves its directory through a link.

    Attributes:
        path: the path.
        target: the target of the link.
    """

    def __init__(self, path: str, target: str) -> None:
        super().__init__(f"`{path}` is a link to `{target}`")
        self.path = path
        self.target = target


class ConfinedDirectory:
    """An open directory, and paths within it.

    Args:
        root: the directory; not a link to one.
        is_root: whether to resolve links as in a container with this root: absolute targets start
            there, and `..` stops there. Otherwise such links lead outside.

    Raises:
        OSError: it is not a directory, or cannot be opened.
    """

    def __init__(self, root: Path, *, is_root: bool = False) -> None:
        self._handle = os.open(root, DIRECTORY)
        self._is_root = is_root

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._handle)

    @contextmanager
    def directory(self, path: str, *, create: bool = False) -> Iterator[int]:
        """A descriptor of a directory, closed at the end of the block; links are followed.

        Args:
            path: relative.
            create: create missing directories.

        Raises:
            LeadsOutsideError: a link leads out.
            OSError: it does not exist, or is not a directory.
        """
        handles, _ = self._walk(path, create=create)
        try:
            yield handles[-1]
        finally:
            _close(handles)

    @contextmanager
    def parent(self, path: str, *, create: bool = False) -> Iterator[tuple[int, str]]:
        """A descriptor of the parent directory of a path, and the last name of the path."""
        above, _, name = path.rstrip("/").rpartition("/")
        if name in ("", ".", ".."):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
        with self.directory(above, create=create) as handle:
            yield handle, name

    def real(self, path: str) -> str:
        """The path with all links resolved; `.` for the directory itself.

        Raises:
            LeadsOutsideError: a link leads out.
            OSError: it does not exist.
        """
        handles, names = self._walk(path, create=False, file=True)
        _close(handles)
        return "/".join(names) or "."

    def _walk(self, path: str, *, create: bool, file: bool = False) -> tuple[list[int], list[str]]:
        """Open every directory of a path; with ``file``, the last name may be a file."""
        waiting = deque(path.split("/"))
        handles, names, links = [os.dup(self._handle)], list[str](), 0
        try:
            while waiting:
                name = waiting.popleft()
                if name in ("", "."):
                    continue
                if name == "..":
                    self._go_up(path, handles, names)
                    continue
                try:
                    handles.append(_opened(name, handles[-1], create=create))
                    names.append(name)
                except NotADirectoryError:
                    target = _link_in(handles[-1], name)
                    if target is None:
                        if file and not any(part not in ("", ".") for part in waiting):
                            return handles, [*names, name]
                        raise
                    links += 1
                    if links > _MAX_LINKS:
                        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path) from None
                    if target.startswith("/"):
                        self._restart(path, target, handles, names)
                    waiting.extendleft(reversed(target.split("/")))
        except BaseException:
            _close(handles)
            raise
        return handles, names

    def _go_up(self, path: str, handles: list[int], names: list[str]) -> None:
        if names:
            os.close(handles.pop())
            names.pop()
        elif not self._is_root:
            raise LeadsOutsideError(path, "..")

    def _restart(self, path: str, target: str, handles: list[int], names: list[str]) -> None:
        if not self._is_root:
            raise LeadsOutsideError(path, target)
        _close(handles[1:])
        del handles[1:]
        names.clear()


def kind_of(handle: int, name: str) -> int:
    """The file type of an entry of a directory, such as `stat.S_IFREG`; 0 if it does not exist."""
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return 0


def _opened(name: str, handle: int, *, create: bool) -> int:
    try:
        return _open(name, handle)
    except FileNotFoundError:
        if not create:
            raise
    with suppress(FileExistsError):
        os.mkdir(name, 0o755, dir_fd=handle)
    return _open(name, handle)


def _open(name: str, handle: int) -> int:
    try:
        return os.open(name, DIRECTORY, dir_fd=handle)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), name) from None
        raise


def _link_in(handle: int, name: str) -> str | None:
    try:
        return os.readlink(name, dir_fd=handle)
    except OSError:
        return None


def _close(handles: list[int]) -> None:
    for handle in handles:
        os.close(handle)
