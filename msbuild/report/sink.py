"""Where reporters write: a stream that may have gone away or know few letters; and colours."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO


class Sink:
    """Writes text at once, replaces letters the stream cannot show, and notices a closed pipe."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._open = True

    def lines(self, lines: Iterable[str]) -> None:
        """Write lines; each gets its line end."""
        self.write("".join(f"{line}\n" for line in lines))

    def write(self, text: str) -> None:
        """Write text, or nothing once the reader has left."""
        if not self._open or not text:
            return
        try:
            self._write(text)
            self.stream.flush()
        except BrokenPipeError:
            self._open = False
            self._forget()

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
        except UnicodeEncodeError:
            encoding = self.stream.encoding or "ascii"
            self.stream.write(text.encode(encoding, "replace").decode(encoding))

    def _forget(self) -> None:
        # What is still buffered has nowhere to go: the interpreter would complain about it when
        # it flushes the stream at the end.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.stream.fileno())
            os.close(nowhere)


class Paint:
    """Colours for plain text; without colour every method gives the text as it is."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def bold(self, text: str) -> str:
        """What people look for."""
        return self._wrap("1", text)

    def dim(self, text: str) -> str:
        """What is there but seldom matters."""
        return self._wrap("2", text)

    def red(self, text: str) -> str:
        """What went wrong."""
        return self._wrap("31", text)

    def green(self, text: str) -> str:
        """What went well."""
        return self._wrap("32", text)

    def yellow(self, text: str) -> str:
        """What did not come to an end."""
        return self._wrap("33", text)

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color and text else text
