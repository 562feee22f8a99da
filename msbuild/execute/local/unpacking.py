"""Reads the layers of an image, and unpacks them without writing outside a directory.

Links are resolved as in a container: absolute targets start at that directory.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import stat
import tarfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.local.confined import DIRECTORY, ConfinedDirectory, kind_of
from msbuild.execute.local.files import remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PERMISSIONS = 0o777
_CHUNK = 1 << 20
_MAX_BYTES = 16 << 20


def unpack(archive: tarfile.TarFile, root: Path) -> None:
    """Unpack a layer on top of lower ones.

    Owners, devices and special permission bits are skipped: an ordinary user cannot set them.

    Args:
        archive: the layer.
        root: the directory.

    Raises:
        UnavailableError: the layer is malformed.
    """
    with ConfinedDirectory(root, is_root=True) as below:
        layer = _Layer(archive, below)
        for member in archive:
            path = normal(member.name)
            if not path:
                continue
            above, name = posixpath.split(path)
            try:
                with below.directory(above, create=True) as handle:
                    layer.apply(member, handle, name)
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise UnavailableError(f"cannot unpack `{path}` of the image: {reason}") from error


def normal(name: str) -> str:
    """The path of a member, from the root; empty for the root itself."""
    return posixpath.normpath(f"/{name}").lstrip("/")


def clear(below: ConfinedDirectory, path: str, *, directory: bool) -> None:
    """Make a path a directory or a file, with no link on the way.

    Mounting something there would follow links.
    """
    *above, last = path.strip("/").split("/")
    place = ""
    for name in [*above, *([last] if directory else [])]:
        with below.directory(place) as handle:
            if kind_of(handle, name) != stat.S_IFDIR:
                _make_room(handle, name)
                os.mkdir(name, dir_fd=handle)
        place = posixpath.join(place, name)
    if not directory:
        with below.directory(place) as handle:
            if kind_of(handle, last) != stat.S_IFREG:
                _make_room(handle, last)
                os.close(os.open(last, _NEW, 0o644, dir_fd=handle))


class _Layer:
    """A layer that is being unpacked, and the entries it has written so far."""

    def __init__(self, archive: tarfile.TarFile, below: ConfinedDirectory) -> None:
        self._archive = archive
        self._below = below
        self._written: set[tuple[int, str]] = set()

    def apply(self, member: tarfile.TarInfo, handle: int, name: str) -> None:
        """Apply a member to the open directory that it belongs to."""
        directory = os.fstat(handle).st_ino
        if name == OPAQUE:
            for other in os.listdir(handle):
                if (directory, other) not in self._written:
                    _make_room(handle, other)
        elif name.startswith(WHITEOUT):
            hidden = name.removeprefix(WHITEOUT)
            if hidden not in ("", ".", ".."):
                _make_room(handle, hidden)
        else:
            self._written.add((directory, name))
            self._write(member, handle, name)

    def _write(self, member: tarfile.TarInfo, handle: int, name: str) -> None:
        if member.isdir():
            _directory(member, handle, name)
        elif member.issym():
            _make_room(handle, name)
            os.symlink(member.linkname, name, dir_fd=handle)
        elif member.islnk():
            _hard_link(member, self._below, handle, name)
        elif member.isfile():
            _make_room(handle, name)
            with os.fdopen(os.open(name, _NEW, 0o600, dir_fd=handle), "wb") as file:
                if content := self._archive.extractfile(member):
                    with content:
                        shutil.copyfileobj(content, file, _CHUNK)
                file.flush()
                os.fchmod(file.fileno(), member.mode & _PERMISSIONS)


def _directory(member: tarfile.TarInfo, handle: int, name: str) -> None:
    if kind_of(handle, name) != stat.S_IFDIR:
        _make_room(handle, name)
        os.mkdir(name, dir_fd=handle)
    own = os.open(name, DIRECTORY, dir_fd=handle)
    try:
        os.fchmod(own, member.mode & _PERMISSIONS | stat.S_IRWXU)
    finally:
        os.close(own)


def _hard_link(member: tarfile.TarInfo, below: ConfinedDirectory, handle: int, name: str) -> None:
    with below.parent(normal(member.linkname)) as (source, old):
        if kind_of(source, old) == stat.S_IFDIR:
            raise IsADirectoryError(0, "a hard link to a directory")
        before = os.stat(old, dir_fd=source, follow_symlinks=False)
        if kind_of(handle, name):
            same = os.path.samestat(before, os.stat(name, dir_fd=handle, follow_symlinks=False))
            if same:
                return
            _make_room(handle, name)
        os.link(old, name, src_dir_fd=source, dst_dir_fd=handle, follow_symlinks=False)


def _make_room(handle: int, name: str) -> None:
    if kind_of(handle, name):
        remove_tree(Path(f"/proc/self/fd/{handle}/{name}"))


def find_in_layer(archive: tarfile.TarFile, path: str) -> tuple[bytes | str | None, bool]:
    """Look up a path in a layer.

    Returns:
        The content of a file there, or the path to which a link there or on the way points;
        ``None`` if it is not in this layer. And whether this layer hides lower ones.
    """
    found: bytes | str | None = None
    hidden = False
    for member in archive:
        name = normal(member.name)
        above, own = posixpath.split(name)
        if own == OPAQUE:
            hidden = hidden or _is_within(path, above)
        elif own.startswith(WHITEOUT):
            gone = posixpath.join(above, own.removeprefix(WHITEOUT))
            hidden = hidden or _is_within(path, gone)
        elif member.issym() and _is_within(path, name):
            target = posixpath.join("/", above, member.linkname)
            found = posixpath.normpath(target + path.removeprefix(name))
        elif name == path:
            hidden = True
            if member.islnk():
                found = normal(member.linkname)
            elif member.isfile() and member.size <= _MAX_BYTES:
                content = archive.extractfile(member)
                found = content.read() if content else b""
    return found, hidden


def _is_within(path: str, directory: str) -> bool:
    return not directory or path == directory or path.startswith(f"{directory}/")


@contextmanager
def unpacked(blob: Path, media_type: str) -> Iterator[tarfile.TarFile]:
    """The archive in a layer.

    Raises:
        UnavailableError: a package for decompression is not installed.
    """
    if not media_type.endswith("zstd"):
        with tarfile.open(blob) as archive:
            yield archive
        return
    try:
        import zstandard  # noqa: PLC0415
    except ImportError as error:
        raise UnavailableError(
            "cannot decompress the base image with zstd: the package `zstandard` is not installed",
            hint="install the Python package `zstandard` where msbuild is installed",
        ) from error
    with (
        blob.open("rb") as file,
        zstandard.ZstdDecompressor().stream_reader(file) as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        yield archive
