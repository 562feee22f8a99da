"""Cold builds of the sample on an empty engine, by msbuild and by buildx in three ways."""

from __future__ import annotations

import os
import shutil
import statistics
from typing import TYPE_CHECKING

from bench.engine.bound import bound, needs_of, step_seconds
from bench.engine.engine import private_engine, sample
from bench.engine.shop import OURS, REPOSITORIES, builds
from bench.engine.table import columns, medians

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from bench.engine.bound import Bound
    from bench.engine.contenders import Run
    from bench.engine.engine import Engine


def main(runs: int, languages: Collection[str]) -> list[str]:
    """Time cold builds of all tools alternately, with a filled download cache.

    The bound is measured with one job at a time, so that other jobs do not slow down its steps.

    Args:
        runs: number of runs of each build.
        languages: languages whose services are built.

    Returns:
        The lines of the tables.
    """
    all_builds = builds(languages)
    times: dict[str, list[float]] = {name: [] for name in all_builds}
    work: dict[str, list[tuple[float, float]]] = {name: [] for name in all_builds}
    rows: dict[str, tuple[str, str]] = {}
    with private_engine(uses_cache=True) as engine, sample() as root:
        # fills the download cache, so that no run pays for it
        _build(root, engine, all_builds[OURS])
        used, alone = _build(root, engine, all_builds[OURS], "--jobs", "1")
        cores = os.cpu_count() or 1
        lower = bound(needs_of(alone.events), step_seconds(alone.events), used[0], cores)
        for _ in range(runs):
            for name, build in all_builds.items():
                used, run = _build(root, engine, build)
                times[name].append(run.seconds)
                work[name].append(used)
                size = engine.image_bytes(f"{REPOSITORIES[name]}/*")
                rows[name] = (str(len(run.executed)), f"{size / 1e6:.1f} MB")
        table = [("", "scripts", "images", "CPU s of steps", "of the daemon")]
        for name, each in work.items():
            seconds = (f"{statistics.median(part):.0f}" for part in zip(*each, strict=True))
            table.append((name, *rows[name], *seconds))
        title = f"{', '.join(languages)} on an empty engine"
        head = [engine.describe(), *medians(title, times)]
        ours = statistics.median(times[OURS])
        return [*head, "", *columns(table), "", _summary(lower, ours)]


def _summary(lower: Bound, ours: float) -> str:
    return (
        f"bound {lower.seconds:.1f} s: critical path {lower.critical_path:.1f} s, "
        f"CPU seconds / cores {lower.cpu_share:.1f} s; "
        f"msbuild took {ours / lower.seconds:.2f} times that"
    )


def _build(
    root: Path, engine: Engine, build: Callable[..., Run], *arguments: str
) -> tuple[tuple[float, float], Run]:
    """The CPU seconds of the steps and of the daemon, and the run."""
    engine.empty()
    shutil.rmtree(root / ".msbuild", ignore_errors=True)
    before = engine.cpu_seconds()
    run = build(root, engine, *arguments).checked()
    after = engine.cpu_seconds()
    return (after[0] - before[0], after[1] - before[1]), run
