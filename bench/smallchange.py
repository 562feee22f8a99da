"""One file changed: from the start of `msbuild all` until the executor is asked for a job.

    python -m bench.smallchange [--services N] [--runs R]

The workspace is that of ``bench.noop``: everything stands. Then a file of one service is edited, or
one of a shared package, and msbuild runs until its executor gets the first job; there the process
ends, so that every run meets the same.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.prepared import prepare, program
from bench.timing import in_turn, note, run, table
from msbuild import __version__

# The rest of the run is cut off; up to here it is the command line's own code. Modules are looked
# for where the installed program looks, or the last run would count as one of another msbuild.
UNTIL_EXECUTE = """
import os, sys
sys.path[0] = sys.argv.pop(1)
from msbuild.execute.local.executor import LocalExecutor
from msbuild.cli import main
LocalExecutor.execute = lambda *_: os._exit(0)
sys.exit(main() or "nothing was executed")
"""
SERVICE = "services/s00000/part1.go"
SHARED = "lib/p0000/part1.go"


def main() -> None:
    """Edit, time, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.smallchange")
    parser.add_argument("--services", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--runs", type=int, default=11, help="default: %(default)s")
    given = parser.parse_args()
    print(f"{note([f'msbuild {__version__}'])}, {given.runs} runs in turn")
    with tempfile.TemporaryDirectory(prefix="bench-change-") as directory:
        prepared = prepare(Path(directory) / "ours", given.services)
        words = ("-c", UNTIL_EXECUTE, str(Path(program()).parent), "all", "--executor", "local")
        ways = {
            "until the executor": prepared.python(*words),
            "python -c pass": prepared.python("-c", "pass"),
        }
        for file in (SERVICE, SHARED):
            path = prepared.tree / file
            before = path.read_bytes()
            path.write_bytes(before + b"// edited\n")
            last = run(prepared.msbuild("plan")).printed.splitlines()[-1]
            print(f"edited {file}: {last}")
            for line in table(in_turn(ways, given.runs), "until the executor"):
                print(line)
            path.write_bytes(before)


if __name__ == "__main__":
    main()
