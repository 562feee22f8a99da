"""What a format of texts is, and how it says no; the formats there are stand in ``formats.py``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.workspace.config.problems import shown

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a text does not fit."""

    message: str
    hint: str | None


def _unchanged(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Format:
    """How a text must look.

    Attributes:
        title: what such a text is called.
        pattern: a regular expression that Python and JSON Schema understand alike.
        hint: how to write one that fits.
        longest: the most characters.
        special: a complaint of its own for texts that do not fit, or for some that do.
        normal: brings texts that mean the same to one form.
        numbers: the least and the most for numbers without quotes, where those are taken.
    """

    title: str
    pattern: str
    hint: str | None = None
    longest: int = 4096
    special: Callable[[str], Complaint | None] | None = None
    normal: Callable[[str], str] = _unchanged
    numbers: tuple[int, int] | None = None

    def complaint(self, text: str) -> Complaint | None:
        """Why the text does not fit, or nothing."""
        if self.special and (complaint := self.special(text)):
            return complaint
        if len(text) > self.longest:
            return Complaint(f"{shown(text)} is longer than {self.longest:,} characters", None)
        match = re.search(self.pattern, text)
        # `$` also stands before a line break at the end, and JSON Schema has no `\Z`
        if match is None or match.end() != len(text):
            return Complaint(f"{shown(text)} is no {self.title}", self.hint)
        return None
