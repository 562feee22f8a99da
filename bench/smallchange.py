"""Times `msbuild all` after one file changed, from its start until the executor gets a job.

    python -m bench.smallchange [--services N] [--runs R]

The workspace is that of ``bench.noop``, where every service is up to date. Then a file of one
service, or of a shared package, is edited, and msbuild runs until its executor gets the first job.
The process exits there, so that every run starts from the same state.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.prepared import prepare, program
from bench.timing import in_turn, note, run, table
from msbuild import __version__

# Runs the command line's own code up to the executor, and exits there, without success if NetworkX
# was imported, which is too slow for an incremental load. Modules are searched where
# the installed program searches them; otherwise the last run would count as another msbuild's.
UNTIL_EXECUTE = """
import os, sys
sys.path[0] = sys.argv.pop(1)
from msbuild.execute.local.executor import LocalExecutor
from msbuild.cli import main
LocalExecutor.execute = lambda *_: os._exit("networkx" in sys.modules)
sys.exit(main() or "nothing was executed")
"""
SERVICE = "services/s00000/part1.go"
SHARED = "lib/p0000/part1.go"


def main() -> None:
    """Edit a file, time the runs and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.smallchange")
    parser.add_argument("--services", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--runs", type=int, default=11, help="default: %(default)s")
    given = parser.parse_args()
    print(f"{note([f'msbuild {__version__}'])}, {given.runs} alternating runs")
    with tempfile.TemporaryDirectory(prefix="bench-change-") as directory:
        prepared = prepare(Path(directory) / "ours", given.services)
        words = ("-c", UNTIL_EXECUTE, str(Path(program()).parent), "all", "--executor", "local")
        commands = {
            "until the executor": prepared.python(*words),
            "python -c pass": prepared.python("-c", "pass"),
        }
        for file in (SERVICE, SHARED):
            path = prepared.tree / file
            original = path.read_bytes()
            path.write_bytes(original + b"// edited\n")
            last = run(prepared.msbuild("plan")).printed.splitlines()[-1]
            print(f"edited {file}: {last}")
            for line in table(in_turn(commands, given.runs), "until the executor"):
                print(line)
            path.write_bytes(original)


if __name__ == "__main__":
    main()
