"""Remembers which stages were asked for anew, so that only those run again, and stay renewed.

The API's ``nocache`` runs every step of a Dockerfile again, shared parents included. Instead each
``RUN`` of a renewed stage gets a mount of a file with a mark: another mark is another cache key.
The mark is kept, for otherwise the next build would find the result from before in the cache.
It also names the cache mounts of the stage: what a compiler kept counts no more, either.
"""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from msbuild.model import Run
from msbuild.state.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from msbuild.model import Stage, Step

# No stage may be called this: stage names have no leading dot.
DIRECTORY = ".msbuild-fresh"
# `/dev` is not part of any layer: not even an empty file stays behind.
_TARGET = "/dev/msbuild-fresh"


class Marks:
    """The mark of every stage that ever was renewed.

    Args:
        file: where marks are kept; lost with the process if ``None``. Losing them makes nothing
            wrong: builds find what was in the cache before.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._marks: dict[str, str] | None = None

    def renew(self, stages: Iterable[str]) -> None:
        """Give stages new marks: whatever the cache knows of them counts no more."""
        with self._lock:
            marks = self._read()
            marks.update({stage: secrets.token_hex(8) for stage in stages})
            self._write(marks)

    def of(self, stages: Iterable[str]) -> Mapping[str, str]:
        """The marks of those of the stages that have one."""
        with self._lock:
            marks = self._read()
            return {stage: marks[stage] for stage in stages if stage in marks}

    def _read(self) -> dict[str, str]:
        if self._marks is None:
            self._marks = {}
            if self._file is not None:
                self._marks |= _load(self._file)
        return self._marks

    def _write(self, marks: Mapping[str, str]) -> None:
        if self._file is None:
            return
        try:
            write_atomically(self._file, [json.dumps(marks, indent=1, sort_keys=True).encode()])
        except OSError:
            self._file = None


def with_own_caches(stages: Iterable[Stage], marks: Mapping[str, str]) -> tuple[Stage, ...]:
    """Stages as they are, but renewed ones with cache mounts that no earlier build has filled."""
    return tuple(
        replace(stage, steps=tuple(_apart(step, marks[stage.name]) for step in stage.steps))
        if stage.name in marks
        else stage
        for stage in stages
    )


def _apart(step: Step, mark: str) -> Step:
    if not isinstance(step, Run):
        return step
    return replace(step, caches=tuple(replace(c, id=f"{c.id}-{mark}") for c in step.caches))


def mounts(marks: Mapping[str, str]) -> dict[str, str]:
    """What goes behind ``--mount=``, by stage."""
    return {
        stage: f"type=bind,source={DIRECTORY}/{stage},target={_TARGET}" for stage in sorted(marks)
    }


def files(marks: Mapping[str, str]) -> dict[str, bytes]:
    """What has to be in the context for ``mounts``."""
    return {f"{DIRECTORY}/{stage}": mark.encode() for stage, mark in marks.items()}


def _load(file: Path) -> dict[str, str]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {str(stage): mark for stage, mark in content.items() if isinstance(mark, str)}
