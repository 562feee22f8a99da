"""Nothing to do: 100 services that are all built, asked for again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.engine import contenders, workspaces
from bench.engine.engine import own_engine
from bench.engine.table import medians

SHARED = 10
"""Stages that the services share."""


def main(runs: int, services: int) -> list[str]:
    """Build all services both ways, then ask for them again in turn.

    Args:
        runs: of each contender.
        services: how many there are.

    Returns:
        The table.
    """
    taken: dict[str, list[float]] = {"msbuild": [], "bake": []}
    with own_engine() as engine, tempfile.TemporaryDirectory() as name:
        root = Path(name)
        workspaces.write(root, workspaces.tiny(services, SHARED, "noop"))
        contenders.as_typed(root, engine).checked()
        contenders.bake(root, engine).checked()
        # what the first run wrote has to rest before its sign says anything
        contenders.as_typed(root, engine).checked()
        for _ in range(runs):
            for contender, run in (
                ("msbuild", contenders.as_typed(root, engine)),
                ("bake", contenders.bake(root, engine)),
            ):
                taken[contender].append(run.checked().seconds)
                if run.executed:
                    raise RuntimeError(f"{contender} had something to do: {run.executed[:3]}")
        title = f"nothing to do, {services} services"
        return [engine.describe(), *medians(title, taken)]
