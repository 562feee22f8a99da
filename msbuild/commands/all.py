"""`msbuild all`: build every service that is not up to date."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msbuild.commands import options
from msbuild.errors import EXIT_OK

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  msbuild all                 build what changed, tag it `latest`
  msbuild all --tag v1.4      tag it `v1.4` instead
  msbuild all --push          also push it to the registry
  msbuild all -v              show the output of the compilers
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_file(parser)
    options.add_build(parser)


def run(arguments: argparse.Namespace) -> int:
    """Build all services."""
    from msbuild.commands.fast_path import print_up_to_date, unchanged_run  # noqa: PLC0415

    started = time.monotonic()
    options.print_offline(arguments)
    found = unchanged_run(arguments)
    if found and not found.changed:
        print_up_to_date(arguments, found, time.monotonic() - started)
        return EXIT_OK
    from msbuild.commands.building import build  # noqa: PLC0415

    return build(arguments, (), found)
