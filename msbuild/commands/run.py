"""`msbuild run`: start one service, for a quick look."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from msbuild.commands import options

if TYPE_CHECKING:
    from msbuild.workspace.loading import Loaded

EXAMPLES = """\
examples:
  msbuild run gateway                     its ports on this host, until Ctrl-C
  msbuild run gateway --env PORT=9000     with a variable more
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("service", metavar="SERVICE", help="a service of the config")
    parser.add_argument(
        "-e",
        "--env",
        action="append",
        type=variable,
        default=[],
        metavar="NAME=VALUE",
        help="set besides what the image sets; may be repeated",
    )
    parser.add_argument(
        "--tag", type=options.tag, default="latest", help="which one; default: `%(default)s`"
    )
    options.add_file(parser)
    options.add_executor(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the service until it ends or is told to."""
    from msbuild.commands.executor_choice import chosen  # noqa: PLC0415
    from msbuild.commands.interrupt import interruptible  # noqa: PLC0415
    from msbuild.commands.workspace import find  # noqa: PLC0415
    from msbuild.errors import EXIT_OK  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    loaded = loading.load(find(arguments))
    (service,) = loading.select(loaded.workspace, [arguments.service])
    tag = f"{loaded.workspace.repository(service)}:{arguments.tag}"
    env = dict(arguments.env)
    where, _ = chosen(arguments)
    with interruptible() as cancel:
        if where == "docker":
            from msbuild.execute.docker import Engine  # noqa: PLC0415
            from msbuild.execute.docker.running import run as run_container  # noqa: PLC0415

            ports = loaded.workspace.services[service].runtime.ports
            _say(tag, "a container", loaded, service)
            with closing(Engine()) as engine:
                code = run_container(engine, tag, ports, env, cancel)
        else:
            from msbuild.commands.executor_choice import local_executor  # noqa: PLC0415
            from msbuild.execute.local.running import run as run_process  # noqa: PLC0415

            _say(tag, "a process of this host", loaded, service)
            code = run_process(local_executor(loaded), tag, env, cancel)
        # whoever ends it by hand has seen enough
        return EXIT_OK if cancel.is_set() else code


def _say(tag: str, how: str, loaded: Loaded, service: str) -> None:
    ports = ", ".join(loaded.workspace.services[service].runtime.ports)
    sys.stderr.write(f"{tag} as {how}{f', ports {ports}' if ports else ''}; Ctrl-C ends it\n")


def variable(text: str) -> tuple[str, str]:
    """``NAME=VALUE`` as a pair."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, found `{text}`")
    return name, value
