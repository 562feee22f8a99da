"""Service names."""

from __future__ import annotations

import re

_OTHERS = re.compile(r"[^a-z0-9]+")


def name_of(*words: str) -> str:
    """A valid service name made from words that identify the service."""
    return _OTHERS.sub("-", " ".join(words).lower()).strip("-") or "root"
