"""Splits output into the lines that a terminal would show."""

from __future__ import annotations

import codecs
import re

# Colours, cursor movements and titles, and all other control characters except tab.
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|[\x00-\x08\x0b-\x1f\x7f]"
)
_LONGEST = 64 << 10


class LineJoiner:
    """Joins the chunks of one stream into lines.

    Bytes that are not valid UTF-8 are replaced. Of a line overwritten by carriage returns, only
    the last state remains. Very long lines are cut to bound memory.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes) -> list[str]:
        """The lines completed by ``data``."""
        *complete, self._rest = (self._rest + self._decoder.decode(data)).split("\n")
        if len(self._rest) > _LONGEST:
            complete.append(self._rest)
            self._rest = ""
        return [_shown(line) for line in complete]

    def flush(self) -> list[str]:
        """The last line, if it does not end with a newline; called when the step has ended."""
        rest = self._rest + self._decoder.decode(b"", final=True)
        self._rest = ""
        self._decoder.reset()
        return [_shown(rest)] if rest else []


def _shown(line: str) -> str:
    written = line.rstrip("\r").rpartition("\r")[2]
    return _CONTROL.sub("", written)
