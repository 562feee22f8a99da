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
"""The environment variable that names an executor where the command line does not."""

OFFLINE = "MSBUILD_OFFLINE"
"""The environment variable that keeps registries from being asked."""


def add_file(parser: argparse.ArgumentParser) -> None:
    """``--file``: which workspace."""
    parser.add_argument(
        "-f",
        "--file",
        type=Path,
        metavar="PATH",
        help="the config; default: `msbuild.yaml` here or in a directory above",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``: for programs."""
    parser.add_argument("--json", action="store_true", help="JSON on stdout, for programs")


def add_executor(parser: argparse.ArgumentParser) -> None:
    """``--executor``: where stages run."""
    parser.add_argument(
        "--executor",
        choices=("auto", "docker", "local"),
        default=None,
        help="containers, or the compilers of this host; default: `MSBUILD_EXECUTOR`, else `auto`: "
        "docker if an engine answers",
    )


def add_offline(parser: argparse.ArgumentParser) -> None:
    """``--offline``: no registry."""
    parser.add_argument(
        "--offline",
        action="store_true",
        help="ask no registry: what is on this machine must do; default: `MSBUILD_OFFLINE`",
    )


def offline(arguments: argparse.Namespace) -> bool:
    """Whether no registry may be asked."""
    wanted: bool = getattr(arguments, "offline", False)
    return wanted or os.environ.get(OFFLINE, "").lower() not in {"", "0", "false", "no"}


def tell_offline(arguments: argparse.Namespace) -> None:
    """Say that no registry is asked."""
    if offline(arguments) and not getattr(arguments, "quiet", False):
        sys.stderr.write("offline: no registry is asked\n")


def warn(warnings: Iterable[str]) -> None:
    """Say what a user should know, and what nothing fails for."""
    for warning in warnings:
        sys.stderr.write(f"warning: {warning}\n")


def wanted_executor(arguments: argparse.Namespace) -> str:
    """The executor that was asked for: on the command line, in the environment, or ``auto``."""
    return getattr(arguments, "executor", None) or os.environ.get(EXECUTOR) or "auto"


def tell_executor(arguments: argparse.Namespace, told: str) -> None:
    """Say which executor is taken, where nobody asked for it."""
    if told and not getattr(arguments, "quiet", False):
        sys.stderr.write(f"{told}\n")


def add_build(parser: argparse.ArgumentParser) -> None:
    """Everything that says how to build."""
    parser.add_argument(
        "-j",
        "--jobs",
        type=positive,
        default=default_jobs(),
        metavar="N",
        help="how many jobs run beside each other; default: %(default)s, from the cores",
    )
    add_executor(parser)
    add_offline(parser)
    parser.add_argument(
        "--compression",
        choices=("gzip", "zstd"),
        help="of layers that the local executor makes; default: gzip",
    )
    parser.add_argument("--no-cache", action="store_true", help="build again what stands already")
    parser.add_argument(
        "--tag",
        action="append",
        type=tag,
        metavar="TAG",
        help="what to call the images instead of `latest`; may be repeated",
    )
    parser.add_argument("--push", action="store_true", help="send the images to the registry")
    parser.add_argument(
        "--cache-from",
        metavar="REPOSITORY",
        help="where other machines leave shared stages; default: beside the services",
    )
    parser.add_argument(
        "--cache-to",
        metavar="REPOSITORY",
        nargs="?",
        const="",
        help="leave the shared stages that were built there, after all else is done",
    )
    parser.add_argument(
        "--fail-fast", action="store_true", help="stop everything at the first failure"
    )
    parser.add_argument(
        "--timeout", type=seconds, metavar="SECONDS", help="the longest that one job may take"
    )
    parser.add_argument(
        "--retries",
        type=natural,
        default=2,
        metavar="N",
        help="retries of a job after a transient error of network or engine; default: %(default)s. "
        "What a registry is asked has retries of its own, a minute or two at most",
    )
    parser.add_argument(
        "--junit", type=Path, metavar="FILE", help="also write the outcomes as JUnit XML"
    )
    parser.add_argument(
        "--trace", type=Path, metavar="FILE", help="also write a trace for Perfetto: jobs and steps"
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="one JSON event a line on stdout")
    output.add_argument("-q", "--quiet", action="store_true", help="failures and the result only")
    output.add_argument(
        "-v", "--verbose", action="count", default=0, help="also what the steps print"
    )


def default_jobs() -> int:
    """One job a core, at least two: a single compiler leaves a quarter of two cores idle."""
    return max(2, os.cpu_count() or 2)


def positive(text: str) -> int:
    """A whole number from 1."""
    number = natural(text)
    if number == 0:
        raise argparse.ArgumentTypeError("expected a whole number from 1")
    return number


def natural(text: str) -> int:
    """A whole number from 0."""
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
        raise argparse.ArgumentTypeError(f"expected seconds, found `{text}`")
    return number


def tag(text: str) -> str:
    """A tag as OCI allows it."""
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
    longest = 128
    if not text or len(text) > longest or text[0] in ".-" or not allowed.issuperset(text):
        raise argparse.ArgumentTypeError(
            f"`{text}` is no tag: letters, digits, `_`, `.`, `-`, at most {longest}"
        )
    return text
