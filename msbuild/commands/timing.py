"""`msbuild timing`: show where the last run spent its time, and what would help."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from msbuild.report.lastrun import LastRun
    from msbuild.report.timing import Analysis, Improvement, Link, SlotUse

EXAMPLES = """\
examples:
  msbuild timing              critical path and slots of the last run, and what would help
  msbuild timing --json       the same as JSON
"""
_MOSTLY = 0.5


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_file(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the analysis of the last run."""
    from msbuild.commands.workspace import find  # noqa: PLC0415
    from msbuild.errors import UsageError  # noqa: PLC0415
    from msbuild.report.lastrun import file_of, read  # noqa: PLC0415
    from msbuild.report.timing import analyze  # noqa: PLC0415

    last = read(file_of(find(arguments.file).parent))
    if last is None:
        raise UsageError(
            "no previous run recorded",
            hint="`msbuild all` records its times whenever it builds something",
        )
    analysis = analyze(last)
    if arguments.json:
        sys.stdout.write(json.dumps(_fields(last, analysis), indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _lines(last, analysis, time.time())))
    return 0


def _fields(last: LastRun, analysis: Analysis) -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415

    run = {name: value for name, value in asdict(last).items() if name != "jobs"}
    jobs = {
        name: {**asdict(job), "seconds": job.seconds, "began": job.began, "ended": job.ended}
        for name, job in last.jobs.items()
    }
    found = {
        **run,
        **asdict(analysis),
        "chain": analysis.chain,
        "busy": analysis.busy,
        "jobs": jobs,
    }
    tidy: dict[str, Any] = json.loads(
        json.dumps(found), parse_float=lambda text: round(float(text), 3)
    )
    return tidy


def _lines(last: LastRun, analysis: Analysis, now: float) -> Iterator[str]:
    from msbuild.errors import EXIT_OK  # noqa: PLC0415
    from msbuild.report.text import counted, duration  # noqa: PLC0415

    jobs, slots = counted(len(last.jobs), "job"), counted(last.slots, "slot")
    ended = f"ended {duration(max(now - last.at, 0))} ago"
    yield f"{last.workspace}: {jobs} on {slots} of {last.executor}, {ended}"
    if last.exit_code != EXIT_OK:
        yield f"it failed with exit code {last.exit_code}; the figures cover the jobs that ran"
    over = f" ({analysis.took / analysis.bound:.2f}x)" if analysis.bound else ""
    yield (
        f"jobs took {duration(analysis.took)}; the lower bound on {slots} is "
        f"{duration(analysis.bound)}{over}"
    )
    yield ""
    yield f"critical path: {duration(analysis.chain)}"
    yield from _path(analysis.path)
    yield ""
    yield f"slots: {analysis.busy:.0%} busy"
    yield from map(_slot, analysis.use)
    yield ""
    yield "what would help most, by simulation:"
    yield from _helps(analysis, last)


def _path(path: tuple[Link, ...]) -> Iterator[str]:
    from msbuild.report.text import duration  # noqa: PLC0415

    longest = max(len(link.job) for link in path)
    for link in path:
        waited = f"  waited {duration(link.waited)} for a slot" if link.waited >= _MOSTLY else ""
        yield f"  {link.job:{longest}}  {duration(link.seconds):>8}  {link.share:4.0%}{waited}"


def _slot(use: SlotUse) -> str:
    bar = "".join("#" if share >= _MOSTLY else "." for share in use.over_time)
    return f"  {use.slot:2}  {bar}  {use.busy:4.0%}"


def _helps(analysis: Analysis, last: LastRun) -> Iterator[str]:
    from msbuild.report.text import duration  # noqa: PLC0415

    found = [(_what(one, last), one) for one in analysis.helps]
    longest = max((len(what) for what, _ in found), default=0)
    for what, one in found:
        saves = f"saves {duration(one.saves)}, jobs take {duration(one.seconds)}"
        yield f"  {what:{longest}}  {saves}{_IF[one.kind]}"
    if not found:
        yield "  nothing: a faster job, more slots or another order would not save much"


def _what(one: Improvement, last: LastRun) -> str:
    from msbuild.report.text import duration  # noqa: PLC0415

    if one.kind == "job":
        return f"halving {one.job} ({duration(last.jobs[one.job].seconds)})"
    if one.kind == "slots":
        return f"{one.slots} slots instead of {last.slots}"
    return "running again"


_IF = {
    "job": "",
    "slots": ", with enough cores",
    "order": ", now that durations are known",
}
