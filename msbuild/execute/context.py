"""The build context: a tar of exactly the files of a job; equal content gives equal bytes."""

from __future__ import annotations

import io
import os
import tarfile
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Self

from msbuild.errors import BuildError
from msbuild.execute.api import Cancelled

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

    from msbuild.sources.tree import FileContent, SourceTree

# 1980-01-01: the earliest time a zip file can hold, and older than any artifact.
MTIME = 315532800
_IN_MEMORY = 32 << 20
_CHUNK = 1 << 20


class Context:
    """A packed context: its length, and its bytes in chunks; can be iterated repeatedly."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile[bytes](max_size=_IN_MEMORY)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while chunk := self._file.read(_CHUNK):
            yield chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def fill(self, entries: Iterable[tuple[tarfile.TarInfo, bytes]]) -> None:
        """Write the entries as a tar archive."""
        with tarfile.open(fileobj=self._file, mode="w") as archive:
            for info, data in entries:
                archive.addfile(info, io.BytesIO(data))
        self._size = self._file.tell()


def pack(
    own: Mapping[str, bytes],
    files: Mapping[str, str],
    *,
    sources: SourceTree,
    hashes: Mapping[str, str],
    cancel: threading.Event,
) -> Context:
    """Pack a context.

    Args:
        own: files that msbuild adds: path in the context, and bytes.
        files: the source file behind every other path of the context.
        sources: the source tree.
        hashes: content hash of each source file at planning time.
        cancel: cancels packing.

    Raises:
        BuildError: a source file has changed since planning, so the fingerprint would not match
            the content of the image.
        Cancelled: ``cancel`` was set.
    """
    context = Context()
    try:
        context.fill(_entries(own, files, sources, hashes, cancel))
    except BaseException:
        context.__exit__(None, None, None)
        raise
    return context


def _entries(
    own: Mapping[str, bytes],
    files: Mapping[str, str],
    sources: SourceTree,
    hashes: Mapping[str, str],
    cancel: threading.Event,
) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    seen: set[str] = set()
    for path in sorted((*own, *files), key=lambda path: path.split("/")):
        if cancel.is_set():
            raise Cancelled
        yield from _directories(path, seen)
        if path in own:
            yield _entry(path, "file", own[path])
        else:
            stage = path.split("/", 1)[0]
            content = checked(files[path], stage, sources, hashes)
            yield _entry(path, content.kind, content.data)


def _directories(path: str, seen: set[str]) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Entries for the directories above ``path``; without them, they would get the current time."""
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        directory = "/".join(parts[:depth])
        if directory not in seen:
            seen.add(directory)
            yield _entry(directory, "directory", b"")


def _entry(path: str, kind: str, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(path)
    info.mtime = MTIME
    info.mode = 0o644 if kind == "file" else 0o755
    if kind == "directory":
        info.type = tarfile.DIRTYPE
    elif kind == "link":
        info.type = tarfile.SYMTYPE
        info.mode = 0o777
        info.linkname = os.fsdecode(data)
        return info, b""
    info.size = len(data)
    return info, data


def checked(source: str, stage: str, sources: SourceTree, hashes: Mapping[str, str]) -> FileContent:
    """The content of a source file, if it has not changed since planning.

    Args:
        source: the file.
        stage: the stage that reads it, for the error.
        sources: the source tree.
        hashes: content hash of each file at planning time.

    Raises:
        BuildError: it has changed or cannot be read.
    """
    try:
        content = sources.content(source)
    except OSError as error:
        raise BuildError(
            f"cannot read `{source}`: {(error.strerror or str(error)).lower()}",
            stage=stage,
            hint="it was readable when the build was planned: run again",
        ) from error
    if content.hash() != hashes.get(source):
        raise BuildError(f"`{source}` changed during the build", stage=stage, hint="run again")
    return content
