"""Times `msbuild all`, ninja and Turborepo on the same tree when everything is up to date.

    python -m bench.noop [--services N] [--runs R] [--executor local|docker]

Images are put in place instead of compiled (``bench.prepared``); what is timed is real. ninja has
one edge per service, with all files of its closure. Turborepo has a package for every service and
shared package, a full cache and no daemon, and is started without node and as npm starts it. Tools
that are not installed are skipped with a message.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench import ninja, turbo
from bench.prepared import prepare, program
from bench.timing import Failed, in_turn, note, run, table
from msbuild import __version__

if TYPE_CHECKING:
    from bench.prepared import Prepared
    from bench.timing import Command

HEAVY = ("networkx", "docker", "rich")
OURS = ("msbuild all", "msbuild all --json")


def main() -> None:
    """Prepare the workspace, time the tools alternately and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.noop")
    parser.add_argument("--services", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--runs", type=int, default=15, help="default: %(default)s")
    parser.add_argument("--executor", choices=("local", "docker"), default="local")
    parser.add_argument("--without", choices=("turbo", "ninja"), action="append", default=[])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-noop-") as directory:
        place = Path(directory)
        prepared = prepare(place / "ours", given.services, given.executor)
        try:
            commands, versions = _commands(prepared, place, given.without)
            print(f"{note([f'msbuild {__version__}', *versions])}, {given.runs} alternating runs")
            print(_size(prepared))
            for line in table(in_turn(commands, given.runs), *OURS):
                print(line)
            print(_imports(prepared))
        finally:
            if given.executor == "docker":
                prepared.fake_images("remove")


def _commands(
    prepared: Prepared, place: Path, without: list[str]
) -> tuple[dict[str, Command], list[str]]:
    commands = {name: prepared.msbuild(*name.split()[1:]) for name in OURS}
    commands["python -c pass"] = prepared.python("-c", "pass")
    versions = []
    closures = prepared.closures
    if "ninja" not in without and (
        timed := ninja.prepare(prepared.tree, closures, place / "ninja")
    ):
        commands["ninja"] = timed
        versions.append(ninja.version())
    if "turbo" not in without and (timed := turbo.prepare(prepared.services, place / "turbo")):
        if not turbo.is_full(timed):
            raise Failed("Turborepo does not find everything in its cache")
        commands["turbo"] = timed
        commands["turbo by npm"] = turbo.as_npm_starts_it(timed)
        versions.append(f"turbo {turbo.VERSION}")
    return commands, versions


def _size(prepared: Prepared) -> str:
    count = sum(1 for path in prepared.tree.rglob("*.go"))
    return f"{prepared.services} services, {count} files, {prepared.executor} executor"


def _imports(prepared: Prepared) -> str:
    """Which heavy packages a run imports, as reported by the interpreter."""
    words = ("all", "--executor", prepared.executor)
    printed = run(prepared.python("-X", "importtime", program(), *words)).printed
    modules = {line.rpartition("|")[2].strip() for line in printed.splitlines() if "|" in line}
    found = [name for name in HEAVY if name in modules]
    return f"imported modules: {len(modules)}; of {', '.join(HEAVY)}: {', '.join(found) or 'none'}"


if __name__ == "__main__":
    main()
