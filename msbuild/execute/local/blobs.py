"""Blobs by the hash of their bytes. One that is damaged counts as one that is missing."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msbuild.errors import UnavailableError
from msbuild.execute.local.files import make_directory, remove_tree
from msbuild.execute.local.layout import DIGEST
from msbuild.execute.local.verified import Verified
from msbuild.state.file_stat import ABSENT, stat_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from msbuild.state.file_stat import FileStat

_CHUNK = 1 << 20
_ALGORITHM = "sha256:"


class Blobs:
    """The ``blobs`` directory of an OCI layout.

    Hashing every layer at every start would cost more than all else together. So what was hashed
    once is remembered with the sign that its file had then: a file that was touched since is hashed
    again. What leaves the store is always hashed (``check``).

    Args:
        layout: the OCI layout.
    """

    def __init__(self, layout: Path) -> None:
        self._directory = layout / "blobs" / "sha256"
        self._verified = Verified(layout.parent / "verified")

    def path(self, digest: str) -> Path:
        """Where a blob is, if it is there."""
        return self._directory / digest.removeprefix(_ALGORITHM)

    def intact(self, digest: str) -> bool:
        """Whether a blob is there and is what its name says."""
        found = stat_of(self.path(digest))
        if found == ABSENT or not stat.S_ISREG(found[-1]):
            return False
        if self._verified.get(digest) == found:
            return True
        if not self._matches(digest):
            return False
        self._verified.add(digest, found)
        return True

    def signs(self, digests: Iterable[str]) -> Mapping[str, FileStat] | None:
        """The path and the sign of each blob; nothing if one of them is missing or damaged."""
        wanted = list(dict.fromkeys(digests))
        if not all(self.intact(digest) for digest in wanted):
            return None
        return {str(self.path(digest)): self._verified.get(digest) or ABSENT for digest in wanted}

    def check(self, digest: str) -> Path:
        """The file of a blob whose bytes were just hashed; a damaged one is removed.

        Raises:
            EnvironmentFault: it is not there, or it was damaged.
        """
        if stat_of(self.path(digest)) == ABSENT:
            raise UnavailableError(f"blob `{digest}` is missing", hint="`msbuild build` makes it")
        if not self._matches(digest):
            remove_tree(self.path(digest))
            raise UnavailableError(
                f"blob `{digest}` was damaged on the disk and has been removed",
                hint="`msbuild build` makes it again",
            )
        return self.path(digest)

    def read(self, digest: str) -> bytes:
        """The bytes of a small blob.

        Raises:
            EnvironmentFault: it is missing or damaged.
        """
        if self.intact(digest):
            return self.path(digest).read_bytes()
        return self.check(digest).read_bytes()

    def manifest(self, digest: str) -> dict[str, Any]:
        """A blob that is the manifest of an image: with a config, and layers with their sizes.

        Raises:
            EnvironmentFault: it is missing or damaged, or something else.
        """
        try:
            found = json.loads(self.read(digest))
            parts = [found["config"], *found["layers"]]
            good = all(
                DIGEST.fullmatch(part["digest"])
                and isinstance(part["size"], int)
                and isinstance(part.get("mediaType", ""), str)
                for part in parts
            ) and all("mediaType" in layer for layer in found["layers"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            good = False
        if not good:
            raise UnavailableError(
                f"blob `{digest}` is not the manifest of an image", hint="`msbuild build` makes it"
            )
        return dict(found)

    def config(self, digest: str) -> dict[str, Any]:
        """A blob that is the config of an image.

        Raises:
            EnvironmentFault: it is missing or damaged, or something else.
        """
        try:
            found = json.loads(self.read(digest))
            settings = found.get("config") or {}
            pairs = settings.get("Env") or ()
            good = all("=" in pair for pair in pairs)
            good = good and isinstance(found.get("rootfs") or {}, dict)
        except (ValueError, TypeError, AttributeError, RecursionError):
            good = False
        if not good:
            raise UnavailableError(f"blob `{digest}` is not the config of an image")
        return dict(found)

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
        make_directory(self._directory)
        hashed = _hash(file)
        if hashed != digest:
            raise UnavailableError(f"blob `{digest}` came damaged", hint="run again")
        self.keep(file, digest)

    @contextmanager
    def writing(self) -> Iterator[tuple[BinaryIO, Path]]:
        """A file that becomes a blob with ``keep``, or goes."""
        make_directory(self._directory)
        # readers of a layout look at names of blobs alone, so the file is made outside
        path = self._directory.parent.parent.parent / f"new-{secrets.token_hex(8)}"
        try:
            with path.open("xb") as file:
                yield file, path
        finally:
            path.unlink(missing_ok=True)

    def keep(self, path: Path, digest: str) -> None:
        """Make a finished file the blob of a digest, in one step."""
        path.chmod(0o600)
        place = self.path(digest)
        if place.is_dir() and not place.is_symlink():
            remove_tree(place)
        path.replace(place)
        self._verified.add(digest, stat_of(self.path(digest)))

    def _matches(self, digest: str) -> bool:
        try:
            return _hash(self.path(digest)) == digest
        except OSError:
            return False


def _hash(path: Path) -> str:
    hashed = hashlib.sha256()
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        while chunk := file.read(_CHUNK):
            hashed.update(chunk)
    return _ALGORITHM + hashed.hexdigest()
