"""`msbuild plugins`: list the language plugins."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  msbuild plugins             name, version and origin of each language
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each language: the installed ones, and those the workspace names."""
    from msbuild.commands.workspace import plugin_modules  # noqa: PLC0415
    from msbuild.plugin_manager import load_plugins  # noqa: PLC0415

    plugins = load_plugins(plugin_modules(arguments))
    rows = [("language", "version", "origin")]
    for name, plugin in sorted(plugins.items()):
        origin = f"{plugin.origin} {plugin.version}".strip()
        rows.append((name, plugin.language.version, origin))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, version, origin in rows:
        sys.stdout.write(f"{name:{widths[0]}}  {version:{widths[1]}}  {origin}\n")
    return 0
