"""Which blobs were hashed, with the sign that each had then: lines, of which the last counts."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from msbuild.state.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.state.file_stat import FileStat

_SPARE = 1000
"""Lines that do not count any more before the file is written anew."""


class Verified:
    """A file that only grows while it is used: many processes may add to it at once.

    Args:
        file: where it is; a cache like all of the store.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, FileStat] | None = None

    def get(self, digest: str) -> FileStat | None:
        """The sign of a blob when it was hashed last."""
        with self._lock:
            return self._load().get(digest)

    def add(self, digest: str, sign: FileStat) -> None:
        """Remember a blob; where that fails, it is hashed again."""
        with self._lock:
            self._load()[digest] = sign
            with suppress(OSError):
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
                handle = os.open(self._file, flags, 0o644)
                try:
                    os.write(handle, _line(digest, sign))
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
            if len(lines) > len(self._known) + _SPARE:
                self._shorten(self._known)
        return self._known

    def _shorten(self, known: dict[str, FileStat]) -> None:
        with suppress(OSError):
            write_atomically(self._file, (_line(*each) for each in known.items()))


def _line(digest: str, sign: FileStat) -> bytes:
    return f"{digest} {' '.join(map(str, sign))}\n".encode("ascii")
