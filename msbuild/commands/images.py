"""`msbuild images`: list the images that were built, by either executor."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse

    from msbuild.execute.api import BuiltImage, Executor
    from msbuild.workspace.loading import Loaded

EXAMPLES = """\
examples:
  msbuild images              every image of the workspace: service, tag, digest, size, age
  msbuild images --json       the same as JSON
"""
_SHORT = 19
_HEAD = ("service", "tag", "digest", "size", "age", "executor")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_file(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the images."""
    from msbuild.commands.executor_choice import available  # noqa: PLC0415
    from msbuild.commands.workspace import find  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    loaded = loading.load(find(arguments.file))
    rows: list[dict[str, Any]] = []
    for executor in available(loaded):
        with closing(executor):
            rows += _rows(executor, loaded)
    rows.sort(key=lambda row: (row["service"], row["executor"], -row["created"], row["tag"]))
    sys.stdout.write(json.dumps(rows, indent=2) + "\n" if arguments.json else _table(rows))
    return 0


def _rows(executor: Executor, loaded: Loaded) -> list[dict[str, Any]]:
    return [
        {
            "service": _service(image),
            "tag": tag,
            "digest": image.id,
            "size": image.size,
            "created": image.created,
            "executor": executor.name,
        }
        for image in executor.images(loaded.workspace.name)
        for tag in sorted(image.tags)
    ]


def _service(image: BuiltImage) -> str:
    from msbuild.execute.api import LABEL_SERVICE  # noqa: PLC0415

    return image.labels.get(LABEL_SERVICE, "?")


def _table(rows: list[dict[str, Any]]) -> str:
    from msbuild.report.text import duration, size  # noqa: PLC0415

    now = time.time()
    lines = [_HEAD] + [
        (
            row["service"],
            row["tag"].rpartition(":")[2],
            row["digest"][:_SHORT],
            size(row["size"]),
            duration(max(0, now - row["created"])),
            row["executor"],
        )
        for row in rows
    ]
    if not rows:
        return "no images yet: run `msbuild all`\n"
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    cells = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
    return "".join(f"{line}\n" for line in cells)
