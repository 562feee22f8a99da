"""Files of state: atomic writes, checksummed JSON, and the directory `.msbuild`."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from contextlib import suppress
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

from msbuild.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def write_atomically(
    file: Path, parts: Iterable[bytes | bytearray], *, for_everybody: bool = False
) -> None:
    """Create or replace a file atomically: readers see the old content or all of the new.

    Args:
        file: the file to write; its directory must exist.
        parts: its content; may be a generator.
        for_everybody: it is one of the user's files, with the usual permissions. Otherwise it is
            state: only its owner can read it, as it may reveal values from the environment, and
            anything in its place is removed.

    Raises:
        OSError: it cannot be written; the old file is unchanged.
    """
    # several processes may write it at once
    temporary = file.with_name(f".{file.name}.{os.urandom(4).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        descriptor = os.open(temporary, flags, 0o666 if for_everybody else 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.writelines(parts)
        _replace(temporary, file, anything=not for_everybody)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno and error.filename is None:
            # errors of writes to an open file do not name it
            error.filename = str(file)
        raise


def _replace(temporary: Path, file: Path, *, anything: bool) -> None:
    try:
        temporary.replace(file)
    except IsADirectoryError:
        if not anything:
            raise
        import shutil  # noqa: PLC0415 - rarely needed, and slow to import

        shutil.rmtree(file)
        temporary.replace(file)


_HEAD = b'{"seal": "%s", '
_LENGTH = len(_HEAD % (b"0" * 64))


def checksummed(value: Mapping[str, Any]) -> bytes:
    """A non-empty mapping as JSON that starts with its own checksum."""
    body = json.dumps(value, sort_keys=True).encode("ascii")[1:]
    return _HEAD % hashlib.sha256(body).hexdigest().encode() + body


def verify_checksum(data: bytes) -> dict[str, Any]:
    """The mapping that ``checksummed`` was given.

    Raises:
        ValueError: the bytes are damaged.
    """
    body = data[_LENGTH:]
    if data[:_LENGTH] != _HEAD % hashlib.sha256(body).hexdigest().encode():
        raise ValueError("checksum mismatch")
    found: dict[str, Any] = json.loads(b"{" + body)
    return found


def read_regular(path: str | os.PathLike[str], limit: int = -1) -> bytes:
    """The bytes of a regular file. Pipes and devices, which may never end, are not read.

    Args:
        path: the file.
        limit: how many bytes to read at most; all of them if negative.

    Raises:
        OSError: it cannot be read, or is not a regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "not a regular file", os.fspath(path))
        return file.read(limit)


def read_if_regular(path: str | os.PathLike[str]) -> bytes | None:
    """The bytes of a regular file; ``None`` if there is none or it cannot be read."""
    try:
        return read_regular(path)
    except OSError:
        return None


def make_directory(place: Path) -> None:
    """Create a directory of state and its parents; replaces anything else at its path."""
    remove_unless_directory(place)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTDIR, errno.ELOOP):
            raise
        if not place.parent.is_dir():
            make_directory(place.parent)
        remove_unless_directory(place)
        place.mkdir(mode=0o700, exist_ok=True)


def remove_unless_directory(place: Path) -> None:
    """Remove what is in place of a directory; nothing is written through a link to another one."""
    try:
        if S_ISDIR(place.lstat().st_mode):
            return
    except OSError:
        # nothing is there, or a parent is in the way, which a write will report
        return
    # another process may just have made the directory
    with suppress(FileNotFoundError, IsADirectoryError):
        place.unlink()


STATE_DIRECTORY = ".msbuild"


def state_directory(root: Path) -> Path:
    """``.msbuild/`` next to the config: created if missing, and ignored by git.

    It is a cache: it can be deleted at any time without changing any result.

    Raises:
        UnavailableError: it cannot be written.
    """
    directory = root / STATE_DIRECTORY
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        status = directory.stat()
        if status.st_mode & 0o077 and status.st_uid == os.geteuid():
            # logs contain whatever steps print
            directory.chmod(0o700)
        make_directory(directory / "logs")
        ignore = directory / ".gitignore"
        if ignore.is_symlink():
            # its target is not ours to write
            ignore.unlink()
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise UnavailableError(
            f"cannot write `{directory}`: {error.strerror}",
            hint="msbuild stores logs and the build history there",
        ) from error
    return directory
