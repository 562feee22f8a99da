"""`msbuild graph`: draw the stages and their dependencies."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  msbuild graph                                  a tree for the terminal
  msbuild graph --format dot | dot -Tsvg > g.svg
  msbuild graph --format mermaid                 for Markdown
"""
FORMATS = ("tree", "dot", "mermaid", "json")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "services", nargs="*", metavar="SERVICE", help="a service of the config; default: all"
    )
    parser.add_argument("--format", choices=FORMATS, default="tree", help="default: %(default)s")
    options.add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the graph."""
    from msbuild.commands.workspace import find  # noqa: PLC0415
    from msbuild.graph import draw  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    loaded = loading.load(find(arguments.file))
    services = loading.select(loaded.workspace, arguments.services)
    sys.stdout.write(draw.FORMATS[arguments.format](loaded.assembly.graph, services))
    return 0
