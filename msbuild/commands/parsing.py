"""The parser of the command line: each command is a module of this package."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, NoReturn

from msbuild import __version__
from msbuild.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

# The commands in the order of the help, each a module of `msbuild.commands`.
COMMANDS = {
    "all": "build every service that is not up to date",
    "build": "build the given services and their dependencies",
    "plan": "show what would be built and why, without changing anything",
    "explain": "explain why a service would be built, or why not",
    "inputs": "list the files that a service is made from",
    "affected": "list the services affected by changes since a git revision",
    "timing": "show where the last run spent its time, and what would help",
    "verify": "build under a tracer and report files that are read but not declared",
    "graph": "draw the stages and their dependencies",
    "export": "print a Dockerfile or a bake file that works without msbuild",
    "lock": "pin the digests of base images, and record what third-party packages import",
    "images": "list the images that were built",
    "run": "run one service",
    "load": "load images of the local executor into a Docker engine",
    "prune": "remove images and caches that have not been used for a while",
    "plugins": "list the language plugins",
    "schema": "print the JSON Schema of msbuild.yaml",
    "doctor": "check the engine, the disk and the certificates",
    "completion": "print a completion script for a shell",
}
PROGRAM = "msbuild"
_COLUMNS = 80
_HELP = ("-h", "--help")
EXAMPLES = """\
examples:
  msbuild all                        build what changed
  msbuild all --json                 the same, with one JSON event per line
  msbuild build gateway catalog      build two services and their dependencies
  msbuild plan                       show what would be built, and why
  msbuild export gateway             print a Dockerfile for plain `docker build`
"""


class Parser(argparse.ArgumentParser):
    """Raises usage errors instead of ending the process, with a suggestion."""

    def error(self, message: str) -> NoReturn:
        """Raise the error with a hint."""
        words = [word for word in sys.argv[1:] if not word.startswith("-")]
        command = words[0] if words else ""
        meant = did_you_mean(command, COMMANDS) if command and command not in COMMANDS else None
        # arguments that no parser takes are reported by the outer one
        prog = f"{PROGRAM} {command}" if command in COMMANDS else self.prog
        raise UsageError(message, hint=meant or f"`{prog} --help` shows the usage")


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Formats help for the width of the terminal.

    argparse makes a formatter for every option, even if it prints no help, and finds the width with
    `shutil`, which takes milliseconds to import.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


@cache
def _columns() -> int:
    with suppress(ValueError, OSError):
        return int(os.environ.get("COLUMNS", "")) or os.get_terminal_size().columns
    with suppress(OSError):
        return os.get_terminal_size().columns or _COLUMNS
    return _COLUMNS


def make_parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser, or as much of it as the given words need.

    Args:
        words: the words to parse. If they start with a command, the parser has only that one; if
            they request help, commands have no options. Both save time.
    """
    parser = Parser(
        prog=PROGRAM,
        description="Builds the services of a monorepo as container images: exactly what changed.",
        epilog=EXAMPLES,
        formatter_class=Formatter,
    )
    parser.add_argument("--version", action="version", version=f"msbuild {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    first = words[0] if words else ""
    for name in (first,) if first in COMMANDS else COMMANDS:
        summary = COMMANDS[name]
        if first in _HELP:
            subparsers.add_parser(name, help=summary)
            continue
        module = importlib.import_module(f"msbuild.commands.{name}")
        command = subparsers.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=module.EXAMPLES,
            formatter_class=Formatter,
        )
        module.configure(command)
        command.set_defaults(run=module.run, parser=command)
    return parser


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parser of every command, by name."""
    return next(
        dict(action.choices or {})
        for action in parser._actions  # noqa: SLF001 - argparse has no public way to it
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001
    )
