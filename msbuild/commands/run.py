"""`msbuild run`: run one service."""

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
  msbuild run gateway                     run it until Ctrl-C, with its ports on this host
  msbuild run gateway --env PORT=9000     set a variable
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
        help="set a variable in addition to those of the image; may be repeated",
    )
    options.add_tag(parser)
    options.add_file(parser)
    options.add_executor(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the service until it exits or is interrupted."""
    from msbuild.commands.executor_choice import chosen  # noqa: PLC0415
    from msbuild.commands.interrupt import interruptible  # noqa: PLC0415
    from msbuild.commands.workspace import find  # noqa: PLC0415
    from msbuild.errors import EXIT_OK  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    loaded = loading.load(find(arguments.file))
    (service,) = loading.select(loaded.workspace, [arguments.service])
    tag = f"{loaded.workspace.repository(service)}:{arguments.tag}"
    env = dict(arguments.env)
    where, _ = chosen(options.run_options(arguments))
    with interruptible() as cancel:
        if where == "docker":
            from msbuild.execute.docker import Engine  # noqa: PLC0415
            from msbuild.execute.docker.containers import run_image  # noqa: PLC0415

            ports = loaded.workspace.services[service].runtime.ports
            _announce(tag, "a container", loaded, service)
            with closing(Engine()) as engine:
                code = run_image(engine, tag, ports, env, cancel)
        else:
            from msbuild.commands.executor_choice import local_executor  # noqa: PLC0415
            from msbuild.execute.local.running import run as run_process  # noqa: PLC0415

            _announce(tag, "a process on this host", loaded, service)
            code = run_process(local_executor(loaded), tag, env, cancel)
        # stopping it by hand is success
        return EXIT_OK if cancel.is_set() else code


def _announce(tag: str, how: str, loaded: Loaded, service: str) -> None:
    ports = ", ".join(loaded.workspace.services[service].runtime.ports)
    sys.stderr.write(f"{tag} as {how}{f', ports {ports}' if ports else ''}; press Ctrl-C to stop\n")


def variable(text: str) -> tuple[str, str]:
    """``NAME=VALUE`` as a pair."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, found `{text}`")
    return name, value
