"""Cold builds: the sample on an empty engine, ours and three ways of the peers."""

from __future__ import annotations

import os
import shutil
import statistics
from typing import TYPE_CHECKING

from bench.engine.bound import bound, needs_of, step_seconds
from bench.engine.engine import own_engine, sample
from bench.engine.shop import OURS, REPOSITORIES, ways
from bench.engine.table import columns, medians

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from bench.engine.bound import Bound
    from bench.engine.contenders import Run
    from bench.engine.engine import Engine


def main(runs: int, languages: Collection[str]) -> list[str]:
    """Build the sample on an empty engine, every way in turn; the cache of downloads is filled.

    The bound is measured with one job at a time, so that the steps of no other disturb.

    Args:
        runs: of each way.
        languages: whose services are built.

    Returns:
        The tables.
    """
    every = ways(languages)
    taken: dict[str, list[float]] = {way: [] for way in every}
    work: dict[str, list[tuple[float, float]]] = {way: [] for way in every}
    rows: dict[str, tuple[str, str]] = {}
    with own_engine(uses_cache=True) as engine, sample() as root:
        # fills the cache of downloads, so that it counts for none
        _build(root, engine, every[OURS])
        used, alone = _build(root, engine, every[OURS], "--jobs", "1")
        cores = os.cpu_count() or 1
        least = bound(needs_of(alone.events), step_seconds(alone.events), used[0], cores)
        for _ in range(runs):
            for way, build in every.items():
                used, run = _build(root, engine, build)
                taken[way].append(run.seconds)
                work[way].append(used)
                held = engine.image_bytes(f"{REPOSITORIES[way]}/*")
                rows[way] = (str(len(run.executed)), f"{held / 1e6:.1f} MB")
        table = [("", "scripts run", "images", "CPU s of steps", "of the daemon")]
        for way, each in work.items():
            seconds = (f"{statistics.median(part):.0f}" for part in zip(*each, strict=True))
            table.append((way, *rows[way], *seconds))
        title = f"{', '.join(languages)} on an empty engine"
        head = [engine.describe(), *medians(title, taken)]
        ours = statistics.median(taken[OURS])
        return [*head, "", *columns(table), "", _told(least, ours)]


def _told(least: Bound, ours: float) -> str:
    return (
        f"bound {least.seconds:.1f} s: critical path {least.critical_path:.1f} s, "
        f"CPU seconds / cores {least.cpu_share:.1f} s; "
        f"msbuild takes {ours / least.seconds:.2f} times that"
    )


def _build(
    root: Path, engine: Engine, build: Callable[..., Run], *arguments: str
) -> tuple[tuple[float, float], Run]:
    """CPU seconds of the steps and of the daemon, and the run."""
    engine.empty()
    shutil.rmtree(root / ".msbuild", ignore_errors=True)
    before = engine.cpu_seconds()
    run = build(root, engine, *arguments).checked()
    after = engine.cpu_seconds()
    return (after[0] - before[0], after[1] - before[1]), run
