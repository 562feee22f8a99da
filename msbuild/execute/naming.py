"""One-line names for scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Lines that say little about what a script does: it is named after the first other line.
_BORING = re.compile(
    r"\s*(?:(?:set|export|cd|mkdir|cp|rm|find|echo|for|do|done|if|then|else|fi)\b|[{}#]|$"
    r'|\w+=(?:\S*|"[^"]*")(?: && \\)?$|\w+=\$\()'
)


def in_one_line(lines: Sequence[str]) -> str:
    """The most informative line of a script, with an ellipsis if there are more."""
    chosen = next((line for line in lines if not _BORING.match(line)), lines[0])
    chosen = chosen.strip().removesuffix("\\").rstrip(" &")
    return f"{chosen} …" if len(lines) > 1 else chosen
