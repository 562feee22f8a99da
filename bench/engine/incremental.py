"""Incremental builds after a change in a service, a library or a lock file."""

from __future__ import annotations

import statistics
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from bench.engine import contenders
from bench.engine.changes import CHANGES
from bench.engine.engine import private_engine, sample
from bench.engine.shop import EXPERT, LANGUAGES, OURS, SERVICES, USUAL, builds
from bench.engine.table import columns

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bench.engine.changes import Change

_COMPARED = (OURS, USUAL, EXPERT)
_HEADER = (
    "change",
    *(cell for name in _COMPARED for cell in (name, "scripts")),
    "(b) / msbuild",
    "(c) / msbuild",
    "(c), scripts",
    "at most",
)


def main(runs: int, languages: Collection[str]) -> list[str]:
    """Build the sample with every tool, then change and rebuild it, alternating between the tools.

    Args:
        runs: number of runs of each change.
        languages: languages whose services are built.

    Returns:
        The table: median seconds, executed scripts, and ratios. `(c), scripts` is for how long
        scripts ran in (c), and `at most` the total time of (c) divided by that: a tool that runs
        the same scripts without any overhead is that much faster than (c), and none can be faster.
    """
    tools = {name: build for name, build in builds(languages).items() if name in _COMPARED}
    is_everything = set(languages) == set(LANGUAGES)
    names = () if is_everything else tuple(n for n, each in SERVICES.items() if each in languages)
    tools[OURS] = partial(contenders.msbuild_with_logs, services=names)
    changes = [change for change in CHANGES if change.language in languages]
    times: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    executed: dict[tuple[str, str], int] = {}
    scripts: defaultdict[str, list[float]] = defaultdict(list)
    with private_engine(uses_cache=True) as engine, sample() as root:
        for build in tools.values():
            build(root, engine).checked()
        for number in range(1, runs + 1):
            for change in changes:
                change.make(root / "sample-monorepo", number)
                for name, build in tools.items():
                    run = build(root, engine).checked()
                    times[change.name, name].append(run.seconds)
                    executed[change.name, name] = len(run.executed)
                    if name == EXPERT:
                        scripts[change.name].append(run.scripts)
        return [
            f"{engine.describe()}, {runs} runs each",
            *columns(table(changes, times, executed, scripts)),
        ]


def table(
    changes: Sequence[Change],
    times: Mapping[tuple[str, str], Sequence[float]],
    executed: Mapping[tuple[str, str], int],
    scripts: Mapping[str, Sequence[float]],
) -> list[tuple[str, ...]]:
    """A row for every change, and the means of the ratios for every kind of change.

    Args:
        changes: the changes.
        times: seconds by name of the change and of the tool.
        executed: number of executed scripts, by the same names.
        scripts: seconds during which scripts ran in (c), by name of the change.
    """
    rows: list[tuple[str, ...]] = [_HEADER]
    ratios: defaultdict[str, list[tuple[float, ...]]] = defaultdict(list)
    for change in changes:
        medians = [statistics.median(times[change.name, name]) for name in _COMPARED]
        counts = [str(executed[change.name, name]) for name in _COMPARED]
        cells = [
            cell
            for median, count in zip(medians, counts, strict=True)
            for cell in (f"{median:.2f} s", count)
        ]
        ran = statistics.median(scripts[change.name])
        usual, expert = (median / medians[0] for median in medians[1:])
        change_ratios = (usual, expert, medians[-1] / ran)
        ratios[change.kind].append(change_ratios)
        last_cells = (f"{usual:.2f}", f"{expert:.2f}", f"{ran:.2f} s", f"{change_ratios[-1]:.2f}")
        rows.append((f"{change.kind}: {change.name}", *cells, *last_cells))
    blank = ("",) * (2 * len(_COMPARED))
    for kind, found in ratios.items():
        usual, expert, most = (statistics.geometric_mean(each) for each in zip(*found, strict=True))
        means = (f"{usual:.2f}", f"{expert:.2f}", "", f"{most:.2f}")
        rows.append((f"{kind}, mean", *blank, *means))
    return rows
