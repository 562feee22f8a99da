"""How many jobs at once: the sample shop with `--jobs` 1, 2 and 4, on the compilers of the host.

    python -m bench.jobs [--cold ROUNDS] [--again ROUNDS] [JOBS ...]

Every round builds once with each number of jobs, in turn, every other round backwards. Cold: an
empty store, no history, everything is downloaded. Again: one line more in a library of each
language, so that all nine services are compiled, on shared stages that stand.

A machine that others use, too, gives more to whoever runs more processes: the load that each build
began with is printed, and only figures of a quiet machine mean anything.
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

from bench.table import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parent.parent
# A library that every service of its language is made from, and a line that changes it.
EDITS = {
    "go/lib/web/env.go": "\n// Touched{0} is there to be compiled.\nconst Touched{0} = {0}\n",
    "rust/libs/shopkit/src/lib.rs": "\n/// To be compiled.\npub const TOUCHED_{0}: u32 = {0};\n",
    "cpp/libs/shophttp/include/shophttp/env.hpp": "\nnamespace touched{0} {{}}\n",
}


def main() -> None:
    """Build in turn and print medians."""
    parser = argparse.ArgumentParser(prog="python -m bench.jobs")
    parser.add_argument(
        "--cold", type=int, default=2, metavar="ROUNDS", help="default: %(default)s"
    )
    parser.add_argument(
        "--again", type=int, default=5, metavar="ROUNDS", help="default: %(default)s"
    )
    parser.add_argument("jobs", nargs="*", type=int, default=[1, 2, 4])
    given = parser.parse_args()
    taken: dict[tuple[str, int], list[float]] = {}
    for kind, rounds, way in (("cold", given.cold, cold), ("again", given.again, again)):
        for jobs, seconds in way(turns(given.jobs, rounds)):
            taken.setdefault((kind, jobs), []).append(seconds)
    rows = []
    for (kind, jobs), times in taken.items():
        first = statistics.median(taken[kind, given.jobs[0]])
        median = statistics.median(times)
        rows.append([kind, str(jobs), str(len(times)), f"{median:.0f}", f"{median / first:.2f}"])
    head = ["build", "`--jobs`", "builds", "seconds", f"of `--jobs {given.jobs[0]}`"]
    print("\n" + markdown(head, rows))


def turns(jobs: Sequence[int], rounds: int) -> list[int]:
    """The numbers of jobs in the order in which they are tried."""
    there_and_back = [list(jobs), list(jobs)[::-1]]
    return [number for place in range(rounds) for number in there_and_back[place % 2]]


def cold(order: Sequence[int]) -> Iterator[tuple[int, float]]:
    """Builds in a workspace and a store of their own."""
    for jobs in order:
        with shop() as directory:
            yield jobs, build(directory, jobs, "cold")


def again(order: Sequence[int]) -> Iterator[tuple[int, float]]:
    """Builds of all services in one workspace, after one that is not counted."""
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
            yield jobs, build(directory, jobs, "again")


@contextmanager
def shop() -> Iterator[Path]:
    """A directory with a copy of what git knows of the shop: no state of other builds."""
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
            # go keeps what it downloads read-only
            subprocess.run(["chmod", "-R", "u+w", name], check=False, capture_output=True)


def build(directory: Path, jobs: int, kind: str) -> float:
    """Seconds of one `msbuild all`; all nine services must have been built by it."""
    load = os.getloadavg()[0]
    start = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-m", "msbuild", "all", "--executor=local", f"--jobs={jobs}", "--json"],
        cwd=directory / "shop",
        env={**os.environ, "MSBUILD_STORE": str(directory / "store"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    last = json.loads(ran.stdout.splitlines()[-1])
    built = [name for name, told in last["services"].items() if told["outcome"] == "built"]
    if ran.returncode != 0 or not built or len(built) != len(last["services"]):
        raise SystemExit(f"not everything was built: {last}")
    print(f"{kind:6} --jobs {jobs}  {seconds:6.1f} s  load {load:.1f}", flush=True)
    return seconds


if __name__ == "__main__":
    main()
