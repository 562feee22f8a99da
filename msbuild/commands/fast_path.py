"""The fast path of `msbuild all`: nothing changed since the last run, and every image exists."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.commands.options import print_executor, wanted_executor
from msbuild.errors import ConfigError
from msbuild.report.text import up_to_date
from msbuild.state.files import STATE_DIRECTORY
from msbuild.uptodate.fast_path import changes_since
from msbuild.uptodate.record_file import request
from msbuild.workspace.finding import find_config

if TYPE_CHECKING:
    import argparse

    from msbuild.commands.building import Run
    from msbuild.uptodate.fast_path import RecordedRun


def unchanged_run(arguments: argparse.Namespace) -> RecordedRun | None:
    """The record of the last run, if since then only contents of files have changed."""
    try:
        file = find_config(Path.cwd(), arguments.file)
    except ConfigError:
        return None
    key = request(arguments, file)
    if key is None:
        return None
    executor = wanted_executor(arguments)
    return changes_since(file.parent / STATE_DIRECTORY, {**key, "executor": executor}, executor)


def print_up_to_date(arguments: argparse.Namespace, found: RecordedRun, seconds: float) -> None:
    """Print that there is nothing to build, in the words of a run."""
    print_executor(arguments, found.build_record.executor_note)
    sys.stdout.write(f"{up_to_date(len(found.build_record.services), seconds)}\n")


def note_unchanged(
    arguments: argparse.Namespace,
    run: Run,
) -> None:
    """Store the build record of a run in which every service was built or up to date."""
    from msbuild.uptodate.recording import FinishedRun, record_run, update_record  # noqa: PLC0415

    key = request(arguments, run.loaded.workspace.file)
    if key is None:
        return
    key = {**key, "executor": wanted_executor(arguments)}
    ended = FinishedRun(key, run.choice.executor, run.choice.note, run.built)
    if run.before is None:
        record_run(run.planned, run.loaded, ended)
    else:
        update_record(run.before, run.planned, ended)
