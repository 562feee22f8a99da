"""The build context: a tar of exactly a job's files, the same bytes for the same content."""

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

# 1980-01-01: the first moment that zip files can tell, and no source is newer than an artifact.
MTIME = 315532800
_IN_MEMORY = 32 << 20
_CHUNK = 1 << 20


class Context:
    """A packed context: its length, and its bytes in chunks as often as somebody iterates."""

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
        own: the files that msbuild adds: path in the context, and bytes.
        files: the source file behind every other path of the context.
        sources: where the source files are.
        hashes: what the plan saw in each source file.
        cancel: stops the packing.

    Raises:
        BuildFailure: a source file is not what the plan saw. The fingerprint of the image would
            name content that is not in it.
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
    """Entries for the directories above ``path``: left out, they would get the time of day."""
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
    """What a source file holds now.

    Args:
        source: the file.
        stage: the stage that reads it, for the error.
        sources: the source tree.
        hashes: what the plan saw in each file.

    Raises:
        BuildFailure: it is not what the plan saw.
    """
    try:
        content = sources.content(source)
    except OSError as error:
        raise BuildError(
            f"`{source}` cannot be read any more: {error.strerror}", stage=stage, hint="run again"
        ) from error
    if content.hash() != hashes.get(source):
        raise BuildError(
            f"`{source}` changed while it was being built", stage=stage, hint="run again"
        )
    return content
