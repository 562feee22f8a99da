"""The OCI layout of the store: content-addressed blobs, and the index of tags."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from msbuild.errors import UnavailableError
from msbuild.execute.evidence import REF_NAME
from msbuild.execute.local.files import remove_tree
from msbuild.execute.local.locks import locked
from msbuild.state.file_stat import ABSENT, stat_of
from msbuild.state.files import make_directory, read_regular, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from msbuild.state.file_stat import FileStat

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
GZIP, ZSTD = "gzip", "zstd"
"""The compressions of layers."""
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_VERSION = {"imageLayoutVersion": "1.0.0"}
_CHUNK = 1 << 20
_ALGORITHM = "sha256:"
_HINT_BUILD = "build it with `msbuild build`"
# Anything but a regular file must neither block nor be written through.
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_SPARE_LINES = 1000
"""The maximum number of outdated lines in the file before it is rewritten."""


def layer_media_type(compression: str) -> str:
    """The media type of a layer."""
    return f"application/vnd.oci.image.layer.v1.tar+{compression}"


class LayoutIndex:
    """``index.json``: one entry for each tag, sorted, so that equal content produces equal files.

    Args:
        layout: the OCI layout.
        lock: the lock file, held during changes.
    """

    def __init__(self, layout: Path, lock: Path) -> None:
        self._layout = layout
        self._lock = lock

    def read(self) -> dict[str, dict[str, Any]]:
        """The descriptor behind every tag; malformed entries are ignored."""
        try:
            index = json.loads(read_regular(self._layout / "index.json"))
        except (OSError, ValueError, RecursionError):
            return {}
        entries = index.get("manifests") if isinstance(index, dict) else None
        found = {}
        for entry in entries if isinstance(entries, list) else ():
            if tag := _tag_of(entry):
                found[tag] = entry
        return found

    def digests(self) -> Mapping[str, frozenset[str]]:
        """The tags of every manifest."""
        found: dict[str, set[str]] = {}
        for tag, entry in self.read().items():
            found.setdefault(entry["digest"], set()).add(tag)
        return {digest: frozenset(tags) for digest, tags in found.items()}

    def point(self, tags: Iterable[str], descriptor: Mapping[str, Any]) -> None:
        """Point tags to a manifest."""
        self.point_all(dict.fromkeys(tags, descriptor))

    def point_all(self, descriptors: Mapping[str, Mapping[str, Any]]) -> None:
        """Point every tag to its manifest, in one change."""

        def change(entries: dict[str, dict[str, Any]]) -> None:
            for tag, descriptor in descriptors.items():
                entries[tag] = {**descriptor, "annotations": {REF_NAME: tag}}

        self._change(change)

    def forget(self, tags: Collection[str]) -> None:
        """Remove tags."""

        def change(entries: dict[str, dict[str, Any]]) -> None:
            for tag in tags:
                entries.pop(tag, None)

        self._change(change)

    def _change(self, change: Callable[[dict[str, dict[str, Any]]], None]) -> None:
        with locked(self._lock):
            entries = self.read()
            change(entries)
            make_directory(self._layout)
            _write(self._layout / "oci-layout", _VERSION)
            manifests = [entries[tag] for tag in sorted(entries)]
            index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}
            _write(self._layout / "index.json", index)


def _tag_of(entry: object) -> str | None:
    """The tag of an entry; ``None`` if the entry is malformed."""
    if not isinstance(entry, dict) or not isinstance(entry.get("annotations"), dict):
        return None
    digest, tag = entry.get("digest"), entry["annotations"].get(REF_NAME)
    valid = isinstance(digest, str) and DIGEST.fullmatch(digest)
    return tag if valid and isinstance(tag, str) else None


def _write(path: Path, value: Mapping[str, Any]) -> None:
    write_atomically(path, [json.dumps(value, indent=1, sort_keys=True).encode(), b"\n"])


class Blobs:
    """The ``blobs`` directory of an OCI layout.

    Hashing every layer at every start would cost more than everything else. So a verified blob is
    recorded with its file stat, and hashed again only if that has changed. A blob that leaves the
    store is always hashed (``check``).

    Args:
        layout: the OCI layout.
    """

    def __init__(self, layout: Path) -> None:
        self._directory = layout / "blobs" / "sha256"
        self.verified = VerifiedBlobs(layout.parent / "verified")

    def path(self, digest: str) -> Path:
        """The path of a blob, whether it exists or not."""
        return self._directory / digest.removeprefix(_ALGORITHM)

    def intact(self, digest: str) -> bool:
        """Whether a blob exists and matches its digest."""
        found = stat_of(self.path(digest))
        if found == ABSENT or not stat.S_ISREG(found[-1]):
            return False
        if self.verified.get(digest) == found:
            return True
        if not self._matches(digest):
            return False
        self.verified.add(digest, found)
        return True

    def file_stats(self, digests: Iterable[str]) -> Mapping[str, FileStat] | None:
        """Path and file stat of each blob; ``None`` if one of them is missing or damaged."""
        wanted = list(dict.fromkeys(digests))
        if not all(self.intact(digest) for digest in wanted):
            return None
        return {str(self.path(digest)): self.verified.get(digest) or ABSENT for digest in wanted}

    def check(self, digest: str) -> Path:
        """The path of a blob that has just been hashed; a damaged blob is removed.

        Raises:
            UnavailableError: it is missing or damaged.
        """
        if stat_of(self.path(digest)) == ABSENT:
            raise UnavailableError(f"blob `{digest}` is missing", hint=_HINT_BUILD)
        if not self._matches(digest):
            remove_tree(self.path(digest))
            raise UnavailableError(
                f"digest mismatch: blob `{digest}` was damaged on disk and has been removed",
                hint="rebuild it with `msbuild build`",
            )
        return self.path(digest)

    def read(self, digest: str) -> bytes:
        """The bytes of a small blob.

        Raises:
            UnavailableError: it is missing or damaged.
        """
        if self.intact(digest):
            return self.path(digest).read_bytes()
        return self.check(digest).read_bytes()

    def manifest(self, digest: str) -> dict[str, Any]:
        """The image manifest in a blob: with a config, and layers with their sizes.

        Raises:
            UnavailableError: the blob is missing or damaged, or not an image manifest.
        """
        try:
            found = json.loads(self.read(digest))
            parts = [found["config"], *found["layers"]]
            valid = all(
                DIGEST.fullmatch(part["digest"])
                and isinstance(part["size"], int)
                and isinstance(part.get("mediaType", ""), str)
                for part in parts
            ) and all("mediaType" in layer for layer in found["layers"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            valid = False
        if not valid:
            raise UnavailableError(f"blob `{digest}` is not an image manifest", hint=_HINT_BUILD)
        return dict(found)

    def config(self, digest: str) -> dict[str, Any]:
        """The image config in a blob.

        Raises:
            UnavailableError: the blob is missing or damaged, or not an image config.
        """
        try:
            found = json.loads(self.read(digest))
            settings = found.get("config") or {}
            pairs = settings.get("Env") or ()
            valid = all("=" in pair for pair in pairs)
            valid = valid and isinstance(found.get("rootfs") or {}, dict)
        except (ValueError, TypeError, AttributeError, RecursionError):
            valid = False
        if not valid:
            raise UnavailableError(f"blob `{digest}` is not an image config")
        return dict(found)

    def add(self, data: bytes) -> str:
        """Store bytes as a blob; returns their digest."""
        digest = _ALGORITHM + hashlib.sha256(data).hexdigest()
        if not self.intact(digest):
            with self.writing() as (file, path):
                file.write(data)
                file.flush()
                self.commit(path, digest)
        return digest

    def import_file(self, file: Path, digest: str) -> None:
        """Move a file from elsewhere into the store, if it matches its digest.

        Raises:
            UnavailableError: it does not.
        """
        if self.intact(digest):
            return
        make_directory(self._directory)
        hashed = _hash(file)
        if hashed != digest:
            raise UnavailableError(f"digest mismatch in blob `{digest}`", hint="run again")
        self.commit(file, digest)

    @contextmanager
    def writing(self) -> Iterator[tuple[BinaryIO, Path]]:
        """A temporary file, which ``commit`` turns into a blob."""
        make_directory(self._directory)
        # outside the layout, whose readers expect only blobs there
        path = self._directory.parent.parent.parent / f"new-{os.urandom(8).hex()}"
        try:
            with path.open("xb") as file:
                yield file, path
        finally:
            path.unlink(missing_ok=True)

    def commit(self, path: Path, digest: str) -> None:
        """Atomically turn a complete file into the blob with a digest."""
        path.chmod(0o600)
        place = self.path(digest)
        if place.is_dir() and not place.is_symlink():
            remove_tree(place)
        path.replace(place)
        self.verified.add(digest, stat_of(self.path(digest)))

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


class VerifiedBlobs:
    """A file to which processes append lines concurrently; the last line of a blob wins.

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
            known = self._load()
            known[digest] = stat
            try:
                handle = os.open(self._file, _APPEND, 0o600)
                try:
                    os.write(handle, _line(digest, stat))
                finally:
                    os.close(handle)
            except OSError:
                # a pipe or a link may be in its place
                self._compact(known)

    def _load(self) -> dict[str, FileStat]:
        if self._known is None:
            self._known = {}
            lines: list[bytes] = []
            with suppress(OSError):
                lines = read_regular(self._file).splitlines()
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
