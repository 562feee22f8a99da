"""`msbuild prune`: remove images and caches that have not been used for a while."""

from __future__ import annotations

import argparse
import re
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild.execute.api import StoredItem
    from msbuild.execute.docker import Engine
    from msbuild.execute.local import LocalExecutor

EXAMPLES = """\
examples:
  msbuild prune                       remove items not used for two weeks
  msbuild prune --older-than 12h      remove items not used for twelve hours
  msbuild prune --max-size 5GB        remove the oldest until 5 GB are left
  msbuild prune --all --dry-run       list everything
"""
_DAY = 86400
_DEFAULT = 14 * _DAY
_UNITS = {"m": 60, "h": 3600, "d": _DAY, "w": 7 * _DAY}
_SIZES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--older-than",
        type=age,
        metavar="AGE",
        help="remove items not used for this long: `90m`, `12h`, `7d`; default: `2w`",
    )
    parser.add_argument(
        "--max-size", type=size, metavar="SIZE", help="remove the oldest until this much is left"
    )
    parser.add_argument("--all", action="store_true", help="remove everything msbuild has built")
    parser.add_argument(
        "-n",
        "--dry-run",
        action="store_true",
        help="list what would be removed, without removing it",
    )
    parser.add_argument(
        "--executor",
        choices=("docker", "local"),
        help="only what this executor has built; default: both, if an engine is available",
    )


def run(arguments: argparse.Namespace) -> int:
    """Remove items, or list them."""
    from msbuild.report.text import counted  # noqa: PLC0415
    from msbuild.report.text import size as shown  # noqa: PLC0415

    older = arguments.older_than
    if older is None and arguments.max_size is None:
        older = _DEFAULT
    limits = Limits(time.time(), older, arguments.max_size, everything=arguments.all)
    found: list[StoredItem] = []
    with ExitStack() as held:
        local = _local(arguments, held)
        if local:
            found += _local_items(local)
        if engine := _engine(arguments):
            held.enter_context(closing(engine))
            found += _docker_items(engine)
        going = choose(found, limits)
        for item in going:
            sys.stdout.write(f"{item.kind:12}  {shown(item.size):>9}  {item.name}\n")
            if not arguments.dry_run:
                item.remove()
        swept = _sweep(local, dry=arguments.dry_run) if local else 0
    total = sum(item.size for item in going if item.kind != "image") + swept
    verb = "would free" if arguments.dry_run else "freed"
    sys.stdout.write(f"{verb} {shown(total)}: {len(going)} of {counted(len(found), 'item')}\n")
    return 0


@dataclass(frozen=True, slots=True)
class Limits:
    """The user's selection of items to remove.

    Attributes:
        now: the time, in seconds since the epoch.
        older: remove what has not been used for this many seconds; ``None`` for no limit.
        size: remove the least recently used until at most this many bytes remain; ``None`` for
            no limit.
        everything: remove everything.
    """

    now: float
    older: float | None = None
    size: int | None = None
    everything: bool = False


def choose(items: Iterable[StoredItem], limits: Limits) -> list[StoredItem]:
    """The items to remove, least recently used first."""
    ordered = sorted(items, key=lambda item: (item.used, item.kind, item.name))
    remaining = sum(item.size for item in ordered)
    chosen = []
    for item in ordered:
        old = limits.older is not None and limits.now - item.used > limits.older
        too_much = limits.size is not None and remaining > limits.size
        if limits.everything or old or too_much:
            chosen.append(item)
            remaining -= item.size
    return chosen


def _local(arguments: argparse.Namespace, held: ExitStack) -> LocalExecutor | None:
    """The local executor, if its store exists and is not in use."""
    from msbuild.execute.local import make  # noqa: PLC0415
    from msbuild.execute.local.pruning import exclusive_use  # noqa: PLC0415

    local = make(ca_bundle=None, sources=None)
    if arguments.executor == "docker" or not local.store.is_ours():
        return None
    held.enter_context(exclusive_use(local.store))
    return local


def _engine(arguments: argparse.Namespace) -> Engine | None:
    """The engine, if one is available."""
    from msbuild.errors import UnavailableError  # noqa: PLC0415
    from msbuild.execute.evidence import engine_may_be_running  # noqa: PLC0415

    asked = arguments.executor == "docker"
    if arguments.executor == "local" or not (asked or engine_may_be_running()):
        return None
    from msbuild.execute.docker import Engine  # noqa: PLC0415

    engine = Engine()
    try:
        engine.version()
    except UnavailableError:
        if asked:
            raise
        return None
    return engine


def _local_items(local: LocalExecutor) -> list[StoredItem]:
    from msbuild.execute.local.pruning import items  # noqa: PLC0415

    return list(items(local.store, local.blobs, local.index))


def _docker_items(engine: Engine) -> list[StoredItem]:
    from msbuild.execute.docker.images import prunable_images  # noqa: PLC0415

    return list(prunable_images(engine))


def _sweep(local: LocalExecutor, *, dry: bool) -> int:
    from msbuild.execute.local.pruning import sweep  # noqa: PLC0415

    return sweep(local.store, local.blobs, local.index, dry=dry)


def age(text: str) -> float:
    """``12h`` in seconds."""
    found = re.fullmatch(r"(\d+)([mhdw])", text)
    if not found:
        raise argparse.ArgumentTypeError(f"expected an age like `12h` or `7d`, found `{text}`")
    return int(found[1]) * _UNITS[found[2]]


def size(text: str) -> int:
    """``5GB`` in bytes."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)b?", text.lower())
    if not found:
        raise argparse.ArgumentTypeError(f"expected a size like `500MB` or `5GB`, found `{text}`")
    return round(float(found[1]) * _SIZES[found[2]])
