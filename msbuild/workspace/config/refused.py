"""How the readers of single values say no."""

from __future__ import annotations


class Refused(Exception):
    """A value that cannot be taken; whoever knows its place makes a problem of it.

    Args:
        message: what is wrong.
        hint: what to do.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
