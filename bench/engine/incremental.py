"""Incremental builds: one line in a service, in a library, in a lock file."""

from __future__ import annotations

import statistics
from collections import defaultdict
from functools import partial

from bench.engine import contenders
from bench.engine.changes import CHANGES
from bench.engine.engine import own_engine, sample
from bench.engine.table import columns

WAYS = {
    "msbuild": contenders.msbuild,
    "(b) bake": partial(contenders.bake, file="peers/usual/docker-bake.hcl"),
    "(c) expert bake": partial(contenders.bake, file="peers/expert/docker-bake.hcl"),
}
HEADER = ("change", *(cell for way in WAYS for cell in (way, "scripts")), "b : ours", "c : ours")


def main(runs: int) -> list[str]:
    """Build the sample all ways, then change it and build it again, all ways in turn.

    Args:
        runs: of each change.

    Returns:
        The table: median seconds, scripts that were run, and ratios.
    """
    taken: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    executed: dict[tuple[str, str], int] = {}
    with own_engine(uses_cache=True) as engine, sample() as root:
        for way in WAYS.values():
            way(root, engine).checked()
        for number in range(1, runs + 1):
            for change in CHANGES:
                change.make(root / "sample-monorepo", number)
                for name, way in WAYS.items():
                    run = way(root, engine).checked()
                    taken[change.name, name].append(run.seconds)
                    executed[change.name, name] = len(run.executed)
        rows = [HEADER]
        ratios: defaultdict[str, list[tuple[float, ...]]] = defaultdict(list)
        for change in CHANGES:
            medians = [statistics.median(taken[change.name, name]) for name in WAYS]
            counts = [str(executed[change.name, name]) for name in WAYS]
            cells = [
                cell
                for median, count in zip(medians, counts, strict=True)
                for cell in (f"{median:.2f} s", count)
            ]
            against = tuple(median / medians[0] for median in medians[1:])
            ratios[change.kind].append(against)
            rows.append(
                (f"{change.kind}: {change.name}", *cells, *(f"{one:.2f}" for one in against))
            )
        blank = ("",) * (2 * len(WAYS))
        for kind, found in ratios.items():
            means = [statistics.geometric_mean(each) for each in zip(*found, strict=True)]
            rows.append((f"{kind}, mean", *blank, *(f"{mean:.2f}" for mean in means)))
        return [f"{engine.describe()}, {runs} runs each", *columns(rows)]
