"""Writes files whole or not at all: whoever reads one sees what was there before, or all of it."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


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
