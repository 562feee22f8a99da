"""What a script is called, whoever runs it: by the line of it that tells most."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Lines of a script that say little of what it does: it is called after the first of the others.
_BORING = re.compile(
    r"\s*(?:(?:set|export|cd|mkdir|cp|rm|find|echo|for|do|done|if|then|else|fi)\b|[{}#]|$"
    r'|\w+=(?:\S*|"[^"]*")(?: && \\)?$|\w+=\$\()'
)


def in_one_line(lines: Sequence[str]) -> str:
    """The lines of a script as one, with a mark if there are more."""
    telling = next((line for line in lines if not _BORING.match(line)), lines[0])
    telling = telling.strip().removesuffix("\\").rstrip(" &")
    return f"{telling} …" if len(lines) > 1 else telling
