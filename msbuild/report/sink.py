"""Output of reporters: streams that may be closed or not support Unicode, and colours."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO


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
    """Colours for plain text; without colour every method returns the text unchanged."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def bold(self, text: str) -> str:
        """What people look for."""
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
        """What did not finish."""
        return self._wrap("33", text)

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color and text else text
