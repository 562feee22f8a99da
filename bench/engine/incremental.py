"""Incremental builds: one line in a service, in a library, in a lock file."""

from __future__ import annotations

import statistics
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from bench.engine import contenders
from bench.engine.changes import CHANGES
from bench.engine.engine import own_engine, sample
from bench.engine.shop import EXPERT, LANGUAGES, OURS, SERVICES, USUAL, ways
from bench.engine.table import columns

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bench.engine.changes import Change

_WAYS = (OURS, USUAL, EXPERT)
_HEADER = (
    "change",
    *(cell for way in _WAYS for cell in (way, "scripts")),
    "b : ours",
    "c : ours",
    "c, scripts",
    "c : scripts",
)


def main(runs: int, languages: Collection[str]) -> list[str]:
    """Build the sample all ways, then change it and build it again, all ways in turn.

    Args:
        runs: of each change.
        languages: whose services are built.

    Returns:
        The table: median seconds, scripts that were run, and ratios. The last columns say for how
        long scripts ran in (c), and how many times as long all of it took: who runs the same
        scripts in no time beside is that much faster than (c), and nobody is more.
    """
    every = {name: way for name, way in ways(languages).items() if name in _WAYS}
    whole = set(languages) == set(LANGUAGES)
    names = () if whole else tuple(n for n, each in SERVICES.items() if each in languages)
    every[OURS] = partial(contenders.as_typed, services=names)
    changes = [change for change in CHANGES if change.language in languages]
    taken: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    executed: dict[tuple[str, str], int] = {}
    scripts: defaultdict[str, list[float]] = defaultdict(list)
    with own_engine(uses_cache=True) as engine, sample() as root:
        for way in every.values():
            way(root, engine).checked()
        for number in range(1, runs + 1):
            for change in changes:
                change.make(root / "sample-monorepo", number)
                for name, way in every.items():
                    run = way(root, engine).checked()
                    taken[change.name, name].append(run.seconds)
                    executed[change.name, name] = len(run.executed)
                    if name == EXPERT:
                        scripts[change.name].append(run.scripts)
        return [
            f"{engine.describe()}, {runs} runs each",
            *columns(table(changes, taken, executed, scripts)),
        ]


def table(
    changes: Sequence[Change],
    taken: Mapping[tuple[str, str], Sequence[float]],
    executed: Mapping[tuple[str, str], int],
    scripts: Mapping[str, Sequence[float]],
) -> list[tuple[str, ...]]:
    """A row for every change, and the means of the ratios for every kind of them.

    Args:
        changes: what was changed.
        taken: seconds by the name of the change and of the way.
        executed: scripts that were run, by the same.
        scripts: seconds for which they ran in (c), by the name of the change.
    """
    rows: list[tuple[str, ...]] = [_HEADER]
    ratios: defaultdict[str, list[tuple[float, ...]]] = defaultdict(list)
    for change in changes:
        medians = [statistics.median(taken[change.name, way]) for way in _WAYS]
        counts = [str(executed[change.name, way]) for way in _WAYS]
        cells = [
            cell
            for median, count in zip(medians, counts, strict=True)
            for cell in (f"{median:.2f} s", count)
        ]
        ran = statistics.median(scripts[change.name])
        usual, expert = (median / medians[0] for median in medians[1:])
        found = (usual, expert, medians[-1] / ran)
        ratios[change.kind].append(found)
        told = (f"{usual:.2f}", f"{expert:.2f}", f"{ran:.2f} s", f"{found[-1]:.2f}")
        rows.append((f"{change.kind}: {change.name}", *cells, *told))
    blank = ("",) * (2 * len(_WAYS))
    for kind, found in ratios.items():
        usual, expert, most = (statistics.geometric_mean(each) for each in zip(*found, strict=True))
        means = (f"{usual:.2f}", f"{expert:.2f}", "", f"{most:.2f}")
        rows.append((f"{kind}, mean", *blank, *means))
    return rows
