"""The command line: parse, dispatch, and turn errors into exit codes. Imports nothing heavy."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING, NoReturn

from msbuild import __version__
from msbuild.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_USAGE, MsbuildError
from msbuild.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

# The verbs in the order of the help, each a module of `msbuild.commands`.
COMMANDS = {
    "all": "build every service that is not up to date",
    "build": "build some services and what they need",
    "plan": "show what would be built and why, and touch nothing",
    "graph": "draw the stages and what needs what",
    "export": "print a Dockerfile or a bake file that needs no msbuild",
    "lock": "write down the digests of the base images",
    "plugins": "list the language plugins",
    "schema": "print the JSON Schema of msbuild.yaml",
    "doctor": "look at the engine, the disk and the certificates",
    "completion": "print a completion script for a shell",
}
EXAMPLES = """\
examples:
  msbuild all                        build what changed
  msbuild all --json                 the same, one JSON event a line
  msbuild build gateway catalog      two services and what they need
  msbuild plan                       what would happen, and why
  msbuild export gateway             a Dockerfile for plain `docker build`
"""


class Parser(argparse.ArgumentParser):
    """Says what was meant when a command does not exist."""

    def error(self, message: str) -> NoReturn:
        """Print the usage error with a hint and leave with exit code 2."""
        words = [word for word in sys.argv[1:] if not word.startswith("-")]
        meant = did_you_mean(words[0], COMMANDS) if words and words[0] not in COMMANDS else None
        hint = meant or f"`{self.prog} --help` shows what there is"
        self.exit(EXIT_USAGE, f"error: {message}\n  hint: {hint}\n")


def make_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = Parser(
        prog="msbuild",
        description="Builds the services of a monorepo as container images: exactly what changed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"msbuild {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        module = importlib.import_module(f"msbuild.commands.{name}")
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=module.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(command)
        command.set_defaults(run=module.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code of the process."""
    options = make_parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except MsbuildError as error:
        return _tell(error, as_json=getattr(options, "json", False))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has left; what is still buffered has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last door: no traceback reaches a user
        return _tell_bug(error)
    return code


def _tell(error: MsbuildError, *, as_json: bool) -> int:
    sys.stderr.write("".join(f"{line}\n" for line in _lines(error)))
    if as_json:
        from msbuild.report.jsonl import failed_before_start  # noqa: PLC0415

        sys.stdout.write(failed_before_start(error))
    return error.exit_code


def _lines(error: MsbuildError) -> list[str]:
    lines = error.render().splitlines()
    return [line if line.startswith(" ") else f"error: {line}" for line in lines]


def _tell_bug(error: Exception) -> int:
    with tempfile.NamedTemporaryFile(
        "w", prefix="msbuild-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exception(error, file=file)
    sys.stderr.write(
        f"error: msbuild failed by a mistake of its own: {type(error).__name__}: {error}\n"
        f"  hint: please report it with `{file.name}`\n"
    )
    return EXIT_INTERNAL


if __name__ == "__main__":
    sys.exit(main())
