"""The file that records which blobs were verified, with their file stat."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from msbuild.state.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.state.file_stat import FileStat

_SPARE_LINES = 1000
"""The number of outdated lines that the file may hold before it is rewritten."""


class VerifiedBlobs:
    """A file to which processes append lines concurrently; the last line of a blob counts.

    Args:
        file: the file; a cache, like all of the store.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, FileStat] | None = None

    def get(self, digest: str) -> FileStat | None:
        """The file stat of a blob when it was last verified."""
        with self._lock:
            return self._load().get(digest)

    def add(self, digest: str, stat: FileStat) -> None:
        """Record a blob; if that fails, it is hashed again next time."""
        with self._lock:
            self._load()[digest] = stat
            with suppress(OSError):
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
                handle = os.open(self._file, flags, 0o644)
                try:
                    os.write(handle, _line(digest, stat))
                finally:
                    os.close(handle)

    def _load(self) -> dict[str, FileStat]:
        if self._known is None:
            self._known = {}
            lines: list[bytes] = []
            with suppress(OSError):
                lines = self._file.read_bytes().splitlines()
            for line in lines:
                with suppress(ValueError):
                    digest, *numbers = line.decode("ascii").split(" ")
                    mtime, ctime, size, inode, mode = map(int, numbers)
                    self._known[digest] = (mtime, ctime, size, inode, mode)
            if len(lines) > len(self._known) + _SPARE_LINES:
                self._compact(self._known)
        return self._known

    def _compact(self, known: dict[str, FileStat]) -> None:
        with suppress(OSError):
            write_atomically(self._file, (_line(*each) for each in known.items()))


def _line(digest: str, stat: FileStat) -> bytes:
    return f"{digest} {' '.join(map(str, stat))}\n".encode("ascii")
