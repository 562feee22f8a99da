"""Nothing to do: a whole `msbuild all` beside ninja and Turborepo on the same tree.

    python -m bench.noop [--services N] [--runs R] [--executor local|docker]

Images are put in place and not compiled (``bench.prepared``); what is timed is real. ninja has an
edge for every service with all files of its closure. Turborepo has a package for every service and
shared package, every build in its cache, no daemon, and is started without node. What is not
installed here is left out, with a line that says so.
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
    from bench.timing import Way

HEAVY = ("networkx", "docker", "rich")
OURS = "msbuild all"


def main() -> None:
    """Prepare, time in turn, print."""
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
            ways, versions = _ways(prepared, place, given.without)
            print(f"{note([f'msbuild {__version__}', *versions])}, {given.runs} runs in turn")
            print(_size(prepared))
            for line in table(in_turn(ways, given.runs), OURS):
                print(line)
            print(_imports(prepared))
        finally:
            if given.executor == "docker":
                prepared.place("remove")


def _ways(prepared: Prepared, place: Path, without: list[str]) -> tuple[dict[str, Way], list[str]]:
    ways = {OURS: prepared.msbuild("all"), "python -c pass": prepared.python("-c", "pass")}
    versions = []
    closures = prepared.closures
    if "ninja" not in without and (way := ninja.prepare(prepared.tree, closures, place / "ninja")):
        ways["ninja"] = way
        versions.append(ninja.version())
    if "turbo" not in without and (way := turbo.prepare(prepared.services, place / "turbo")):
        if not turbo.is_full(way):
            raise Failed("Turborepo would build something")
        ways["turbo"] = way
        ways["turbo by npm"] = turbo.as_npm_starts_it(way)
        versions.append(f"turbo {turbo.VERSION}")
    return ways, versions


def _size(prepared: Prepared) -> str:
    count = sum(1 for path in prepared.tree.rglob("*.go"))
    return f"{prepared.services} services, {count} files, {prepared.executor} executor"


def _imports(prepared: Prepared) -> str:
    """Which heavy packages a run imports, as the interpreter itself tells."""
    words = ("all", "--executor", prepared.executor)
    told = run(prepared.python("-X", "importtime", program(), *words)).printed
    modules = {line.rpartition("|")[2].strip() for line in told.splitlines() if "|" in line}
    found = [name for name in HEAVY if name in modules]
    return f"modules imported: {len(modules)}; of {', '.join(HEAVY)}: {', '.join(found) or 'none'}"


if __name__ == "__main__":
    main()
