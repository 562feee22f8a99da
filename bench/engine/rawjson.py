"""Reads which scripts BuildKit executed from `docker buildx … --progress rawjson`."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCRIPT = re.compile(r"\] RUN ")


def executed_of(text: str) -> tuple[str, ...]:
    """The scripts that were executed and not found in the cache."""
    return tuple(vertex["name"] for vertex in _executed(text))


def seconds_of(text: str) -> float:
    """Seconds during which at least one of those scripts ran."""
    spans = sorted(
        (datetime.fromisoformat(vertex["started"]), datetime.fromisoformat(vertex["completed"]))
        for vertex in _executed(text)
    )
    seconds, until = 0.0, None
    for started, completed in spans:
        start = max(started, until) if until else started
        seconds += max((completed - start).total_seconds(), 0)
        until = max(completed, until) if until else completed
    return seconds


def _executed(text: str) -> list[Mapping[str, Any]]:
    vertexes: dict[str, Mapping[str, Any]] = {}
    for status in _objects(text):
        for vertex in status.get("vertexes") or ():
            vertexes[vertex["digest"]] = vertex
    return [
        vertex
        for vertex in vertexes.values()
        if _SCRIPT.search(vertex["name"])
        and vertex.get("completed")
        and not vertex.get("cached")
        and not vertex.get("error")
    ]


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    """The JSON objects in a text that may contain other lines between them."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            found, at = decoder.raw_decode(text, at)
        except ValueError:
            at += 1
        else:
            if isinstance(found, dict):
                yield found
        at = text.find("{", at)
