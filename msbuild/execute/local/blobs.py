"""Blobs by the hash of their bytes. One that is damaged counts as one that is missing."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from msbuild.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

_CHUNK = 1 << 20
_ALGORITHM = "sha256:"


class Blobs:
    """The ``blobs`` directory of an OCI layout.

    Hashing every layer at every start would cost more than all else together. So what was hashed
    once is remembered with the size, the times and the inode that its file had then: a file that
    was touched since is hashed again. What leaves the store is always hashed (``check``).

    Args:
        layout: the OCI layout.
    """

    def __init__(self, layout: Path) -> None:
        self._directory = layout / "blobs" / "sha256"
        self._known_file = layout.parent / "verified.json"
        self._lock = threading.Lock()
        self._known: dict[str, list[int]] | None = None

    def path(self, digest: str) -> Path:
        """Where a blob is, if it is there."""
        return self._directory / digest.removeprefix(_ALGORITHM)

    def intact(self, digest: str) -> bool:
        """Whether a blob is there and is what its name says."""
        state = self._state(digest)
        if state is None:
            return False
        with self._lock:
            if self._load().get(digest) == state:
                return True
        if not self._matches(digest):
            return False
        self._remember(digest, state)
        return True

    def check(self, digest: str) -> Path:
        """The file of a blob whose bytes were just hashed; a damaged one is removed.

        Raises:
            EnvironmentFault: it is not there, or it was damaged.
        """
        if self._state(digest) is None:
            raise EnvironmentFault(f"blob `{digest}` is missing", hint="`msbuild build` makes it")
        if not self._matches(digest):
            with suppress(FileNotFoundError):
                self.path(digest).unlink()
            raise EnvironmentFault(
                f"blob `{digest}` was damaged on the disk and has been removed",
                hint="`msbuild build` makes it again",
            )
        return self.path(digest)

    def read(self, digest: str) -> bytes:
        """The bytes of a small blob.

        Raises:
            EnvironmentFault: it is missing or damaged.
        """
        return self.check(digest).read_bytes()

    def add(self, data: bytes) -> str:
        """Keep some bytes; returns their digest."""
        digest = _ALGORITHM + hashlib.sha256(data).hexdigest()
        if not self.intact(digest):
            with self.writing() as (file, path):
                file.write(data)
                file.flush()
                self.keep(path, digest)
        return digest

    def take(self, file: Path, digest: str) -> None:
        """Make a file of somebody else's a blob, if it is what its name says.

        Raises:
            EnvironmentFault: it is not.
        """
        if self.intact(digest):
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        hashed = _hash(file)
        if hashed != digest:
            raise EnvironmentFault(f"blob `{digest}` came damaged", hint="run again")
        self.keep(file, digest)

    @contextmanager
    def writing(self) -> Iterator[tuple[BinaryIO, Path]]:
        """A file that becomes a blob with ``keep``, or goes."""
        self._directory.mkdir(parents=True, exist_ok=True)
        # readers of a layout look at names of blobs alone, so the file is made outside
        path = self._directory.parent.parent.parent / f"new-{secrets.token_hex(8)}"
        try:
            with path.open("xb") as file:
                yield file, path
        finally:
            path.unlink(missing_ok=True)

    def keep(self, path: Path, digest: str) -> None:
        """Make a finished file the blob of a digest, in one step."""
        path.chmod(0o644)
        path.replace(self.path(digest))
        if state := self._state(digest):
            self._remember(digest, state)

    def _state(self, digest: str) -> list[int] | None:
        try:
            status = self.path(digest).stat()
        except OSError:
            return None
        return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]

    def _matches(self, digest: str) -> bool:
        try:
            return _hash(self.path(digest)) == digest
        except OSError:
            return False

    def _load(self) -> dict[str, list[int]]:
        if self._known is None:
            self._known = {}
            with suppress(OSError, ValueError):
                found = json.loads(self._known_file.read_text("utf-8"))
                self._known = found if isinstance(found, dict) else {}
        return self._known

    def _remember(self, digest: str, state: list[int]) -> None:
        with self._lock:
            known = self._load()
            known[digest] = state
            temporary = self._known_file.with_suffix(f".{secrets.token_hex(4)}")
            with suppress(OSError):
                temporary.write_text(json.dumps(known), "utf-8")
                temporary.replace(self._known_file)


def _hash(path: Path) -> str:
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hashed.update(chunk)
    return _ALGORITHM + hashed.hexdigest()
