"""Mutates a text: typical mistakes, merge conflicts and arbitrary damage."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

_TOKENS = re.compile(rb"\w+|\s+|[^\w\s]")
_VALUE = re.compile(rb"(?<=[:=])[ \t]*[^\n#,}\]]+")
_VALUES = (
    *(
        b"null",
        b"~",
        b"true",
        b"[]",
        b"{}",
        b"[[]]",
        b"{a: {b: c}}",
        b"-1",
        b"0",
        b"1e999",
        b".nan",
    ),
    *(b"2024-01-01", b"2024-99-99", b"1:30:59", b'"x"', b"''", b'""', b"[1, two, null]", b"0x1F"),
    *(b"{ workspace = true }", b"{ path = 1 }", b"!!set {}", b"&a [*a]", b"*b", b"${X}", b"$"),
    *(b"!!python/name:os.x", b"../../..", b"/", b".", b"a/../b", b"9" * 26, b"@", b"`", b"%"),
    *(b"?", b"- -", b"\\"),
    *(b"1" * 5000, b"\xff", b"|\n  x", b"'a\nb'", b'"""a\nb"""'),
)
_ODD = (
    *(b"\x00", b"\r", b"\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\x1b[31m"),
    *(b"\t", b"\x0b", b"\x0c", b"\x7f", b"\xe9"),
    *(each.encode() for each in "\u2028\u0085\u202e\U0001f600\u0131\u0660\ufeff"),
)
_MARKS = b"<<<<<<< HEAD\n%s=======\n%s>>>>>>> theirs\n"
_DEEP = (
    b"[",
    b"{",
    b"(",
    b"{a: ",
    b"[[",
    b"a.",
    b"- ",
    b"$(",
    b"${",
    b"\n if(",
    b"!",
    b"*",
    b"a = [",
)


def mutated(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """A mutated copy; most have one mutation, some several.

    Args:
        data: the original.
        rng: source of randomness.
        others: more originals, to copy pieces from.
    """
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4))):
        data = rng.choice(_MUTATIONS)(data, rng, others)
    return data


def _place(data: bytes, rng: random.Random) -> int:
    return rng.randint(0, len(data))


def _flip(data: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _on_parts(data: bytes, rng: random.Random, parts: list[bytes]) -> bytes:
    """Delete, duplicate or swap parts."""
    if not parts:
        return data
    one, other = rng.randrange(len(parts)), rng.randrange(len(parts))
    kind = rng.randrange(4)
    if kind == 0:
        del parts[one]
    elif kind == 1:
        parts.insert(other, parts[one])
    elif kind == 2:  # noqa: PLR2004 - one of four
        parts[one], parts[other] = parts[other], parts[one]
    else:
        del parts[min(one, other) : max(one, other)]
    return b"".join(parts)


def _token(data: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    return _on_parts(data, rng, _TOKENS.findall(data))


def _line(data: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    return _on_parts(data, rng, data.splitlines(keepends=True))


def _other_value(data: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    found = list(_VALUE.finditer(data))
    if not found:
        return data + rng.choice(_VALUES)
    at = rng.choice(found)
    return data[: at.start()] + b" " + rng.choice(_VALUES) + data[at.end() :]


def _other_token(data: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    found = list(_TOKENS.finditer(data))
    if not found:
        return rng.choice(_VALUES)
    at = rng.choice(found)
    new = rng.choice((*_VALUES, *_ODD, rng.choice(found)[0]))
    return data[: at.start()] + new + data[at.end() :]


def _odd(data: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    at = _place(data, rng)
    return data[:at] + rng.choice(_ODD) + data[at:]


def _conflict(data: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    lines = data.splitlines(keepends=True)
    at = rng.randint(0, len(lines))
    some = b"".join(lines[at : at + rng.randint(0, 4)])
    return b"".join(lines[:at]) + _MARKS % (some, some) + b"".join(lines[at:])


def _deep(data: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    at = _place(data, rng)
    return data[:at] + rng.choice(_DEEP) * rng.choice((3, 150, 3000)) + data[at:]


def _cut(data: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    return data[: _place(data, rng)]


def _all_of_it(data: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    return rng.choice(
        (
            data.replace(b"\n", b"\r\n"),
            data.replace(b"\n", b"\r"),
            b"\xef\xbb\xbf" + data,
            data.decode("utf-8", "replace").encode("utf-16"),
            b"",
            data * 3,
            data.rstrip(b"\n"),
            data.upper(),
        )
    )


def _splice(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others)
    start = _place(other, rng)
    piece = other[start : start + rng.randint(1, 200)]
    at = _place(data, rng)
    return data[:at] + piece + data[at:]


_MUTATIONS: tuple[Callable[[bytes, random.Random, Sequence[bytes]], bytes], ...] = (
    _flip, _token, _token, _token, _line, _line, _other_value, _other_value, _other_value,
    _other_token, _other_token, _odd, _odd, _conflict, _deep, _cut, _all_of_it, _splice,
)  # fmt: skip
