"""Names for services."""

from __future__ import annotations

import re

_OTHERS = re.compile(r"[^a-z0-9]+")


def name_of(*words: str) -> str:
    """A name that a service can have, made of words that tell it from all others."""
    return _OTHERS.sub("-", " ".join(words).lower()).strip("-") or "root"
