"""`msbuild all`: build every service that is not up to date."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, cast

from msbuild.commands import options
from msbuild.commands.workspace import find_config
from msbuild.errors import EXIT_OK, ConfigError
from msbuild.report.text import up_to_date
from msbuild.state.files import STATE_DIRECTORY
from msbuild.uptodate.fast_path import changes_since
from msbuild.uptodate.record_file import request

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from msbuild.run_options import RunOptions
    from msbuild.uptodate.fast_path import RecordedRun
    from msbuild.uptodate.record_file import BuildRecord

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
    if found and not found.changed and not wanted.plan:
        _report(wanted, found.build_record, started)
        return EXIT_OK
    from msbuild.commands.building import build  # noqa: PLC0415

    return build(wanted, (), found)


def _report(wanted: RunOptions, record: BuildRecord, started: float) -> None:
    """Report that every service is up to date, like a run that plans them."""
    options.print_executor(wanted, record.executor_note)
    seconds = time.monotonic() - started
    if wanted.json:
        sys.stdout.writelines(up_to_date_events(record, wanted.jobs, seconds))
    else:
        sys.stdout.write(f"{up_to_date(len(record.services), seconds)}\n")


def up_to_date_events(record: BuildRecord, slots: int, at: float) -> Iterator[str]:
    """The events of a run in which nothing has changed since the last one.

    Args:
        record: the build record of the last run.
        slots: the maximum number of parallel jobs.
        at: seconds since the start of the run.
    """
    from json.encoder import encode_basestring_ascii as quoted  # noqa: PLC0415

    from msbuild.report import events_json  # noqa: PLC0415

    at, hole = round(at, 3), cast("Any", events_json.HOLE)
    why = events_json.reason(*record.reason)
    image = (why, hole, hole, hole)
    planned = events_json.template(events_json.cached_service(*image, hole))
    result = events_json.cached_result(*image, "cached")
    ended = events_json.template(events_json.with_image(result, None, [hole]))
    cached: list[str] = []
    services: list[str] = []
    for name, (fingerprint, image_id, size, saved, repository) in record.services.items():
        key, values = quoted(name), (quoted(image_id), size, quoted(fingerprint))
        seconds = "null" if saved is None else round(saved, 3)
        tags = ",".join(quoted(f"{repository}:{tag}") for tag in record.key["tags"])
        cached.append(f"{key}:{planned % (*values, seconds)}")
        services.append(f"{key}:{ended % (*values, tags)}")
    run = (at, record.workspace, record.executor, slots)
    started = events_json.run_started(*run, jobs={}, cached=hole)
    finished = events_json.ending(at, at, 0, services=hole)
    for event, entries in ((started, cached), (finished, services)):
        listed = ",".join(entries)
        yield events_json.template(event) % f"{{{listed}}}" + "\n"


def unchanged_run(wanted: RunOptions) -> RecordedRun | None:
    """The record of the last run, if since then only contents of files have changed."""
    try:
        file = find_config(os.getcwd(), wanted.file)  # noqa: PTH109 - without pathlib
    except ConfigError:
        return None
    key = request(wanted, file)
    if key is None:
        return None
    directory = os.path.join(os.path.dirname(file), STATE_DIRECTORY)  # noqa: PTH118, PTH120
    return changes_since(directory, key, wanted.executor)
