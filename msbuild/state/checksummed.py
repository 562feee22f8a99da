"""Small files of state that count only as they were written: JSON with the digest of itself.

A bit that flipped, a part that is missing, another kind of file in its place: such a file says
nothing, so what it told of is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
from stat import S_ISREG
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

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
