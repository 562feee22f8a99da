"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

EXECUTOR = "MSBUILD_EXECUTOR"
"""The environment variable that names an executor if the command line does not."""

OFFLINE = "MSBUILD_OFFLINE"
"""The environment variable that turns registries off."""


def add_file(parser: argparse.ArgumentParser) -> None:
    """``--file``: the workspace."""
    parser.add_argument(
        "-f",
        "--file",
        type=Path,
        metavar="PATH",
        help="the config; default: `msbuild.yaml` in this directory or a parent",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``: output for programs."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_executor(parser: argparse.ArgumentParser) -> None:
    """``--executor``: where stages run."""
    parser.add_argument(
        "--executor",
        choices=("auto", "docker", "local"),
        default=None,
        help="use a Docker engine, or this host's compilers; `auto` picks `docker` if an engine "
        "answers; default: `MSBUILD_EXECUTOR`, else `auto`",
    )


def add_offline(parser: argparse.ArgumentParser) -> None:
    """``--offline``: without registries."""
    parser.add_argument(
        "--offline",
        action="store_true",
        help="do not contact registries, use only local images; default: `MSBUILD_OFFLINE`",
    )


def offline(arguments: argparse.Namespace) -> bool:
    """Whether registries must not be contacted."""
    wanted: bool = getattr(arguments, "offline", False)
    return wanted or os.environ.get(OFFLINE, "").lower() not in {"", "0", "false", "no"}


def print_offline(arguments: argparse.Namespace) -> None:
    """Print that registries are not contacted."""
    if offline(arguments) and not getattr(arguments, "quiet", False):
        sys.stderr.write("offline: registries are not contacted\n")


def warn(warnings: Iterable[str]) -> None:
    """Print warnings."""
    for warning in warnings:
        sys.stderr.write(f"warning: {warning}\n")


def wanted_executor(arguments: argparse.Namespace) -> str:
    """The requested executor: from the command line, the environment, or ``auto``."""
    return getattr(arguments, "executor", None) or os.environ.get(EXECUTOR) or "auto"


def print_executor(arguments: argparse.Namespace, note: str) -> None:
    """Print which executor was chosen, unless the user chose it."""
    if note and not getattr(arguments, "quiet", False):
        sys.stderr.write(f"{note}\n")


def add_build(parser: argparse.ArgumentParser) -> None:
    """The options of `all` and `build`."""
    parser.add_argument(
        "-j",
        "--jobs",
        type=positive,
        default=default_jobs(),
        metavar="N",
        help="maximum number of parallel jobs; default: the number of cores, at least 2",
    )
    add_executor(parser)
    add_offline(parser)
    parser.add_argument(
        "--compression",
        choices=("gzip", "zstd"),
        help="compression of layers built by the local executor; default: gzip",
    )
    parser.add_argument("--no-cache", action="store_true", help="rebuild even if up to date")
    parser.add_argument(
        "--tag",
        action="append",
        type=tag,
        metavar="TAG",
        help="tag the images with this instead of `latest`; may be repeated",
    )
    parser.add_argument("--push", action="store_true", help="push the images to the registry")
    parser.add_argument(
        "--cache-from",
        metavar="REPOSITORY",
        help="where to look for shared stages of other machines; default: next to the services",
    )
    parser.add_argument(
        "--cache-to",
        metavar="REPOSITORY",
        nargs="?",
        const="",
        help="push the shared stages that this run builds; default: next to the services",
    )
    parser.add_argument(
        "--fail-fast", action="store_true", help="stop all jobs at the first failure"
    )
    parser.add_argument(
        "--timeout", type=seconds, metavar="SECONDS", help="time limit for each job"
    )
    parser.add_argument(
        "--retries",
        type=natural,
        default=2,
        metavar="N",
        help="retries of a job after a network or engine error; default: %(default)s. "
        "Registry requests have their own retries, for up to two minutes",
    )
    parser.add_argument(
        "--junit", type=Path, metavar="FILE", help="write the outcomes as JUnit XML"
    )
    parser.add_argument(
        "--trace", type=Path, metavar="FILE", help="write a trace of jobs and steps for Perfetto"
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print one JSON event per line")
    output.add_argument(
        "-q", "--quiet", action="store_true", help="print only failures and the result"
    )
    output.add_argument(
        "-v", "--verbose", action="count", default=0, help="also print the output of steps"
    )


def default_jobs() -> int:
    """One job per core, at least two: a single compiler leaves a quarter of two cores idle."""
    return max(2, os.cpu_count() or 2)


def positive(text: str) -> int:
    """An integer from 1."""
    number = natural(text)
    if number == 0:
        raise argparse.ArgumentTypeError("expected a whole number from 1")
    return number


def natural(text: str) -> int:
    """An integer from 0."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"expected a whole number, found `{text}`")
    return int(text)


def seconds(text: str) -> float:
    """A positive number of seconds."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number of seconds, found `{text}`")
    return number


def tag(text: str) -> str:
    """A valid OCI tag."""
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
    longest = 128
    if not text or len(text) > longest or text[0] in ".-" or not allowed.issuperset(text):
        raise argparse.ArgumentTypeError(
            f"`{text}` is not a valid tag: use up to {longest} letters, digits, `_`, `.` and `-`"
        )
    return text
