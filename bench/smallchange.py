"""Times `msbuild all` after a small change, from its start until the executor gets a job.

    python -m bench.smallchange [--services N] [--runs R]

The workspaces are that of ``bench.noop`` and the same in Rust, where every service is up to date,
each also with a registry on this machine. After a change msbuild runs until its executor gets the
first job. The process exits there, so that every run starts from the same state.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.faults.broken_registry import BrokenRegistry, serving
from bench.prepared import prepare, program
from bench.timing import in_turn, note, run, table
from bench.workspaces import layout, make, make_rust
from msbuild import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.prepared import Prepared
    from bench.timing import Command

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
MOST_SECONDS = {"all": 0.35, "all --json": 0.5, "all --push": 0.5}
"""The bound of each command after a change that affects one service."""

SERVICE = "services/s00000"


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one file: an old text in it is replaced. Without an old text the file is new."""

    path: str
    old: str
    new: str

    def apply(self, tree: Path) -> None:
        """Change the file."""
        path = tree / self.path
        text = path.read_text("utf-8").replace(self.old, self.new, 1) if self.old else self.new
        path.write_text(text, "utf-8")

    def revert(self, tree: Path) -> None:
        """Restore the file."""
        if self.old:
            Edit(self.path, self.new, self.old).apply(tree)
        else:
            (tree / self.path).unlink()


@dataclass(frozen=True, slots=True)
class Change:
    """What is changed at once.

    Attributes:
        name: a description.
        edits: the changes of files.
        local: whether it affects one service; if it affects all, there is no bound.
    """

    name: str
    edits: tuple[Edit, ...]
    local: bool = True


def go_changes(services: int) -> tuple[Change, ...]:
    """Changes of the Go workspace."""
    line = Edit(f"{SERVICE}/part1.go", "return 1", "return 2")
    file = Edit(f"{SERVICE}/extra.go", "", "package main\n\nfunc extra() {}\n")
    new = f'import _ "example.com/bench/{unused_package(services)}"\n\nfunc'
    return (
        Change("a line in a Go service", (line,)),
        Change("a new file in a Go service", (file,)),
        Change("a new import in a Go service", (Edit(f"{SERVICE}/part1.go", "func", new),)),
        Change(
            "a line in a Go package that all services use",
            (Edit("lib/p0000/part1.go", "return 1", "return 2"),),
            local=False,
        ),
    )


def rust_changes() -> tuple[Change, ...]:
    """Changes of the Rust workspace."""
    line = Edit(f"{SERVICE}/src/part1.rs", "{ 1 }", "{ 2 }")
    file = Edit(f"{SERVICE}/src/extra.rs", "", "pub fn extra() {}\n")
    declared = Edit(f"{SERVICE}/src/main.rs", "mod part1;", "mod extra;\nmod part1;")
    return (
        Change("a line in a Rust service", (line,)),
        Change("a new module in a Rust service", (file, declared)),
    )


def unused_package(services: int) -> str:
    """A shared package that the first service does not use, directly or not.

    Raises:
        ValueError: there is none, as there are too few services.
    """
    shared, programs = layout(services)
    known = {package.path: package for package in shared}
    used = set(waiting := [*programs[0].uses])
    while waiting:
        new = {*known[waiting.pop()].uses} - used
        used |= new
        waiting += new
    for path in known:
        if path not in used:
            return path
    raise ValueError(f"with {services} services, the first one uses all packages")


def prepared_trees(
    place: Path, services: int, write: Callable[..., None], registry: str
) -> tuple[Prepared, Prepared]:
    """A workspace without a registry, and the same with one."""
    with_registry = partial(write, registry=registry)
    place.mkdir()
    return (
        prepare(place / "plain", services, write=write),
        prepare(place / "registry", services, write=with_registry),
    )


def commands_in(plain: Prepared, pushed: Prepared, *, local: bool) -> dict[str, Command]:
    """The commands to time after a change, by their descriptions."""
    commands = {}
    for words, seconds in MOST_SECONDS.items():
        tree = pushed if "--push" in words else plain
        bound = f" (bound {seconds * 1000:.0f} ms)" if local else ""
        until = ("-c", UNTIL_EXECUTE, str(Path(program()).parent), *words.split())
        commands[f"{words}{bound}"] = tree.python(*until, "--executor", "local")
    return {**commands, "python -c pass": plain.python("-c", "pass")}


@contextmanager
def changed(change: Change, trees: Sequence[Prepared]) -> Iterator[None]:
    """Some trees with a change; afterwards they are as before, and up to date."""
    for prepared in trees:
        for edit in change.edits:
            edit.apply(prepared.tree)
    yield
    for prepared in trees:
        for edit in change.edits:
            edit.revert(prepared.tree)
        prepared.check()


def measure(change: Change, trees: tuple[Prepared, Prepared], runs: int) -> None:
    """Time the commands after a change and print their table."""
    with changed(change, trees):
        last = run(trees[0].msbuild("plan")).printed.splitlines()[-1]
        print(f"{change.name}: {last}")
        commands = commands_in(*trees, local=change.local)
        for line in table(in_turn(commands, runs), next(iter(commands))):
            print(line)


def main() -> None:
    """Make each change, time the runs and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.smallchange")
    parser.add_argument(
        "--services", type=int, default=1000, help="at least 80; default: %(default)s"
    )
    parser.add_argument("--runs", type=int, default=11, help="default: %(default)s")
    given = parser.parse_args()
    print(f"{note([f'msbuild {__version__}'])}, {given.runs} alternating runs")
    languages: dict[str, tuple[Callable[..., None], tuple[Change, ...]]] = {
        "go": (make, go_changes(given.services)),
        "rust": (make_rust, rust_changes()),
    }
    with (
        tempfile.TemporaryDirectory(prefix="bench-change-") as directory,
        serving(BrokenRegistry(tokens=False)) as registry,
    ):
        for language, (write, changes) in languages.items():
            trees = prepared_trees(
                Path(directory) / language, given.services, write, f"{registry.host}/team"
            )
            for change in changes:
                measure(change, trees, given.runs)


if __name__ == "__main__":
    main()
