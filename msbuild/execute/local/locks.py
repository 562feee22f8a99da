"""Locks between processes that a build can be called away from."""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msbuild.execute.protocol import Cancelled

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

_LOOK = 0.05


@contextmanager
def locked(
    file: Path, *, shared: bool = False, cancel: threading.Event | None = None
) -> Iterator[None]:
    """Hold the lock of a file; threads of one process keep each other out like processes do.

    Args:
        file: the lock file, made where it is missing and never removed: removing one that somebody
            waits for would let two in.
        shared: be there beside others that only read.
        cancel: stops the waiting.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    with file.open("a") as handle:
        if cancel is None:
            fcntl.flock(handle, kind)
        while cancel is not None and not _try(handle.fileno(), kind):
            if cancel.is_set():
                raise Cancelled
            time.sleep(_LOOK)
        yield


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
