"""Compares closures with traces of builds, as `msbuild verify` does."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.closures.ours import load_known
from msbuild.commands.executor_choice import local_executor
from msbuild.commands.interrupt import interruptible
from msbuild.commands.options import default_jobs
from msbuild.report.console import make_reporter
from msbuild.report.text import counted
from msbuild.run_options import RunOptions
from msbuild.verify.running import Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.closures.model import Oracle, Program
    from msbuild.verify.results import ServiceChecked


@dataclass(frozen=True, slots=True)
class Traced:
    """The results of some programs.

    Attributes:
        checked: the programs that were built, with the files they read.
        problems: the others, with the reason for each.
        interrupted: whether the user interrupted the run.
    """

    checked: Sequence[ServiceChecked]
    problems: dict[str, str]
    interrupted: bool = False

    @property
    def is_right(self) -> bool:
        """Whether everything was built and nothing was missed."""
        return not (self.problems or self.interrupted or any(c.findings for c in self.checked))


def trace(tree: Path, programs: Sequence[Program], oracle: Oracle) -> Traced:
    """Build programs with the full tree, under a tracer.

    Raises:
        UnavailableError: this host has no tracer, or lacks a tool.
    """
    loaded, problems = load_known(tree, programs, oracle)
    services = tuple(loaded.workspace.services)
    if not services:
        return Traced((), problems)
    with (
        closing(local_executor(loaded)) as executor,
        closing(make_reporter("plain", stream=sys.stderr)) as reporter,
        interruptible() as cancel,
    ):
        check = Check(loaded, executor, services)
        done = check.run(RunOptions(jobs=default_jobs()), reporter, cancel)
    problems |= {each.name: "could not be built" for each in done.services if each.failed}
    checked = [each for each in done.services if not each.failed]
    return Traced(checked, problems, cancel.is_set())


def report(traced: Traced) -> Iterator[str]:
    """A line for each program, the files missing from its closure, and the totals."""
    names = [*(each.name for each in traced.checked), *traced.problems]
    width = max(map(len, names), default=0)
    for each in traced.checked:
        yield f"{each.name:{width}}  {_declared(each):5} files  {len(each.findings):3} missed"
        for found in each.findings:
            yield f"    missed {found.path} ({found.how} by {', '.join(found.programs)})"
    yield from (f"{name:{width}}  {why}" for name, why in traced.problems.items())
    if traced.interrupted:
        yield "interrupted; results so far:"
    missed = sum(len(each.findings) for each in traced.checked)
    failed = f", {len(traced.problems)} not traced" if traced.problems else ""
    yield f"{counted(len(traced.checked), 'program')} traced{failed}, {missed} missed"


def _declared(each: ServiceChecked) -> int:
    return len(frozenset[str]().union(*(stage.declared for stage in each.stages)))
