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
    """Print a line for each language, installed or listed in the config."""
    from msbuild.commands.workspace import listed_plugins  # noqa: PLC0415
    from msbuild.plugin.manager import load_plugins  # noqa: PLC0415

    plugins = load_plugins(listed_plugins(arguments.file))
    rows = [("language", "version", "module", "from")]
    for name, plugin in sorted(plugins.items()):
        source = plugin.distribution or "`plugins:` of the config"
        rows.append((name, plugin.language.version, plugin.origin, source))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        line = "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(f"{line.rstrip()}\n")
    return 0
