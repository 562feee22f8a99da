"""How large a stage is that stays inside BuildKit, from the engine's list of its cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msbuild.model import Run, StageKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.execute.docker.engine import Engine
    from msbuild.model import Stage


def builder_size(engine: Engine, stages: Sequence[Stage], base: int) -> int | None:
    """Bytes of the last build stage among ``stages``, all that it stands on included.

    Args:
        engine: the engine that built them.
        stages: the stages of a service.
        base: bytes of the image that the build stage stands on in the end.

    Returns:
        Nothing where the engine's list does not say which entry the stage is.
    """
    scripts = [
        step.script.strip()
        for stage in stages
        if stage.kind is StageKind.BUILD
        for step in stage.steps
        if isinstance(step, Run)
    ]
    if not scripts:
        return None
    with engine.client() as api:
        url = api._url("/system/df")  # noqa: SLF001 - docker-py's own `df` measures images, too
        answer = api._get(url, params={"type": "build-cache"})  # noqa: SLF001
        cache = api._result(answer, json=True)  # noqa: SLF001
    chain = _chain(cache.get("BuildCache") or (), scripts[-1])
    return base + sum(chain) if chain else None


def _chain(cache: Sequence[Mapping[str, Any]], script: str) -> list[int]:
    """The sizes of the newest entry that ran a script and of those below it."""
    by_id = {entry["ID"]: entry for entry in cache}
    ran = [entry for entry in cache if script in entry.get("Description", "")]
    entry = max(ran, key=lambda each: each.get("LastUsedAt") or "", default=None)
    sizes: list[int] = []
    while entry is not None:
        sizes.append(int(entry["Size"]))
        # Docker 26 says it with a blank in front
        parents = entry.get("Parents") or entry.get(" Parents") or ()
        entry = by_id.get(parents[0]) if parents else None
    return sizes
