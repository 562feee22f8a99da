"""How state is written and read: atomically, with its checksum, in a directory of the owner's."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any

from msbuild.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def write_atomically(
    file: Path, parts: Iterable[bytes | bytearray], *, for_everybody: bool = False
) -> None:
    """Put a file into the place of what was there.

    Args:
        file: where; its directory is there.
        parts: its content, one after another; it may be made while it is written.
        for_everybody: it is a file of the user's, with the usual rights. Otherwise it is state:
            only its owner reads it, for it may tell of values from the environment, and whatever
            is in its place goes.

    Raises:
        OSError: it cannot be written; what was there before is still there.
    """
    # several processes may be about to do the same
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
            # a write to a file that is open does not say which one
            error.filename = str(file)
        raise


def _replace(temporary: Path, file: Path, *, anything: bool) -> None:
    try:
        temporary.replace(file)
    except IsADirectoryError:
        if not anything:
            raise
        import shutil  # noqa: PLC0415 - hardly ever, and it takes milliseconds

        shutil.rmtree(file)
        temporary.replace(file)


_HEAD = b'{"seal": "%s", '
_LENGTH = len(_HEAD % (b"0" * 64))


def checksummed(value: Mapping[str, Any]) -> bytes:
    """A mapping that is not empty, as the bytes of a file; they are JSON as well."""
    body = json.dumps(value, sort_keys=True).encode("ascii")[1:]
    return _HEAD % hashlib.sha256(body).hexdigest().encode() + body


def verify_checksum(data: bytes) -> dict[str, Any]:
    """What ``sealed`` was given, without changes.

    Raises:
        ValueError: the bytes are not what it returned.
    """
    body = data[_LENGTH:]
    if data[:_LENGTH] != _HEAD % hashlib.sha256(body).hexdigest().encode():
        raise ValueError("not as it was written")
    found: dict[str, Any] = json.loads(b"{" + body)
    return found


def read_regular(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file; of a pipe or a device, which might never end, nothing is read.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "not a regular file", os.fspath(path))
        return file.read()


STATE_DIRECTORY = ".msbuild"


def state_directory(root: Path) -> Path:
    """``.msbuild/`` beside the config, made where it is missing and invisible to Git.

    Raises:
        EnvironmentFault: it cannot be written.
    """
    directory = Path(root) / STATE_DIRECTORY
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        status = directory.stat()
        if status.st_mode & 0o077 and status.st_uid == os.geteuid():
            # logs may tell of anything that a step prints
            directory.chmod(0o700)
        _make_logs(directory / "logs")
        ignore = directory / ".gitignore"
        if ignore.is_symlink():
            # what it leads to is not ours to write
            ignore.unlink()
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise UnavailableError(
            f"cannot write `{directory}`: {error.strerror}",
            hint="msbuild keeps logs and the history of builds there",
        ) from error
    return directory


def _make_logs(logs: Path) -> None:
    try:
        logs.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        logs.unlink()
        logs.mkdir(mode=0o700)
