"""Lists the files in a directory, with the digest and the file stat of each.

The digests decide. But reading gigabytes in every build would take longer than the build, so only
files whose stat has changed are hashed again.
"""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from msbuild.execute.local.confined import DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAX_DEPTH = 200
"""The maximum nesting of directories; each level needs an open file."""


class Found(NamedTuple):
    """An entry of a directory tree.

    Attributes:
        kind: ``file``, ``executable``, ``link``, ``directory`` (an empty one), ``parent`` (a
            non-empty one) or ``other`` (a pipe, a socket or a device).
        digest: SHA-256 of the bytes of a file or of the target of a link; else empty.
        mode: permission bits.
        mtime: time of modification, in ns.
        size, ctime, inode: from stat; 0 for directories.
    """

    kind: str
    digest: str
    mode: int
    mtime: int
    size: int
    ctime: int
    inode: int


def survey(directory: Path, known: Mapping[str, Found] | None = None) -> dict[str, Found]:
    """Everything below a directory, by relative path; links are not followed.

    Args:
        directory: not a link to one.
        known: an earlier result; files with the same stat are not read again.

    Raises:
        OSError: something cannot be read.
    """
    found: dict[str, Found] = {}
    handle = os.open(directory, DIRECTORY)
    try:
        _survey(handle, "", found, known or {}, 0)
    finally:
        os.close(handle)
    return found


def _survey(
    handle: int, prefix: str, found: dict[str, Found], known: Mapping[str, Found], depth: int
) -> bool:
    """Survey an open directory; returns whether it has entries."""
    if depth > MAX_DEPTH:
        raise OSError(0, f"directories are nested deeper than {MAX_DEPTH} levels", prefix)
    names = sorted(os.listdir(handle))
    for name in names:
        path = f"{prefix}{name}"
        status = os.stat(name, dir_fd=handle, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            inner = os.open(name, DIRECTORY, dir_fd=handle)
            try:
                full = _survey(inner, f"{path}/", found, known, depth + 1)
            finally:
                os.close(inner)
            mode = stat.S_IMODE(status.st_mode)
            found[path] = Found("parent" if full else "directory", "", mode, 0, 0, 0, 0)
        else:
            found[path] = _found(handle, name, status, known.get(path))
    return bool(names)


def _found(handle: int, name: str, status: os.stat_result, known: Found | None) -> Found:
    mode = stat.S_IMODE(status.st_mode)
    about = (mode, status.st_mtime_ns, status.st_size, status.st_ctime_ns, status.st_ino)
    if stat.S_ISLNK(status.st_mode):
        target = os.fsencode(os.readlink(name, dir_fd=handle))
        return Found("link", hashlib.sha256(target).hexdigest(), *about)
    if not stat.S_ISREG(status.st_mode):
        return Found("other", "", *about)
    kind = "executable" if mode & 0o111 else "file"
    if known is not None and known[2:] == about and known.kind == kind:
        return Found(kind, known.digest, *about)
    return Found(kind, _digest(handle, name), *about)


def _digest(handle: int, name: str) -> str:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, dir_fd=handle), "rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
