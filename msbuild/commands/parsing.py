"""The whole command line as a parser: every verb is a module beside this one."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import TYPE_CHECKING, NoReturn

from msbuild import __version__
from msbuild.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

# The verbs in the order of the help, each a module of `msbuild.commands`.
COMMANDS = {
    "all": "build every service that is not up to date",
    "build": "build some services and what they need",
    "plan": "show what would be built and why, and touch nothing",
    "explain": "say why a service would be built, or why not",
    "inputs": "list the files that a service is made from",
    "affected": "list the services that a git range touches",
    "timing": "say what took the time of the last run, and what would help",
    "verify": "build under a tracer, and name what was read and is not declared",
    "graph": "draw the stages and what needs what",
    "export": "print a Dockerfile or a bake file that needs no msbuild",
    "lock": "write down the digests of base images, and what third-party code needs",
    "images": "list what was built",
    "run": "start one service, for a quick look",
    "load": "put images of the local executor into a Docker engine",
    "prune": "remove what builds left and nobody used for long",
    "plugins": "list the language plugins",
    "schema": "print the JSON Schema of msbuild.yaml",
    "doctor": "look at the engine, the disk and the certificates",
    "completion": "print a completion script for a shell",
}
_HELP = ("-h", "--help")
EXAMPLES = """\
examples:
  msbuild all                        build what changed
  msbuild all --json                 the same, one JSON event a line
  msbuild build gateway catalog      two services and what they need
  msbuild plan                       what would happen, and why
  msbuild export gateway             a Dockerfile for plain `docker build`
"""


class Parser(argparse.ArgumentParser):
    """Raises usage errors instead of ending the process, and says what was meant."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong, with a hint."""
        words = [word for word in sys.argv[1:] if not word.startswith("-")]
        meant = did_you_mean(words[0], COMMANDS) if words and words[0] not in COMMANDS else None
        raise UsageError(message, hint=meant or f"`{self.prog} --help` shows what there is")


def make_parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The whole command line, or as much of it as one needs to understand some words.

    Args:
        words: what will be parsed. If they begin with a command, only that one is there; if they
            ask for help, commands have no options. Both save time.
    """
    parser = Parser(
        prog="msbuild",
        description="Builds the services of a monorepo as container images: exactly what changed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(command)
        command.set_defaults(run=module.run)
    return parser


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parser of every command, by name."""
    return next(
        dict(action.choices or {})
        for action in parser._actions  # noqa: SLF001 - argparse has no public way to it
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001
    )
