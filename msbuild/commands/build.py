"""`msbuild build`: build the given services and their dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  msbuild build gateway             one service
  msbuild build gateway --no-cache  rebuild it from the first step
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("services", nargs="+", metavar="SERVICE", help="a service of the config")
    options.add_file(parser)
    options.add_build(parser)


def run(arguments: argparse.Namespace) -> int:
    """Build the given services."""
    from msbuild.commands.building import build  # noqa: PLC0415

    wanted = options.run_options(arguments)
    options.print_offline(wanted)
    return build(wanted, arguments.services)
