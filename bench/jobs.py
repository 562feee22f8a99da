"""Measures how many parallel jobs pay off: builds the sample shop with `--jobs` 1, 2 and 4.

    python -m bench.jobs [--cold ROUNDS] [--again ROUNDS] [JOBS ...]

Every round builds once with each number of jobs, every other round in reverse order. Cold: an
empty store, no history, everything is downloaded. Again: one line is added to a library of each
language, so that all nine services are compiled, on shared stages that exist.

Besides the seconds it prints the share of the cores that the build left idle: runnable threads are
counted five times a second. On a busy machine more processes get a larger share of the CPU, so
seconds mean little there (the load at the start of each build is printed), and the idle share is
too low, the more so the more threads there are.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.demand import Demand
from bench.table import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parent.parent
# A library that every service of its language uses, and a line that changes it.
EDITS = {
    "go/lib/web/env.go": "\n// Touched{0} forces a build.\nconst Touched{0} = {0}\n",
    "rust/libs/shopkit/src/lib.rs": "\n/// Forces a build.\npub const TOUCHED_{0}: u32 = {0};\n",
    "cpp/libs/shophttp/include/shophttp/env.hpp": "\nnamespace touched{0} {{}}\n",
}


def main() -> None:
    """Build alternately and print medians."""
    parser = argparse.ArgumentParser(prog="python -m bench.jobs")
    parser.add_argument(
        "--cold", type=int, default=2, metavar="ROUNDS", help="default: %(default)s"
    )
    parser.add_argument(
        "--again", type=int, default=5, metavar="ROUNDS", help="default: %(default)s"
    )
    parser.add_argument("jobs", nargs="*", type=int, default=[1, 2, 4])
    given = parser.parse_args()
    results: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for kind, rounds, builds_of in (("cold", given.cold, cold), ("again", given.again, again)):
        for jobs, seconds, idle in builds_of(turns(given.jobs, rounds)):
            results.setdefault((kind, jobs), []).append((seconds, idle))
    rows = []
    for (kind, jobs), builds in results.items():
        first = statistics.median(seconds for seconds, _ in results[kind, given.jobs[0]])
        median = statistics.median(seconds for seconds, _ in builds)
        idle = statistics.median(share for _, share in builds)
        cells = [f"{median:.0f}", f"{median / first:.2f}", f"{idle:.0%}"]
        rows.append([kind, str(jobs), str(len(builds)), *cells])
    head = ["build", "`--jobs`", "builds", "seconds", f"of `--jobs {given.jobs[0]}`", "cores idle"]
    print("\n" + markdown(head, rows))


def turns(jobs: Sequence[int], rounds: int) -> list[int]:
    """The numbers of jobs in the order in which to try them."""
    there_and_back = [list(jobs), list(jobs)[::-1]]
    return [number for place in range(rounds) for number in there_and_back[place % 2]]


def cold(order: Sequence[int]) -> Iterator[tuple[int, float, float]]:
    """Builds, each in its own workspace and store."""
    for jobs in order:
        with shop() as directory:
            yield jobs, *build(directory, jobs, "cold")


def again(order: Sequence[int]) -> Iterator[tuple[int, float, float]]:
    """Rebuilds of all services in one workspace, after a first build that is not counted."""
    if not order:
        return
    with shop() as directory:
        build(directory, max(order), "first")
        for number, jobs in enumerate(order):
            for path, line in EDITS.items():
                with (directory / "shop/sample-monorepo" / path).open(
                    "a", encoding="utf-8"
                ) as file:
                    file.write(line.format(number))
            yield jobs, *build(directory, jobs, "again")


@contextmanager
def shop() -> Iterator[Path]:
    """A directory with a copy of the shop's files in git: no state of other builds."""
    with tempfile.TemporaryDirectory(prefix="bench-jobs-") as name:
        directory = Path(name)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "msbuild.yaml", "sample-monorepo"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for path in filter(None, listed.split("\0")):
            (directory / "shop" / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, directory / "shop" / path)
        try:
            yield directory
        finally:
            # go makes its downloads read-only
            subprocess.run(["chmod", "-R", "u+w", name], check=False, capture_output=True)


def build(directory: Path, jobs: int, kind: str) -> tuple[float, float]:
    """Seconds and idle share of one `msbuild all`, which must build every service."""
    load = os.getloadavg()[0]
    start = time.perf_counter()
    ran = subprocess.Popen(
        [sys.executable, "-m", "msbuild", "all", "--executor=local", f"--jobs={jobs}", "--json"],
        cwd=directory / "shop",
        env={**os.environ, "MSBUILD_STORE": str(directory / "store"), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with Demand(ran.pid) as demand:
        output, _ = ran.communicate()
    seconds = time.perf_counter() - start
    last = json.loads(output.splitlines()[-1])
    built = [name for name, result in last["services"].items() if result["outcome"] == "built"]
    if ran.returncode != 0 or not built or len(built) != len(last["services"]):
        raise SystemExit(f"not every service was built: {last}")
    idle = demand.idle()
    figures = f"{seconds:6.1f} s  cores idle {idle:4.0%}  load {load:.1f}"
    print(f"{kind:6} --jobs {jobs}  {figures}", flush=True)
    return seconds, idle


if __name__ == "__main__":
    main()
