"""Times the first `msbuild plan` in a workspace without any state, as a full process.

    python -m bench.firstplan [--sizes N ...] [--runs R] [--domain D]

From 1,000 services on, a service has as many files in a large workspace as in a small one
(``bench.workspaces``), so the time per file shows whether planning is linear. A larger `--domain`
means larger groups of packages that import each other, and larger closures.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from bench.prepared import program
from bench.timing import Command, note, run
from bench.workspaces import DOMAIN, make
from msbuild import __version__

SIZES = (250, 1000, 4000, 10000)


def main() -> None:
    """Generate the workspaces, plan them and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.firstplan")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of services")
    parser.add_argument("--runs", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--domain", type=int, default=DOMAIN, help="default: %(default)s")
    given = parser.parse_args()
    print(f"{note([f'msbuild {__version__}'])}, {given.runs} runs each")
    print("services    files   median      min  user CPU   memory   per file: time, user CPU")
    for services in given.sizes:
        with tempfile.TemporaryDirectory(prefix="bench-plan-") as directory:
            tree = Path(directory) / "tree"
            make(tree, services, given.domain)
            print(_line(tree, services, given.runs, Path(directory) / "store"), flush=True)


def _line(tree: Path, services: int, runs: int, store: Path) -> str:
    files = sum(1 for path in tree.rglob("*.go"))
    command = [program(), "plan", "--executor", "local"]
    timed = Command(command, tree, {"MSBUILD_STORE": str(store)})
    results = [run(timed) for _ in range(runs)]
    median = statistics.median(each.seconds for each in results)
    cpu = statistics.median(each.cpu for each in results)
    return (
        f"{services:8} {files:8} {median:6.2f} s {min(each.seconds for each in results):6.2f} s"
        f"  {cpu:6.2f} s {max(each.peak for each in results) / 1e6:5.0f} MB"
        f"   {median / files * 1e6:8.0f} us {cpu / files * 1e6:6.0f} us"
    )


if __name__ == "__main__":
    main()
