"""Follows a build: turns BuildKit's updates into steps and lines, and finds the failed step."""

from __future__ import annotations

import base64
import binascii
from collections import deque
from typing import TYPE_CHECKING

from msbuild.execute.api import Vertex
from msbuild.execute.docker.wire import LogChunk, VertexUpdate, WireError, decode
from msbuild.execute.lines import LineJoiner

if TYPE_CHECKING:
    from collections.abc import Collection

    from msbuild.execute.api import Progress
    from msbuild.execute.docker.instructions import StepNames

TAIL_LINES = 40
# The error of a step that was cancelled because another one failed.
_CANCELLED = "context canceled"
# Base images exist before the build starts, and creating a directory takes no time. Whether
# BuildKit reports these as cached depends on other steps.
_NO_WORK = ("FROM ", "WORKDIR ")


class Trace:
    """The steps of one build so far.

    Args:
        names: the names of the steps.
        hidden: internal stages: their steps are reported as BuildKit's own.
        progress: receives steps that start or end, and lines of output.
    """

    def __init__(self, names: StepNames, hidden: Collection[str], progress: Progress) -> None:
        self._names = names
        self._hidden = hidden
        self._progress = progress
        self._raw: dict[str, str] = {}
        self._vertices: dict[str, Vertex] = {}
        self._joiners: dict[tuple[str, int], LineJoiner] = {}
        self._tails: dict[str, deque[str]] = {}

    @property
    def vertices(self) -> tuple[Vertex, ...]:
        """The steps that have ended, in the order in which they did."""
        ended = [vertex for vertex in self._vertices.values() if vertex.completed is not None]
        return tuple(sorted(ended, key=lambda vertex: vertex.completed or 0))

    @property
    def failed(self) -> tuple[Vertex, str, tuple[str, ...]] | None:
        """The step that failed, BuildKit's name for it, and the last lines it printed."""
        failures = [digest for digest, vertex in self._vertices.items() if vertex.error]
        for digest in sorted(failures, key=lambda one: _CANCELLED in self._vertices[one].error):
            return self._vertices[digest], self._raw[digest], tuple(self._tails.get(digest, ()))
        return None

    def feed(self, aux: object) -> None:
        """Process one message, base64-encoded as the engine sends it.

        Malformed messages are ignored: they only carry progress.
        """
        try:
            updates = list(decode(base64.b64decode(str(aux), validate=True)))
        except (binascii.Error, WireError):
            return
        for update in updates:
            if isinstance(update, LogChunk):
                self._print(update)
            else:
                self._change(update)

    def finish(self) -> None:
        """Report incomplete lines when the build has ended."""
        for digest in list(self._vertices):
            self._flush(digest)

    def _change(self, update: VertexUpdate) -> None:
        stage, name = self._names.of(update.name)
        ended = update.completed is not None
        if ended:
            self._flush(update.digest)
        vertex = Vertex(
            stage="" if stage in self._hidden else stage,
            name=name,
            cached=ended and (update.cached or (not update.error and name.startswith(_NO_WORK))),
            started=update.started,
            completed=update.completed,
            error=update.error,
        )
        before = self._vertices.get(update.digest)
        self._vertices[update.digest] = vertex
        self._raw[update.digest] = update.name
        if vertex.started is not None and _changed(before, vertex):
            self._progress.step(vertex)

    def _print(self, chunk: LogChunk) -> None:
        joiner = self._joiners.setdefault((chunk.vertex, chunk.stream), LineJoiner())
        self._report(chunk.vertex, joiner.feed(chunk.data))

    def _flush(self, digest: str) -> None:
        for (vertex, _), joiner in self._joiners.items():
            if vertex == digest:
                self._report(digest, joiner.flush())

    def _report(self, digest: str, lines: list[str]) -> None:
        vertex = self._vertices.get(digest)
        tail = self._tails.setdefault(digest, deque(maxlen=TAIL_LINES))
        for line in lines:
            tail.append(line)
            self._progress.line(vertex.name if vertex else "", line)


def _changed(before: Vertex | None, now: Vertex) -> bool:
    """Whether the state of a step changed; BuildKit repeats updates with new times."""
    if before is None:
        return True
    known = (before.started is None, before.completed is None, before.cached, before.error)
    return known != (now.started is None, now.completed is None, now.cached, now.error)
