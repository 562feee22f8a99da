"""Sizes of stages that exist only in BuildKit's cache, from the engine's list of its entries."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from msbuild.execute.docker import images
from msbuild.execute.dockerfile import base_image
from msbuild.model import Run, StageKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.execute.api import Job
    from msbuild.execute.docker.engine import Engine

_MOUNT = "exec.cachemount"


def builder_sizes(engine: Engine, jobs: Sequence[Job]) -> dict[str, int]:
    """Bytes of the last build stage of every job, including everything it is based on.

    One request for all jobs: the size of the response grows with the engine's cache.

    Args:
        engine: the engine that built them.
        jobs: jobs that were built.

    Returns:
        Bytes by job name; jobs that compile nothing are left out, and those whose stage cannot be
        found in the engine's list.
    """
    scripts = {job.name: _last_script(job) for job in jobs}
    if not any(scripts.values()):
        return {}
    entries = _entries(engine)
    by_id = {entry["ID"]: entry for entry in entries}

    @cache
    def base_size(image: str) -> int:
        held = images.inspect(engine, image)
        return int(held["Size"]) if held else 0

    sizes: dict[str, int] = {}
    for job in jobs:
        script = scripts[job.name]
        ran = [entry for entry in entries if script and _is_of(script, entry)]
        if ran:
            newest = max(ran, key=lambda entry: entry.get("LastUsedAt") or "")
            sizes[job.name] = base_size(_base_of(job)) + _size_of_chain(newest, by_id)
    return sizes


def _is_of(script: str, entry: Mapping[str, Any]) -> bool:
    """Whether an entry is the result of a script; cache mounts name their first user, too."""
    return script in entry.get("Description", "") and entry.get("Type") != _MOUNT


def _last_script(job: Job) -> str:
    """The last script of the build stages; empty if there is none."""
    scripts = [
        step.script.strip()
        for stage in job.stages
        if stage.kind is StageKind.BUILD
        for step in stage.steps
        if isinstance(step, Run)
    ]
    return scripts[-1] if scripts else ""


def _base_of(job: Job) -> str:
    """The base image at the root of the last build stage."""
    stage = [stage for stage in job.stages if stage.kind is StageKind.BUILD][-1]
    return base_image(job.chain(stage)[0], job.pins)


def _entries(engine: Engine) -> Sequence[Mapping[str, Any]]:
    with engine.client() as api:
        url = api._url("/system/df")  # noqa: SLF001 - docker-py's own `df` measures images, too
        answer = api._get(url, params={"type": "build-cache"})  # noqa: SLF001
        found = api._result(answer, json=True)  # noqa: SLF001
    return found.get("BuildCache") or ()


def _size_of_chain(entry: Mapping[str, Any] | None, by_id: Mapping[str, Mapping[str, Any]]) -> int:
    """The size of an entry and of its parents."""
    size = 0
    while entry is not None:
        size += int(entry["Size"])
        # Docker 26 writes the key with a leading space
        parents = entry.get("Parents") or entry.get(" Parents") or ()
        entry = by_id.get(parents[0]) if parents else None
    return size
