"""Cold builds: the sample on an empty engine, ours and three ways of the peers."""

from __future__ import annotations

import os
import shutil
import statistics
from functools import partial
from typing import TYPE_CHECKING

from bench.engine import contenders
from bench.engine.bound import bound, needs_of, step_seconds
from bench.engine.engine import own_engine, sample
from bench.engine.shop import SERVICES
from bench.engine.table import columns, medians

if TYPE_CHECKING:
    from pathlib import Path

    from bench.engine.bound import Bound
    from bench.engine.engine import Engine

WAYS = {
    "msbuild": contenders.msbuild,
    "(a) one by one": partial(contenders.one_by_one, kind="usual", services=SERVICES),
    "(b) bake": partial(contenders.bake, file="peers/usual/docker-bake.hcl"),
    "(c) expert bake": partial(contenders.bake, file="peers/expert/docker-bake.hcl"),
}


def main(runs: int) -> list[str]:
    """Build the sample on an empty engine, every way in turn; the cache of downloads is filled.

    The bound is measured with one job at a time, so that the steps of no other disturb.

    Args:
        runs: of each way.

    Returns:
        The tables.
    """
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    steps: dict[str, int] = {}
    work: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    with own_engine(uses_cache=True) as engine, sample() as root:
        # fills the cache of downloads, and is measured for the bound
        steps_cpu, _, alone = _build(root, engine, "msbuild", "--jobs", "1")
        least = bound(
            needs_of(alone.events), step_seconds(alone.events), steps_cpu, os.cpu_count() or 1
        )
        for _ in range(runs):
            for way in WAYS:
                steps_cpu, daemon_cpu, run = _build(root, engine, way)
                taken[way].append(run.seconds)
                work[way].append((steps_cpu, daemon_cpu))
                steps[way] = len(run.executed)
        rows = [("", "scripts run", "CPU s of steps", "of the daemon")]
        for way, used in work.items():
            of_steps, of_daemon = (statistics.median(each) for each in zip(*used, strict=True))
            rows.append((way, str(steps[way]), f"{of_steps:.0f}", f"{of_daemon:.0f}"))
        ours = statistics.median(taken["msbuild"])
        return [
            engine.describe(),
            *medians("sample on an empty engine", taken),
            "",
            *columns(rows),
            "",
            _told(least, ours),
        ]


def _told(least: Bound, ours: float) -> str:
    return (
        f"bound {least.seconds:.1f} s: critical path {least.critical_path:.1f} s, "
        f"CPU seconds / cores {least.cpu_share:.1f} s; "
        f"msbuild takes {ours / least.seconds:.2f} times that"
    )


def _build(
    root: Path, engine: Engine, way: str, *arguments: str
) -> tuple[float, float, contenders.Run]:
    """CPU seconds of the steps and of the daemon, and the run."""
    engine.empty()
    shutil.rmtree(root / ".msbuild", ignore_errors=True)
    steps, daemon = engine.cpu_seconds()
    run = WAYS[way](root, engine, *arguments).checked()
    steps_now, daemon_now = engine.cpu_seconds()
    return steps_now - steps, daemon_now - daemon, run
