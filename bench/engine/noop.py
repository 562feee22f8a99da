"""Nothing to do: 100 Go services that are all built, asked for again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.engine import contenders, workspaces
from bench.engine.engine import own_engine
from bench.engine.table import medians


def main(runs: int, services: int) -> list[str]:
    """Build all services both ways, then ask for them again in turn.

    Args:
        runs: of each contender.
        services: how many there are.

    Returns:
        The table.
    """
    taken: dict[str, list[float]] = {"msbuild": [], "bake": []}
    with own_engine(uses_cache=True) as engine, tempfile.TemporaryDirectory() as name:
        root = Path(name)
        workspaces.write(root, workspaces.go(services, libraries=10))
        contenders.msbuild(root, engine).checked()
        contenders.bake(root, engine).checked()
        for _ in range(runs):
            for contender, run in (
                ("msbuild", contenders.msbuild(root, engine)),
                ("bake", contenders.bake(root, engine)),
            ):
                taken[contender].append(run.checked().seconds)
                if run.executed:
                    raise RuntimeError(f"{contender} had something to do: {run.executed[:3]}")
        title = f"nothing to do, {services} services"
        return [engine.describe(), *medians(title, taken)]
