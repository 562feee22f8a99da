"""Writes the protobuf messages that the engine would send."""

from __future__ import annotations

import base64


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def timestamp(seconds: float) -> bytes:
    integer = int(seconds)
    return field(1, integer) + field(2, round((seconds - integer) * 1e9))


def vertex(  # noqa: PLR0913
    digest: str,
    name: str,
    *,
    cached: bool = False,
    started: float | None = 1.0,
    completed: float | None = None,
    error: str = "",
) -> bytes:
    message = field(1, digest) + field(2, "sha256:parent") + field(3, name)
    if cached:
        message += field(4, 1)
    if started is not None:
        message += field(5, timestamp(started))
    if completed is not None:
        message += field(6, timestamp(completed))
    if error:
        message += field(7, error)
    return field(1, message)


def log(digest: str, data: bytes, stream: int = 1) -> bytes:
    return field(3, field(1, digest) + field(2, timestamp(1)) + field(3, stream) + field(4, data))


def aux(*messages: bytes) -> str:
    return base64.b64encode(b"".join(messages)).decode()
