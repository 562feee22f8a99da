"""Times whole processes in turn, so that a busy machine slows all of them, and prints tables."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

# An interpreter that may not keep compiled modules compiles all of ours at every start, which no
# installation does.
_BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}
_KIB = 1024
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took.

    Attributes:
        seconds: from before it is started until it has ended.
        cpu: seconds of processor time in user mode, children that it waited for among them.
        peak: bytes of memory at most. The system counts what this process had when it forked, so
            keep it small.
        printed: what it printed.
    """

    seconds: float
    cpu: float
    peak: int
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """A command to be timed."""

    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str]


class Failed(Exception):
    """A command ended with an error."""


def run(way: Way) -> Run:
    """Run a command to its end.

    Raises:
        Failed: it did not end well; with what it printed.
    """
    environment = {**os.environ, **_BYTECODE, **way.environment}
    start = time.perf_counter()
    with subprocess.Popen(
        way.command,
        cwd=way.directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout  # noqa: S101 - it was asked for
        printed = process.stdout.read().decode("utf-8", "replace")
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"{' '.join(way.command)} ended with {process.returncode}:\n{printed[-2000:]}")
    return Run(seconds, usage.ru_utime, usage.ru_maxrss * _KIB, printed)


def in_turn(ways: Mapping[str, Way], runs: int) -> dict[str, list[Run]]:
    """Run all commands one after another, that many times, after once without counting."""
    taken: dict[str, list[Run]] = {name: [] for name in ways}
    for number in range(runs + 1):
        for name, way in ways.items():
            found = run(way)
            if number:
                taken[name].append(found)
    return taken


def table(taken: Mapping[str, Sequence[Run]], first: str) -> list[str]:
    """Median, least and most of each command; how many times ``first`` took as long.

    A ratio is of the medians, and of the shortest runs, which a busy machine disturbs least.
    """
    width = max(map(len, taken))
    lines = [
        f"{'':{width}}   median      min      max   user CPU   memory   {first} / it: median, min"
    ]
    mine = [each.seconds for each in taken[first]]
    for name, runs in taken.items():
        times = [each.seconds for each in runs]
        median = statistics.median(times)
        line = (
            f"{name:{width}} {_ms(median)} {_ms(min(times))} {_ms(max(times))}"
            f"  {_ms(statistics.median(each.cpu for each in runs))}"
            f" {max(each.peak for each in runs) / _MB:5.0f} MB"
        )
        if name != first:
            line += f"   {statistics.median(mine) / median:6.2f} {min(mine) / min(times):6.2f}"
        lines.append(line)
    return lines


def note(versions: Iterable[str] = ()) -> str:
    """When and where something was measured."""
    load = os.getloadavg()[0]
    python = sys.version.partition(" ")[0]
    return ", ".join(
        (
            time.strftime("%Y-%m-%d", time.gmtime()),
            f"Python {python}",
            *versions,
            f"{os.cpu_count()} cores, load {load:.1f}",
        )
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:5.0f} ms"
