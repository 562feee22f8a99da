"""Writes the full log of each job to its own file, line by line."""

from __future__ import annotations

import contextlib
import os
import traceback
from typing import TYPE_CHECKING

from msbuild.errors import MsbuildError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from msbuild.execute.api import Vertex

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class JobLog:
    """The log of one job, over all its attempts; the file is created with the first line.

    If the log cannot be written, the build continues without it.

    Args:
        directory: where to write ``<job>.log``; ``None`` for no log.
        job: the job's name.

    Attributes:
        path: the file; ``None`` if there is none.
    """

    def __init__(self, directory: Path | None, job: str) -> None:
        self._directory = directory
        self._name = f"{job.replace('/', '_')}.log"
        self._file: TextIO | None = None
        self._step = ""
        self.path: str | None = None
        if directory is not None:
            # the log of an earlier run would be mistaken for this one's
            with contextlib.suppress(OSError):
                (directory / self._name).unlink()

    def step(self, vertex: Vertex) -> None:
        """A step began or ended."""
        self._header(vertex.name)
        if vertex.error:
            self._write(f"# error: {vertex.error}\n")
        elif vertex.cached:
            self._write("# cached\n")
        elif vertex.started is not None and vertex.completed is not None:
            self._write(f"# done in {vertex.completed - vertex.started:.1f} s\n")

    def line(self, step: str, text: str) -> None:
        """A step printed a line."""
        self._header(step)
        self._write(f"{text}\n")

    def retry(self, error: BaseException, delay: float) -> None:
        """The attempt failed and is retried."""
        self._write(f"# {error}\n# retrying in {delay:g} s\n")

    def end(self, error: BaseException | None) -> None:
        """The error that ended the job, with a traceback if it is unexpected."""
        if error is None:
            self._write("# stopped\n")
        elif isinstance(error, MsbuildError):
            self._write(f"# {error.render()}\n")
        else:
            self._write("".join(traceback.format_exception(error)))

    def close(self) -> None:
        """The job ended."""
        self._directory = None
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _header(self, step: str) -> None:
        # Steps run in parallel: a header marks each change between their lines.
        if step and step != self._step:
            self._step = step
            self._write(f"=== {step}\n")

    def _write(self, text: str) -> None:
        if self._file is None and self._directory is not None:
            self._open(self._directory)
        if self._file is None:
            return
        try:
            self._file.write(text)
        except OSError:
            self.close()
            self.path = None

    def _open(self, directory: Path) -> None:
        self._directory = None
        with contextlib.suppress(OSError):
            directory.mkdir(parents=True, exist_ok=True)
            path = directory / self._name
            descriptor = os.open(path, _FLAGS, 0o600)
            self._file = os.fdopen(
                descriptor, "w", encoding="utf-8", errors="backslashreplace", buffering=1
            )
            self.path = str(path)
