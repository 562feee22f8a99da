"""Options that several commands share; those of a run are parsed into one value."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from msbuild.run_options import Affects, RunOptions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EXECUTOR = "MSBUILD_EXECUTOR"
"""The environment variable that names an executor if the command line does not."""

OFFLINE = "MSBUILD_OFFLINE"
"""The environment variable that disables registries."""

GITHUB_ACTIONS = "GITHUB_ACTIONS"
"""The environment variable that is `true` in a step of GitHub Actions."""

_ON_GITHUB: Affects = "plan"
"""Its effect: annotations and the summary of a job need a plan."""


def add_option(
    parser: argparse._ActionsContainer, *names: str, affects: Affects, **settings: Any
) -> None:
    """Add an option of a run and declare what it affects."""
    action = parser.add_argument(*names, **settings)
    action.affects = affects  # type: ignore[attr-defined]


def affects(action: argparse.Action) -> Affects | None:
    """The declared effect of an option, if any."""
    return getattr(action, "affects", None)


def run_options(arguments: argparse.Namespace) -> RunOptions:
    """The options of a run, from a parsed command line and the environment.

    An option without a declared effect is treated as ``load``.
    """
    given = {name: value for name, value in vars(arguments).items() if name in RunOptions._fields}
    given["executor"] = given.get("executor") or os.environ.get(EXECUTOR) or "auto"
    given["offline"] = given.get("offline") or _is_on(OFFLINE)
    given["tags"] = tuple(dict.fromkeys(given.get("tags") or ("latest",)))
    given["cache_from"] = given.get("cache_from") or ""
    on_github = os.environ.get(GITHUB_ACTIONS) == "true"
    options = RunOptions(**given, github_actions=on_github)
    result: dict[str, Any] = {}
    wants: dict[str, list[str]] = {"plan": [], "load": []}
    if on_github:
        wants[_ON_GITHUB].append(GITHUB_ACTIONS)
    for action in arguments.parser._actions:  # noqa: SLF001 - argparse has no public way to it
        what = affects(action)
        if what == "result":
            result[action.dest] = _as_json(getattr(options, action.dest))
        elif what != "run" and getattr(arguments, action.dest, action.default) != action.default:
            wants["plan" if what == "plan" else "load"].append(action.dest)
    return options._replace(result=result, plan=tuple(wants["plan"]), load=tuple(wants["load"]))


def _is_on(variable: str) -> bool:
    return os.environ.get(variable, "").lower() not in {"", "0", "false", "no"}


def _as_json(value: Any) -> Any:
    """A value as it is read back from JSON."""
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, os.PathLike) else value


def path(text: str) -> Path:
    """The path that an option names."""
    from pathlib import Path  # noqa: PLC0415 - slow to import, and most runs name no file

    return Path(text)


def add_file(parser: argparse.ArgumentParser) -> None:
    """``--file``: the workspace."""
    add_option(
        parser,
        "-f",
        "--file",
        affects="result",
        type=path,
        metavar="PATH",
        help="the config; default: `msbuild.yaml` in this directory or a parent",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``: output for programs."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_executor(parser: argparse.ArgumentParser) -> None:
    """``--executor``: where stages run."""
    add_option(
        parser,
        "--executor",
        affects="result",
        choices=("auto", "docker", "local"),
        default=None,
        help="use a Docker engine, or this host's compilers; `auto` picks `docker` if an engine "
        "is available; default: `MSBUILD_EXECUTOR`, else `auto`",
    )


def add_offline(parser: argparse.ArgumentParser) -> None:
    """``--offline``: without registries."""
    add_option(
        parser,
        "--offline",
        affects="run",
        action="store_true",
        help="do not contact registries, use only local images; default: `MSBUILD_OFFLINE`",
    )


def add_tag(parser: argparse.ArgumentParser) -> None:
    """``--tag``: which image of a service."""
    parser.add_argument(
        "--tag",
        type=tag,
        default="latest",
        help="the tag of the image; default: %(default)s",
    )


def print_offline(options: RunOptions) -> None:
    """Print that registries are not contacted."""
    if options.offline and not options.quiet:
        sys.stderr.write("offline: registries are not contacted\n")


def warn(warnings: Iterable[str]) -> None:
    """Print warnings."""
    for warning in warnings:
        sys.stderr.write(f"warning: {warning}\n")


def print_executor(options: RunOptions, note: str) -> None:
    """Print which executor was chosen, unless the user chose it."""
    if note and not options.quiet:
        sys.stderr.write(f"{note}\n")


def add_build(parser: argparse.ArgumentParser) -> None:
    """The options of `all` and `build`."""
    add_option(
        parser,
        "-j",
        "--jobs",
        affects="run",
        type=positive,
        default=default_jobs(),
        metavar="N",
        help="maximum number of parallel jobs; default: the number of cores, at least 2",
    )
    add_executor(parser)
    add_offline(parser)
    add_option(
        parser,
        "--compression",
        affects="result",
        choices=("gzip", "zstd"),
        help="compression of layers built by the local executor; default: gzip",
    )
    add_option(
        parser, "--no-cache", affects="load", action="store_true", help="rebuild even if up to date"
    )
    add_option(
        parser,
        "--tag",
        affects="result",
        dest="tags",
        action="append",
        type=tag,
        metavar="TAG",
        help="tag the images with this instead of `latest`; may be repeated",
    )
    add_option(
        parser,
        "--push",
        affects="plan",
        action="store_true",
        help="push the images to the registry",
    )
    add_option(
        parser,
        "--cache-from",
        affects="run",
        metavar="REPOSITORY",
        help="where to look for shared stages of other machines; default: next to the services",
    )
    add_option(
        parser,
        "--cache-to",
        affects="plan",
        metavar="REPOSITORY",
        nargs="?",
        const="",
        help="push the shared stages that this run builds; default: next to the services",
    )
    add_option(
        parser,
        "--fail-fast",
        affects="run",
        action="store_true",
        help="stop all jobs at the first failure",
    )
    add_option(
        parser,
        "--timeout",
        affects="run",
        type=seconds,
        metavar="SECONDS",
        help="time limit for each job",
    )
    add_option(
        parser,
        "--retries",
        affects="run",
        type=non_negative_integer,
        default=2,
        metavar="N",
        help="retries of a job after a network or engine error; default: %(default)s. "
        "Registry requests have their own retries, for up to two minutes",
    )
    add_option(
        parser,
        "--junit",
        affects="plan",
        type=path,
        metavar="FILE",
        help="write the outcomes as JUnit XML",
    )
    add_option(
        parser,
        "--trace",
        affects="plan",
        type=path,
        metavar="FILE",
        help="write a trace of jobs and steps for Perfetto",
    )
    output = parser.add_mutually_exclusive_group()
    add_option(
        output, "--json", affects="run", action="store_true", help="print one JSON event per line"
    )
    add_option(
        output,
        "-q",
        "--quiet",
        affects="run",
        action="store_true",
        help="print only failures and the result",
    )
    add_option(
        output,
        "-v",
        "--verbose",
        affects="run",
        action="count",
        default=0,
        help="also print the output of steps",
    )


def default_jobs() -> int:
    """One job per core, at least two: a single compiler leaves a quarter of two cores idle."""
    return max(2, os.cpu_count() or 2)


def positive(text: str) -> int:
    """An integer from 1."""
    number = non_negative_integer(text)
    if number == 0:
        raise argparse.ArgumentTypeError("expected an integer greater than 0")
    return number


def non_negative_integer(text: str) -> int:
    """An integer from 0."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"expected an integer, found `{text}`")
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
