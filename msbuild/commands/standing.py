"""The short way of `msbuild all`: nothing changed since the last run, and everything stands."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.commands.options import wanted_executor
from msbuild.errors import ConfigError
from msbuild.finding import find_config
from msbuild.report.text import up_to_date
from msbuild.state import NAME as STATE
from msbuild.witness.check import nothing_changed
from msbuild.witness.key import request

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from msbuild.commands.choosing import Choice
    from msbuild.pipeline import Planned


def standing(arguments: argparse.Namespace) -> bool:
    """Whether everything stands as it did. Then it has been told, and there is nothing to do."""
    started = time.monotonic()
    try:
        file = find_config(Path.cwd(), arguments.file)
    except ConfigError:
        return False
    key = request(arguments, file)
    if key is None:
        return False
    executor = wanted_executor(arguments)
    witness = nothing_changed(file.parent / STATE, {**key, "executor": executor}, executor)
    if witness is None:
        return False
    if witness.told and not arguments.quiet:
        sys.stderr.write(f"{witness.told}\n")
    sys.stdout.write(f"{up_to_date(witness.services, time.monotonic() - started)}\n")
    return True


def note_standing(
    arguments: argparse.Namespace, planned: Planned, choice: Choice, built: Mapping[str, str]
) -> None:
    """Keep what a run saw, if it was about all services and all of them stand now.

    Args:
        arguments: the command line.
        planned: what the run began with.
        choice: its executor.
        built: the image of every service that it built.
    """
    from msbuild.witness.taking import take  # noqa: PLC0415

    workspace = planned.loaded.workspace
    key = request(arguments, workspace.file)
    if key is None:
        return
    take(
        planned,
        built,
        {**key, "executor": wanted_executor(arguments)},
        choice.executor,
        choice.told,
    )
