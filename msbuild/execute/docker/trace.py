"""Follows a build: turns BuildKit's updates into steps and lines, and finds the failed step."""

from __future__ import annotations

import base64
import binascii
import re
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.execute.api import Vertex
from msbuild.execute.dockerfile.instructions import (
    LEADING_EXPORT,
    with_short_digest,
    without_continuations,
)
from msbuild.execute.job_run import LineJoiner, in_one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from msbuild.execute.api import Progress
    from msbuild.execute.dockerfile.instructions import Instruction

TAIL_LINES = 40
# The error of a step that was cancelled because another one failed.
_CANCELLED = "context canceled"
# Base images exist before the build starts, and creating a directory takes no time. Whether
# BuildKit reports these as cached depends on other steps.
_NO_WORK = ("FROM ", "WORKDIR ")
# The wire types of protobuf, and the field numbers of ``StatusResponse`` in
# ``api/services/control/control.proto`` of moby/buildkit.
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED_SIZES = {_FIXED64: 8, _FIXED32: 4}
_VERTEXES, _LOGS = 1, 3
_LONGEST_VARINT = 10
_HEREDOC = re.compile(r"<<'(\w+)'")
_FLAGS = re.compile(r"(?:--\S+\s+(?:\\\n\s*)?)+")
# `[stage 2/4] RUN …`, or `[linux/amd64 stage 2/4] RUN …`, or `[2/4] RUN …`
_VERTEX = re.compile(r"\[(?:\S+/\S+ )?(?:(\S+) )?\s*(\d+)/\d+\] (.*)", re.DOTALL)


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


class WireError(ValueError):
    """The bytes are not a valid protobuf message."""


@dataclass(frozen=True, slots=True)
class VertexUpdate:
    """The current state of a step; times in seconds since the epoch."""

    digest: str
    name: str
    cached: bool
    started: float | None
    completed: float | None
    error: str


@dataclass(frozen=True, slots=True)
class LogChunk:
    """A chunk of a step's output; it may start and end within a line."""

    vertex: str
    stream: int
    data: bytes


def decode(message: bytes) -> Iterator[VertexUpdate | LogChunk]:
    """The updates of a ``StatusResponse``; skips unknown fields and types, as protobuf requires.

    Raises:
        WireError: the bytes are not a valid protobuf message.
    """
    for number, value in fields(message):
        if number == _VERTEXES and isinstance(value, bytes):
            yield _vertex(value)
        elif number == _LOGS and isinstance(value, bytes):
            yield _log(value)


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of every field, in order.

    Raises:
        WireError: the bytes are not a valid protobuf message.
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in _FIXED_SIZES:
            size = _FIXED_SIZES[kind]
        else:
            raise WireError(f"wire type {kind} at byte {at}")
        if at + size > len(message):
            raise WireError(f"{size} bytes announced at byte {at} of {len(message)}")
        yield number, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    result = 0
    for index, byte in enumerate(message[at : at + _LONGEST_VARINT]):
        result |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return result, at + index + 1
    raise WireError(f"unterminated varint at byte {at}")


def _vertex(message: bytes) -> VertexUpdate:
    found = dict(fields(message))
    return VertexUpdate(
        digest=_text(found.get(1)),
        name=_text(found.get(3)),
        cached=bool(found.get(4)),
        started=_time(found.get(5)),
        completed=_time(found.get(6)),
        error=_text(found.get(7)),
    )


def _log(message: bytes) -> LogChunk:
    found = dict(fields(message))
    stream, data = found.get(3), found.get(4)
    return LogChunk(
        vertex=_text(found.get(1)),
        stream=stream if isinstance(stream, int) else 0,
        data=data if isinstance(data, bytes) else b"",
    )


def _text(value: int | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _time(value: int | bytes | None) -> float | None:
    """A ``google.protobuf.Timestamp`` in seconds."""
    if not isinstance(value, bytes):
        return None
    parts = dict(fields(value))
    seconds, nanos = parts.get(1, 0), parts.get(2, 0)
    if not isinstance(seconds, int) or not isinstance(nanos, int):
        raise WireError("invalid timestamp")
    return seconds + nanos / 1e9


class StepNames:
    """Maps BuildKit's step names to stages and readable names.

    BuildKit numbers the steps of a stage, and truncates long scripts.

    Args:
        instructions: the instructions of the Dockerfile, in order.
    """

    def __init__(self, instructions: Iterable[Instruction]) -> None:
        self._steps: dict[str, list[Instruction]] = defaultdict(list)
        stages: dict[str, None] = {}
        for each in instructions:
            stages[each.stage] = None
            if each.step:
                self._steps[each.stage].append(each)
        # BuildKit omits the name of a single stage
        self._only = next(iter(stages)) if len(stages) == 1 else ""

    def of(self, vertex: str) -> tuple[str, str]:
        """Stage and step of a vertex; the stage is empty for BuildKit's own steps."""
        found = _VERTEX.fullmatch(vertex)
        if not found:
            return "", vertex
        stage, number, text = found[1] or self._only, int(found[2]), found[3]
        steps = self._steps.get(stage, [])
        if number <= len(steps) and text.startswith(steps[number - 1].keyword):
            return stage, steps[number - 1].step
        return self._like(text)

    def _like(self, text: str) -> tuple[str, str]:
        """The step that equals ``text``.

        BuildKit merges equal steps of parallel builds, and reports to all of them the name from
        the first one.
        """
        step = describe(text)
        for known in (known for steps in self._steps.values() for known in steps):
            if known.step == step:
                return known.stage, step
        return "", step


def describe(instruction: str) -> str:
    """An instruction printed by BuildKit, in one line, without flags and variables."""
    keyword, _, rest = instruction.partition(" ")
    if keyword == "FROM":
        return with_short_digest(f"FROM {rest.split()[0]}")
    if keyword != "RUN":
        return " ".join(instruction.split())
    script = _FLAGS.sub("", rest, count=1) if rest.startswith("--") else rest
    if heredoc := _HEREDOC.match(script):
        body = script.split("\n")[1:]
        script = "\n".join(body[:-1] if body[-1:] == [heredoc[1]] else body)
        lines = LEADING_EXPORT.sub("", script.removeprefix("set -e\n"), count=1).strip().split("\n")
        return f"RUN {in_one_line(lines)}"
    script = without_continuations(script)
    if script.startswith("export "):
        script = LEADING_EXPORT.sub("", script, count=1)
    return f"RUN {script}"


def has_network(vertex: str) -> bool:
    """Whether the step of a vertex has network access."""
    found = _VERTEX.fullmatch(vertex)
    return bool(found and found[3].startswith("RUN ") and "--network=none" not in found[3])
