"""A running job: its context, its steps, and their output."""

from __future__ import annotations

import codecs
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.errors import BuildError, MsbuildError
from msbuild.execute.api import Cancelled, Vertex

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from msbuild.execute.api import Job, Progress
    from msbuild.model import Run
    from msbuild.sources.tree import FileContent, SourceTree

# Colors, cursor movements and titles, and all other control characters except tab.
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|[\x00-\x08\x0b-\x1f\x7f]"
)
_LONGEST = 64 << 10
# Uninformative lines of scripts: a script is named after the first other line.
_BORING = re.compile(
    r"\s*(?:(?:set|export|cd|mkdir|cp|rm|find|echo|for|do|done|if|then|else|fi)\b|[{}#]|$"
    r'|\w+=(?:\S*|"[^"]*")(?: && \\)?$|\w+=\$\()'
)


@dataclass(frozen=True, slots=True)
class JobRun:
    """The context of a running job; an executor passes it on as one value.

    Attributes:
        job: the job.
        sources: the source tree.
        ca_bundle: the certificates that downloading steps trust.
        progress: receives its steps and their output.
        cancel: cancels it.
    """

    job: Job
    sources: SourceTree
    ca_bundle: Path | None
    progress: Progress
    cancel: threading.Event

    def check_cancelled(self) -> None:
        """Raise ``Cancelled`` if the job was cancelled."""
        if self.cancel.is_set():
            raise Cancelled

    def content(self, source: str, stage: str) -> FileContent:
        """The content of a source file, if it has not changed since planning.

        Args:
            source: the file.
            stage: the stage that reads it, for the error.

        Raises:
            BuildError: it has changed, so the fingerprint would not match the content of the
                image; or it cannot be read.
        """
        try:
            content = self.sources.content(source)
        except OSError as error:
            raise BuildError(
                f"cannot read `{source}`: {(error.strerror or str(error)).lower()}",
                stage=stage,
                hint="it was readable when the build was planned: run again",
            ) from error
        if content.hash() != self.job.hashes.get(source):
            raise BuildError(f"`{source}` changed during the build", stage=stage, hint="run again")
        return content

    def step(self, stage: str, name: str) -> AbstractContextManager[None]:
        """Reports the start and the end of a step."""
        return running_step(self.progress, stage, name)

    def found(self, stage: str, step: str) -> None:
        """Report a step as cached."""
        now = time.time()
        self.progress.step(Vertex(stage, step, cached=True, started=now, completed=now))


@contextmanager
def running_step(progress: Progress, stage: str, name: str) -> Iterator[None]:
    """Reports the start and the end of a step; ``stage`` is empty for the executor's own steps."""
    started = time.time()
    progress.step(Vertex(stage, name, cached=False, started=started, completed=None))
    message = "cancelled"
    try:
        yield
        message = ""
    except MsbuildError as error:
        message = error.message
        raise
    finally:
        progress.step(Vertex(stage, name, False, started, time.time(), message))


class StepRecorder:
    """Progress that is passed on; records the steps that have ended."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.ended: list[Vertex] = []

    def step(self, vertex: Vertex) -> None:
        """A step started or ended."""
        if vertex.completed is not None:
            self.ended.append(vertex)
        self._progress.step(vertex)

    def line(self, step: str, text: str) -> None:
        """A step printed a line."""
        self._progress.line(step, text)


class LineJoiner:
    """Joins the chunks of one stream into lines.

    Bytes that are not valid UTF-8 are replaced. Of a line overwritten by carriage returns, only
    the last state remains. Very long lines are cut to bound memory.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes) -> list[str]:
        """The lines completed by ``data``."""
        *complete, self._rest = (self._rest + self._decoder.decode(data)).split("\n")
        if len(self._rest) > _LONGEST:
            complete.append(self._rest)
            self._rest = ""
        return [_shown(line) for line in complete]

    def flush(self) -> list[str]:
        """The last line, if it does not end with a newline; called when the step has ended."""
        rest = self._rest + self._decoder.decode(b"", final=True)
        self._rest = ""
        self._decoder.reset()
        return [_shown(rest)] if rest else []


def _shown(line: str) -> str:
    written = line.rstrip("\r").rpartition("\r")[2]
    return _CONTROL.sub("", written)


def in_one_line(lines: Sequence[str]) -> str:
    """The most informative line of a script, with an ellipsis if there are more."""
    chosen = next((line for line in lines if not _BORING.match(line)), lines[0])
    chosen = chosen.strip().removesuffix("\\").rstrip(" &")
    return f"{chosen} …" if len(lines) > 1 else chosen


def run_name(step: Run) -> str:
    """A one-line name for a script."""
    return f"RUN {in_one_line(step.script.strip().splitlines())}"
