"""Formats numbers and untrusted text, and writes with color to streams that may fail."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

UNKNOWN = "–"  # noqa: RUF001 - a dash, as tables have it

_ESCAPES = re.compile(
    r"""
    \x1b\[ [0-?]* [ -/]* [@-~]?                      # colors, cursor movements
    | \x9b [0-?]* [ -/]* [@-~]?
    | (?: \x1b[\]PX^_] | [\x90\x98\x9d-\x9f] )       # titles, links and other strings ...
      [^\x07\x1b\x9c]* (?: \x07 | \x1b\\ | \x9c )?   # ... with their ends
    | \x1b [ -/]* [0-~]?
    """,
    re.VERBOSE,
)
# Bidirectional controls make a terminal show something other than the text; lone surrogates
# represent bytes that are not text, and no stream can encode them.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """One line of a tool's output without anything that a terminal would interpret.

    If the tool overwrote the line with carriage returns, the last version is returned.
    """
    plain = _ESCAPES.sub("", text).rstrip("\r\n").expandtabs()
    versions = [version for version in plain.split("\r") if version.strip()]
    return _CONTROLS.sub(" ", versions[-1] if versions else "").rstrip()


def one_line(text: str, longest: int = 160) -> str:
    """Text of several lines as one line, truncated if too long."""
    joined = " ".join(clean(text.replace("\n", " ")).split())
    return joined if len(joined) <= longest else joined[: longest - 1] + "…"


def duration(seconds: float) -> str:
    """``0.21 s``, ``3.2 s``, ``41 s``, ``1 m 40 s``, ``2 h 05 m``."""
    if seconds < 0.995:  # noqa: PLR2004 - from here on it would round to `1.00 s`
        return f"{max(seconds, 0):.2f} s"
    if seconds < 9.95:  # noqa: PLR2004 - likewise `10.0 s`
        return f"{seconds:.1f} s"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left:02d} m"
    return f"{minutes} m {rest:02d} s" if minutes else f"{rest} s"


def rough(seconds: float) -> str:
    """A duration in whole seconds, for the live view: ``6 s``."""
    return duration(seconds) if seconds >= 60 else f"{int(max(seconds, 0))} s"  # noqa: PLR2004


def size(count: int | None) -> str:
    """Bytes in decimal units: ``812 B``, ``12.3 MB``; a dash if unknown."""
    if not count:
        return UNKNOWN
    if count < 1000:  # noqa: PLR2004 - the unit
        return f"{count} B"
    scaled = float(count)
    for unit in ("kB", "MB", "GB"):
        scaled /= 1000
        if scaled < 999.95:  # noqa: PLR2004 - from here on it would round to `1000.0`
            return f"{scaled:.1f} {unit}"
    return f"{scaled / 1000:.1f} TB"


def up_to_date(services: int, seconds: float) -> str:
    """The result of a run without jobs: ``nothing to build: 2 services up to date (1 s)``."""
    reused = f": {counted(services, 'service')} up to date" if services else ""
    return f"nothing to build{reused} ({duration(seconds)})"


def counted(count: int, noun: str) -> str:
    """``1 service``, ``2 services``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


class Sink:
    """Writes text unbuffered, replaces characters the encoding lacks, and notices a closed pipe."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._open = True

    def lines(self, lines: Iterable[str]) -> None:
        """Write lines, adding line ends."""
        self.write("".join(f"{line}\n" for line in lines))

    def write(self, text: str) -> None:
        """Write text; nothing once the reader is gone."""
        if not self._open or not text:
            return
        try:
            self._write(text)
            self.stream.flush()
        except BrokenPipeError:
            self._open = False
            self._discard()

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
        except UnicodeEncodeError:
            encoding = self.stream.encoding or "ascii"
            self.stream.write(text.encode(encoding, "replace").decode(encoding))

    def _discard(self) -> None:
        # Otherwise the interpreter would report an error when it flushes the buffer at exit.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.stream.fileno())
            os.close(nowhere)


class Paint:
    """Colors for plain text; without color every method returns the text unchanged."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def bold(self, text: str) -> str:
        """For names and results."""
        return self._wrap("1", text)

    def dim(self, text: str) -> str:
        """Details that seldom matter."""
        return self._wrap("2", text)

    def red(self, text: str) -> str:
        """Failures."""
        return self._wrap("31", text)

    def green(self, text: str) -> str:
        """Successes."""
        return self._wrap("32", text)

    def yellow(self, text: str) -> str:
        """For interrupted and skipped jobs."""
        return self._wrap("33", text)

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color and text else text
