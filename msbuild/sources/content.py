"""The content of a file of the source tree: what of it can affect a build."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError
from msbuild.sources.git import check_pointer
from msbuild.state.file_stat import StatCache, data_digest, from_stat

if TYPE_CHECKING:
    from pathlib import Path


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
