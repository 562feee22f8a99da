"""Implements ``--no-cache`` for single stages.

The API's ``nocache`` reruns every step of a Dockerfile, including those of shared parents. Instead,
each ``RUN`` of a rebuilt stage mounts a file with a mark: a new mark is a new cache key. Marks are
stored, because without its mark the next build would find the old result in the cache. A mark is
also part of the ids of the stage's cache mounts, so that compilers start with an empty cache.
"""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from msbuild.model import Run
from msbuild.state.files import read_regular, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from msbuild.execute.dockerfile.instructions import Instruction
    from msbuild.model import Stage, Step

# Not a valid stage name: those have no leading dot.
DIRECTORY = ".msbuild-fresh"
# `/dev` is not part of any layer, so that not even an empty file is left in the image.
_TARGET = "/dev/msbuild-fresh"


class Marks:
    """The mark of every stage that was ever rebuilt with ``--no-cache``.

    Args:
        file: where marks are stored; ``None`` keeps them in memory only. Losing them is harmless:
            builds then find the older results in the cache.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._marks: dict[str, str] | None = None

    def renew(self, stages: Iterable[str]) -> None:
        """Give stages new marks, so that the cache has no results for them."""
        with self._lock:
            marks = self._read()
            marks.update({stage: secrets.token_hex(8) for stage in stages})
            self._write(marks)

    def of(self, stages: Iterable[str]) -> Mapping[str, str]:
        """The marks of the stages that have one."""
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
    """The stages, with new and empty cache mounts for those that have a mark."""
    return tuple(
        replace(stage, steps=tuple(_marked(step, marks[stage.name]) for step in stage.steps))
        if stage.name in marks
        else stage
        for stage in stages
    )


def _marked(step: Step, mark: str) -> Step:
    if not isinstance(step, Run):
        return step
    return replace(step, caches=tuple(replace(c, id=f"{c.id}-{mark}") for c in step.caches))


def with_mounts(
    instructions: Iterable[Instruction], marks: Mapping[str, str]
) -> Iterator[Instruction]:
    """The instructions; every ``RUN`` of a stage with a mark mounts the file with its mark."""
    for each in instructions:
        if each.keyword == "RUN" and each.stage in marks:
            source = f"{DIRECTORY}/{each.stage}"
            yield each.with_mount(f"type=bind,source={source},target={_TARGET}")
        else:
            yield each


def files(marks: Mapping[str, str]) -> dict[str, bytes]:
    """The files that the context needs for ``with_mounts``."""
    return {f"{DIRECTORY}/{stage}": mark.encode() for stage, mark in marks.items()}


def _load(file: Path) -> dict[str, str]:
    try:
        content = json.loads(read_regular(file))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {str(stage): mark for stage, mark in content.items() if isinstance(mark, str)}
