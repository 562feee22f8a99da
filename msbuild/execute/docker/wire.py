"""Decodes BuildKit's progress messages: the protobuf wire format and the fields used here.

Field numbers are those of ``StatusResponse`` in ``api/services/control/control.proto`` of
moby/buildkit. Unknown fields and types are skipped, as protobuf requires.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED_SIZES = {_FIXED64: 8, _FIXED32: 4}
_VERTEXES, _LOGS = 1, 3
_LONGEST_VARINT = 10


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
    """The updates of a ``StatusResponse``.

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
