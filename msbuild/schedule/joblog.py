"""Writes the full log of each job to a file of its own, as the lines come."""

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

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC


class JobLog:
    """The log of one job, all its attempts included; the file is there from the first line on.

    A log is a help, never a condition: where it cannot be written the build goes on without.

    Args:
        directory: where ``<job>.log`` goes; nowhere if ``None``.
        job: the job's name.

    Attributes:
        path: the file; ``None`` where there is none.
    """

    def __init__(self, directory: Path | None, job: str) -> None:
        self._directory = directory
        self._name = f"{job.replace('/', '_')}.log"
        self._file: TextIO | None = None
        self._step = ""
        self.path: str | None = None
        if directory is not None:
            # that of an earlier run would pass for this one's
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
        """The attempt met a fault; the next one follows."""
        self._write(f"# {error}\n# trying again in {delay:g} s\n")

    def end(self, error: BaseException | None) -> None:
        """What ended the job; for errors nobody foresaw, where they came from, too."""
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
        # Steps run side by side: their lines are told apart by a header at every change.
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
