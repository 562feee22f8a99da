"""No-op builds: 100 services that are up to date are requested again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.engine import contenders, workspaces
from bench.engine.engine import private_engine
from bench.engine.table import medians

SHARED = 10
"""Number of stages that the services share."""


def main(runs: int, services: int) -> list[str]:
    """Build all services with both tools, then request them again alternately.

    Args:
        runs: number of runs of each tool.
        services: number of services.

    Returns:
        The table.
    """
    times: dict[str, list[float]] = {"msbuild": [], "bake": []}
    with private_engine() as engine, tempfile.TemporaryDirectory() as name:
        root = Path(name)
        workspaces.write(root, workspaces.tiny(services, SHARED, "noop"))
        contenders.msbuild_with_logs(root, engine).checked()
        contenders.bake(root, engine).checked()
        # right after the first run the stats of its files cannot be trusted yet
        contenders.msbuild_with_logs(root, engine).checked()
        for _ in range(runs):
            for contender, run in (
                ("msbuild", contenders.msbuild_with_logs(root, engine)),
                ("bake", contenders.bake(root, engine)),
            ):
                times[contender].append(run.checked().seconds)
                if run.executed:
                    raise RuntimeError(
                        f"{contender} is not up to date; it executed {run.executed[:3]}"
                    )
        title = f"nothing to do, {services} services"
        return [engine.describe(), *medians(title, times)]
