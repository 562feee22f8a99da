"""Writes files whole or not at all: whoever reads one sees what was there before, or all of it."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write_whole(file: Path, parts: Iterable[bytes | bytearray]) -> None:
    """Put a file into the place of what was there.

    Args:
        file: where; its directory is there.
        parts: its content, one after another; it may be made while it is written.

    Raises:
        OSError: it cannot be written; what was there before is still there.
    """
    # several processes may be about to do the same
    temporary = file.with_name(f".{file.name}.{os.urandom(4).hex()}")
    try:
        with temporary.open("wb") as opened:
            opened.writelines(parts)
        temporary.replace(file)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
