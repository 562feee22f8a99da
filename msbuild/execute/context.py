"""The build context: a tar of exactly the files of a job; equal content produces equal bytes."""

from __future__ import annotations

import io
import os
import tarfile
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

    from msbuild.execute.job_run import JobRun

# 1980-01-01: the earliest time a zip file can store, and older than any artifact.
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


def pack(run: JobRun, own: Mapping[str, bytes], files: Mapping[str, str]) -> Context:
    """Pack a context.

    Args:
        run: the job.
        own: files that msbuild adds: path in the context, and bytes.
        files: the source file behind every other path of the context.

    Raises:
        BuildError: a source file has changed since planning.
        Cancelled: the job was cancelled.
    """
    context = Context()
    try:
        context.fill(_entries(run, own, files))
    except BaseException:
        context.__exit__(None, None, None)
        raise
    return context


def _entries(
    run: JobRun, own: Mapping[str, bytes], files: Mapping[str, str]
) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    seen: set[str] = set()
    for path in sorted((*own, *files), key=lambda path: path.split("/")):
        run.check_cancelled()
        yield from _directories(path, seen)
        if path in own:
            yield _entry(path, "file", own[path])
        else:
            stage = path.split("/", 1)[0]
            content = run.content(files[path], stage)
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
