"""Pieces of output to the lines that a terminal would have shown."""

from __future__ import annotations

import codecs
import re

# Colours, cursor movements and titles; and the other control characters but the tabulator.
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|[\x00-\x08\x0b-\x1f\x7f]"
)
_LONGEST = 64 << 10


class LineJoiner:
    """Joins the pieces of one stream.

    Bytes that are no UTF-8 are replaced. Of a line that was overwritten by carriage returns only
    the last state stays. A line without end is cut, so that memory has a bound.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes) -> list[str]:
        """The lines that ``data`` completes."""
        *whole, self._rest = (self._rest + self._decoder.decode(data)).split("\n")
        if len(self._rest) > _LONGEST:
            whole.append(self._rest)
            self._rest = ""
        return [_shown(line) for line in whole]

    def flush(self) -> list[str]:
        """What is left without a line end, when the step is over."""
        rest = self._rest + self._decoder.decode(b"", final=True)
        self._rest = ""
        self._decoder.reset()
        return [_shown(rest)] if rest else []


def _shown(line: str) -> str:
    written = line.rstrip("\r").rpartition("\r")[2]
    return _CONTROL.sub("", written)
