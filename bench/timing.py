"""Times processes alternately, so that a busy machine slows all of them, and formats tables."""

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

# Without compiled modules every start compiles all of ours, which no installation does.
_BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}
_KIB = 1024
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """The time and memory that one process used.

    Attributes:
        seconds: from before its start until its exit.
        cpu: seconds of CPU time in user mode, including children that it waited for.
        peak: peak memory in bytes. The system includes what this process had when it forked, so
            keep it small.
        printed: its output.
    """

    seconds: float
    cpu: float
    peak: int
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A command to time."""

    argv: Sequence[str]
    directory: Path
    environment: Mapping[str, str]


class Failed(Exception):
    """A command failed."""


def run(command: Command) -> Run:
    """Run a command until it exits.

    Raises:
        Failed: the exit code is not 0; the message has the end of the output.
    """
    environment = {**os.environ, **_BYTECODE, **command.environment}
    start = time.perf_counter()
    with subprocess.Popen(
        command.argv,
        cwd=command.directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout  # noqa: S101 - it was requested
        printed = process.stdout.read().decode("utf-8", "replace")
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(
            f"{' '.join(command.argv)} exited with code {process.returncode}:\n{printed[-2000:]}"
        )
    return Run(seconds, usage.ru_utime, usage.ru_maxrss * _KIB, printed)


def in_turn(commands: Mapping[str, Command], runs: int) -> dict[str, list[Run]]:
    """Run all commands one after another, ``runs`` times, after one warm-up round."""
    results: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(runs + 1):
        for name, command in commands.items():
            result = run(command)
            if number:
                results[name].append(result)
    return results


def table(results: Mapping[str, Sequence[Run]], *ours: str) -> list[str]:
    """Lines with the median, minimum and maximum time of each command, and ratios to some of them.

    Ratios are of the medians and of the shortest runs, which a busy machine disturbs least.

    Args:
        results: the runs of each command.
        ours: the commands that are divided by each of the others.
    """
    width = max(map(len, results))
    heads = [f"{name} / other: median, min" for name in ours]
    columns = "   median      min      max   user CPU   memory"
    lines = ["   ".join([f"{'':{width}}{columns}", *heads])]
    for name, runs in results.items():
        times = [each.seconds for each in runs]
        line = (
            f"{name:{width}} {_ms(statistics.median(times))} {_ms(min(times))} {_ms(max(times))}"
            f"  {_ms(statistics.median(each.cpu for each in runs))}"
            f" {max(each.peak for each in runs) / _MB:5.0f} MB"
        )
        for own, head in zip(ours, heads, strict=True):
            ratio = "" if own == name else _ratio([each.seconds for each in results[own]], times)
            line += f"   {ratio:{len(head)}}"
        lines.append(line.rstrip())
    return lines


def _ratio(mine: Sequence[float], others: Sequence[float]) -> str:
    medians = statistics.median(mine) / statistics.median(others)
    return f"{medians:6.2f} {min(mine) / min(others):6.2f}"


def note(versions: Iterable[str] = ()) -> str:
    """The date, versions and machine of a measurement."""
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
