"""`msbuild plan`: show what would be built and why, without changing anything."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse

    from msbuild.planning.planner import Plan

EXAMPLES = """\
examples:
  msbuild plan                what would be built, in order, and why
  msbuild plan gateway        the same for one service
  msbuild plan --json         the same as JSON
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "services", nargs="*", metavar="SERVICE", help="a service of the config; default: all"
    )
    options.add_file(parser)
    options.add_executor(parser)
    options.add_offline(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the plan."""
    from msbuild import pipeline  # noqa: PLC0415
    from msbuild.commands.executor_choice import choose  # noqa: PLC0415
    from msbuild.commands.workspace import find, make_registry, print_warnings  # noqa: PLC0415
    from msbuild.planning.planner import Request  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    wanted = options.run_options(arguments)
    options.print_offline(wanted)
    loaded = loading.load(find(arguments.file))
    print_warnings(loaded)
    request = Request(loading.select(loaded.workspace, arguments.services))
    registry = make_registry(wanted, loaded)
    with closing(choose(wanted, loaded, request.services)) as executor:
        planned = pipeline.plan(loaded, executor, request, time.monotonic(), registry)
    options.warn(planned.warnings)
    plan = planned.plan
    sys.stdout.write(
        json.dumps(as_json(plan), indent=2) + "\n" if arguments.json else as_text(plan)
    )
    return 0


def as_text(plan: Plan) -> str:
    """The plan as text: jobs in order, then services that are up to date."""
    from msbuild.report.text import counted  # noqa: PLC0415

    names = [*plan.jobs, *plan.cached]
    width = max(map(len, names), default=0)
    lines = [f"build  {name:{width}}  {job.reason.text}" for name, job in plan.jobs.items()]
    lines += [f"keep   {name:{width}}  {c.reason.text}" for name, c in plan.cached.items()]
    building = sum(job.is_service for job in plan.jobs.values())
    shared = len(plan.jobs) - building
    if not plan.jobs:
        lines.append(f"nothing to build: {counted(len(plan.cached), 'service')} up to date")
    else:
        stages = counted(shared, "shared stage")
        lines.append(f"{counted(building, 'service')} and {stages} to build")
    return "".join(f"{line}\n" for line in lines)


def as_json(plan: Plan) -> dict[str, Any]:
    """The plan as JSON values."""
    return {
        "workspace": plan.workspace,
        "build": [
            {
                "name": name,
                "service": job.is_service,
                "needs": sorted(job.needs),
                "reason": {"kind": job.reason.kind, "text": job.reason.text},
                "estimate": job.estimate,
                "fingerprint": job.fingerprint,
                "tags": list(job.job.tags),
            }
            for name, job in plan.jobs.items()
        ],
        "keep": [
            {"name": name, "fingerprint": cached.fingerprint, "image": cached.image.id}
            for name, cached in plan.cached.items()
        ],
    }
