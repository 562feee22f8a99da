"""Times the start of the command line: `msbuild --help` and a bare interpreter.

python -m bench.startup [--runs R]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.prepared import program
from bench.timing import Command, in_turn, note, table
from msbuild import __version__


def main() -> None:
    """Time the commands alternately and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.startup")
    parser.add_argument("--runs", type=int, default=20, help="default: %(default)s")
    runs = parser.parse_args().runs
    here = Path(__file__).resolve().parent.parent
    commands = {
        " ".join(each): Command([*command, *each[1:]], here, {})
        for command, each in (
            ([program()], ("msbuild", "--help")),
            ([program()], ("msbuild", "all", "--help")),
            ([sys.executable], ("python", "-c", "pass")),
        )
    }
    print(f"{note([f'msbuild {__version__}'])}, {runs} alternating runs")
    for line in table(in_turn(commands, runs), "msbuild --help"):
        print(line)


if __name__ == "__main__":
    main()
