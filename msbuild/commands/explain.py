"""`msbuild explain`: explain why a service would be built, or why not."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from msbuild.affected import Why
    from msbuild.pipeline import Planned
    from msbuild.plugin.api import Inputs
    from msbuild.workspace.loading import Loaded

_SHOWN = 3

EXAMPLES = """\
examples:
  msbuild explain gateway     what changed since the last build, and how the service uses it
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("service", metavar="SERVICE", help="a service of the config")
    options.add_file(parser)
    options.add_executor(parser)
    options.add_offline(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the reasons."""
    from msbuild import pipeline  # noqa: PLC0415
    from msbuild.commands.executor_choice import choose  # noqa: PLC0415
    from msbuild.commands.workspace import find, make_registry  # noqa: PLC0415
    from msbuild.planning.planner import Request  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    wanted = options.run_options(arguments)
    options.print_offline(wanted)
    loaded = loading.load(find(arguments.file))
    (service,) = loading.select(loaded.workspace, [arguments.service])
    registry = make_registry(wanted, loaded)
    with closing(choose(wanted, loaded, (service,))) as executor:
        planned = pipeline.plan(loaded, executor, Request((service,)), time.monotonic(), registry)
    options.warn(planned.warnings)
    sys.stdout.write("".join(f"{line}\n" for line in _lines(service, loaded, planned)))
    return 0


def _lines(service: str, loaded: Loaded, planned: Planned) -> list[str]:
    fingerprint = planned.fingerprints[service]
    lines = []
    if service in planned.plan.cached:
        image = planned.plan.cached[service].image
        names = ", ".join(sorted(image.tags))
        lines.append(f"{service} is up to date: an image has its fingerprint ({names})")
    else:
        lines.append(f"{service} would be built: {planned.plan.jobs[service].reason.text}")
        lines += [f"  {why}" for why in _reasons(service, loaded, planned)]
    lines.append(f"fingerprint  {fingerprint.value}")
    return [*lines, *_about_inputs(loaded.assembly.inputs[service])]


def _about_inputs(inputs: Inputs) -> Iterator[str]:
    """The widened directories, the listed inputs, and the warnings."""
    from msbuild.graph.inputs import LISTED, VERIFIED  # noqa: PLC0415

    for directory, why in inputs.widened.items():
        yield f"wide  {directory}: {why}"
    listed: dict[str, list[str]] = {}
    for path, why in inputs.files.items():
        if why.startswith((LISTED, VERIFIED)):
            listed.setdefault(why, []).append(path)
    for why, paths in listed.items():
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        yield f"also  {', '.join(paths[:_SHOWN])}{more}: {why}"
    for text in inputs.warnings:
        yield f"warn  {text}"


def _reasons(service: str, loaded: Loaded, planned: Planned) -> list[Why]:
    from msbuild.affected import tied  # noqa: PLC0415
    from msbuild.planning.fingerprint import service_changes  # noqa: PLC0415
    from msbuild.planning.history import history_of  # noqa: PLC0415

    deciding = loaded.assembly.graph.deciding(service)
    now = {stage: planned.fingerprints[stage].inputs for stage in deciding}
    changes = service_changes(history_of(loaded.workspace.root).last_inputs(), now)
    return [tied(change, service, loaded) for change in changes]
