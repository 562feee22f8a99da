"""Packs reproducible layers: equal files produce equal bytes on every machine at any time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import posixpath
import tarfile
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from msbuild.errors import UnavailableError
from msbuild.execute.context import MTIME
from msbuild.execute.local.layout import GZIP, layer_media_type
from msbuild.state.files import (
    checksummed,
    make_directory,
    read_regular,
    verify_checksum,
    write_atomically,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from msbuild.execute.local.layout import Blobs

_VERSION = 1
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an image.

    Attributes:
        path: absolute.
        kind: ``file``, ``executable``, ``link`` or ``directory``.
        hash: SHA-256 of the bytes; for a link, of its target.
        data: the bytes, or the path of a file with them.
    """

    path: str
    kind: str
    hash: str
    data: bytes | Path

    @staticmethod
    def of(path: str, kind: str, data: bytes) -> Entry:
        """An entry for bytes in memory."""
        return Entry(path, kind, hashlib.sha256(data).hexdigest(), data)


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer in the store.

    Attributes:
        media_type: media type of the blob.
        digest: digest of the blob.
        size: bytes of the blob.
        diff_id: digest of the uncompressed archive.
    """

    media_type: str
    digest: str
    size: int
    diff_id: str


class LayerPacker:
    """Packs layers, each once: existing layers are found by their content.

    Args:
        blobs: stores the layers.
        known: the directory that records which blob contains which files.
        compression: ``gzip`` or ``zstd``.
    """

    def __init__(self, blobs: Blobs, known: Path, compression: str = GZIP) -> None:
        self._blobs = blobs
        self._known = known
        self._compression = compression

    def pack(self, entries: Iterable[Entry]) -> Layer:
        """The layer with some files and the directories above them."""
        ordered = sorted({entry.path: entry for entry in entries}.values(), key=_order)
        note = self._known / f"{_key(ordered)}.{self._compression}.json"
        if (layer := _noted(note)) and self._blobs.intact(layer.digest):
            return layer
        layer = self._write(ordered)
        make_directory(note.parent)
        fields = {name: getattr(layer, name) for name in Layer.__slots__}
        write_atomically(note, [checksummed({"holds": note.name, "layer": fields})])
        return layer

    def _write(self, entries: Sequence[Entry]) -> Layer:
        with self._blobs.writing() as (file, path):
            blob = _HashingWriter(file)
            with _compressed(blob, self._compression) as stream:
                archive = _HashingWriter(stream)
                _write_tar(archive, entries)
            file.flush()
            self._blobs.commit(path, blob.digest)
        return Layer(layer_media_type(self._compression), blob.digest, blob.size, archive.digest)


def _order(entry: Entry) -> list[str]:
    return entry.path.split("/")


def _key(entries: Sequence[Entry]) -> str:
    content = [_VERSION, [[entry.path, entry.kind, entry.hash] for entry in entries]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _noted(note: Path) -> Layer | None:
    """The layer recorded in a note, if the note is undamaged and has not been renamed."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        found = verify_checksum(read_regular(note))
        if found["holds"] == note.name:
            return Layer(**found["layer"])
    return None


def digest_in(note: Path) -> str | None:
    """The digest of the blob recorded in a note; ``None`` if the note is damaged."""
    layer = _noted(note)
    return layer.digest if layer else None


def _write_tar(stream: _HashingWriter, entries: Sequence[Entry]) -> None:
    # PAX headers contain nothing about this machine, and allow paths of any length
    with tarfile.open(
        fileobj=cast("IO[bytes]", stream), mode="w|", format=tarfile.PAX_FORMAT, bufsize=_CHUNK
    ) as archive:
        seen: set[str] = set()
        for entry in entries:
            for directory in _above(entry.path):
                if directory not in seen:
                    seen.add(directory)
                    archive.addfile(_info(directory, "directory"))
            seen.add(entry.path)
            _add(archive, entry)


def _above(path: str) -> Iterator[str]:
    parts = path.strip("/").split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        yield "/" + "/".join(parts[:depth])


def _add(archive: tarfile.TarFile, entry: Entry) -> None:
    info = _info(entry.path, entry.kind)
    if entry.kind == "directory":
        archive.addfile(info)
    elif entry.kind == "link":
        data = entry.data if isinstance(entry.data, bytes) else b""
        info.linkname = data.decode("utf-8", "surrogateescape")
        archive.addfile(info)
    elif isinstance(entry.data, bytes):
        info.size = len(entry.data)
        archive.addfile(info, io.BytesIO(entry.data))
    else:
        _add_file(archive, info, entry, entry.data)


def _add_file(archive: tarfile.TarFile, info: tarfile.TarInfo, entry: Entry, path: Path) -> None:
    """Pack a file of the store, and verify its digest."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags), "rb") as file:
        info.size = os.fstat(file.fileno()).st_size
        reading = _HashingReader(file)
        archive.addfile(info, cast("IO[bytes]", reading))
    if reading.digest != entry.hash:
        raise UnavailableError(f"digest mismatch: `{path}` was damaged on disk", hint="run again")


def _info(path: str, kind: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(posixpath.normpath(path).lstrip("/"))
    info.mtime = MTIME
    info.mode = {"file": 0o644, "link": 0o777}.get(kind, 0o755)
    types = {"directory": tarfile.DIRTYPE, "link": tarfile.SYMTYPE}
    info.type = types.get(kind, tarfile.REGTYPE)
    return info


class _HashingReader:
    """Hashes a file while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """Read the next bytes."""
        data = self._file.read(size)
        self._hash.update(data)
        return data

    @property
    def digest(self) -> str:
        """The digest of everything read, in hexadecimal."""
        return self._hash.hexdigest()


class _HashingWriter:
    """Hashes and counts the bytes written to a stream."""

    def __init__(self, stream: IO[bytes] | BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Write more bytes."""
        self._hash.update(data)
        self.size += len(data)
        self._stream.write(data)
        return len(data)

    def flush(self) -> None:
        """Flush the underlying stream."""
        self._stream.flush()

    @property
    def digest(self) -> str:
        """The digest of everything written."""
        return f"sha256:{self._hash.hexdigest()}"


def _compressed(stream: _HashingWriter, compression: str) -> IO[bytes]:
    below = cast("IO[bytes]", stream)
    if compression == GZIP:
        # neither name nor time in the header
        return gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=below, mtime=0)  # type: ignore[return-value]
    try:
        import zstandard  # noqa: PLC0415
    except ImportError as error:
        raise UnavailableError(
            "cannot compress layers with zstd: the package `zstandard` is not installed",
            hint="install `zstandard` where msbuild is installed, or use gzip",
        ) from error
    compressor = zstandard.ZstdCompressor(level=9)
    return cast("IO[bytes]", compressor.stream_writer(below, closefd=False))
