"""`msbuild load`: load images of the local executor into a Docker engine."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  msbuild load gateway        make its local build available to `docker run`
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("services", nargs="+", metavar="SERVICE", help="a service of the config")
    options.add_tag(parser)
    options.add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Load the images."""
    from msbuild.commands.executor_choice import local_executor  # noqa: PLC0415
    from msbuild.commands.workspace import find  # noqa: PLC0415
    from msbuild.execute.docker import Engine  # noqa: PLC0415
    from msbuild.execute.docker.images import load  # noqa: PLC0415
    from msbuild.execute.local.archive import docker_archive  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    loaded = loading.load(find(arguments.file))
    services = loading.select(loaded.workspace, arguments.services)
    local = local_executor(loaded)
    with closing(Engine()) as engine:
        for service in services:
            tag = f"{loaded.workspace.repository(service)}:{arguments.tag}"
            with docker_archive(local, tag) as archive:
                load(engine, archive)
            sys.stdout.write(f"loaded {tag}\n")
    return 0
