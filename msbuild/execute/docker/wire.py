"""Reads BuildKit's progress messages: the protobuf wire format, and the fields that matter here.

The numbers are those of ``StatusResponse`` in ``api/services/control/control.proto`` of
moby/buildkit. Fields and types that are not known are skipped, as protobuf asks for.
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
    """The bytes are no protobuf message."""


@dataclass(frozen=True, slots=True)
class VertexUpdate:
    """What is known of a step now; times in seconds since the epoch."""

    digest: str
    name: str
    cached: bool
    started: float | None
    completed: float | None
    error: str


@dataclass(frozen=True, slots=True)
class LogChunk:
    """A piece of what a step printed: any number of lines, whole or not."""

    vertex: str
    stream: int
    data: bytes


def decode(message: bytes) -> Iterator[VertexUpdate | LogChunk]:
    """The updates of a ``StatusResponse``.

    Raises:
        WireError: it is none.
    """
    for number, value in fields(message):
        if number == _VERTEXES and isinstance(value, bytes):
            yield _vertex(value)
        elif number == _LOGS and isinstance(value, bytes):
            yield _log(value)


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of every field, in the order they stand.

    Raises:
        WireError: the bytes are no protobuf message.
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
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return result, at + index + 1
    raise WireError(f"a number without end at byte {at}")


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
        raise WireError("a timestamp without numbers")
    return seconds + nanos / 1e9
