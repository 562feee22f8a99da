"""`msbuild all`: build every service that is not up to date."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from msbuild.commands import options
from msbuild.commands.workspace import find
from msbuild.errors import EXIT_OK, ConfigError
from msbuild.report.text import up_to_date
from msbuild.state.files import STATE_DIRECTORY
from msbuild.uptodate.fast_path import changes_since
from msbuild.uptodate.record_file import request

if TYPE_CHECKING:
    import argparse

    from msbuild.run_options import RunOptions
    from msbuild.uptodate.fast_path import RecordedRun

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
    """Build all services; on the fast path, nothing heavy is imported."""
    started = time.monotonic()
    wanted = options.run_options(arguments)
    options.print_offline(wanted)
    found = unchanged_run(wanted)
    if found and not found.changed:
        options.print_executor(wanted, found.build_record.executor_note)
        services = len(found.build_record.services)
        sys.stdout.write(f"{up_to_date(services, time.monotonic() - started)}\n")
        return EXIT_OK
    from msbuild.commands.building import build  # noqa: PLC0415

    return build(wanted, (), found)


def unchanged_run(wanted: RunOptions) -> RecordedRun | None:
    """The record of the last run, if since then only contents of files have changed."""
    try:
        file = find(wanted.file)
    except ConfigError:
        return None
    key = request(wanted, file)
    if key is None:
        return None
    return changes_since(file.parent / STATE_DIRECTORY, key, wanted.executor)
