"""Steps as users see them: one-line names for scripts, and output split into lines."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.model import Run

# Colours, cursor movements and titles, and all other control characters except tab.
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|[\x00-\x08\x0b-\x1f\x7f]"
)
_LONGEST = 64 << 10
# Lines that say little about what a script does: it is named after the first other line.
_BORING = re.compile(
    r"\s*(?:(?:set|export|cd|mkdir|cp|rm|find|echo|for|do|done|if|then|else|fi)\b|[{}#]|$"
    r'|\w+=(?:\S*|"[^"]*")(?: && \\)?$|\w+=\$\()'
)


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


def in_one_line(lines: Sequence[str]) -> str:
    """The most informative line of a script, with an ellipsis if there are more."""
    chosen = next((line for line in lines if not _BORING.match(line)), lines[0])
    chosen = chosen.strip().removesuffix("\\").rstrip(" &")
    return f"{chosen} …" if len(lines) > 1 else chosen


def run_name(step: Run) -> str:
    """A one-line name for a script."""
    return f"RUN {in_one_line(step.script.strip().splitlines())}"
