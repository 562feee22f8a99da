"""The command line: parse, dispatch, and turn errors into exit codes. Imports nothing heavy."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from msbuild.commands.parsing import make_parser
from msbuild.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, EnvironmentFault, MsbuildError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_GARBAGE = 100_000
"""New objects until the interpreter looks for garbage among them."""


def run() -> NoReturn:
    """What the process does, from its start to its end."""
    code = main()
    # all that is left goes with the process: to look for garbage in it takes up to 30 ms
    gc.freeze()
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code of the process."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _escape_on_output()
    # nearly all that a plan makes, it keeps: to look for garbage often takes a seventh of the time
    gc.set_threshold(_GARBAGE)
    try:
        options = make_parser(arguments).parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # whoever read our output has left; what is still buffered has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_INTERRUPTED
    except KeyboardInterrupt as interrupt:
        error: BaseException = interrupt
        code = EXIT_INTERRUPTED
    except MsbuildError as mistake:
        error = mistake
        code = mistake.exit_code
        sys.stderr.write("".join(f"{line}\n" for line in _lines(mistake)))
    except OSError as refusal:
        # what the system refuses and nobody foresaw is no mistake of ours
        error = EnvironmentFault(_words_of(refusal))
        code = error.exit_code
        sys.stderr.write("".join(f"{line}\n" for line in _lines(error)))
    except Exception as bug:  # noqa: BLE001 - the last door: no traceback reaches a user
        error = bug
        code = EXIT_INTERNAL
        _tell_bug(bug)
    else:
        return code
    if "--json" in arguments and _ends_in_a_result(arguments):
        from msbuild.report.jsonl import failed_before_start  # noqa: PLC0415

        sys.stdout.write(failed_before_start(error))
    return code


def _ends_in_a_result(arguments: Sequence[str]) -> bool:
    """Whether the command is one whose JSON lines end in a result, whatever happens."""
    return bool({"all", "build"}.intersection(arguments))


def _lines(error: MsbuildError) -> list[str]:
    lines = error.render().splitlines()
    return [line if line.startswith(" ") else f"error: {line}" for line in lines]


def _escape_on_output() -> None:
    """Show what the terminal's encoding does not have, names of files for example, as escapes."""
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="backslashreplace")


def _words_of(error: OSError) -> str:
    """What the system says, and of which file."""
    words = (error.strerror or str(error) or type(error).__name__).lower()
    return f"`{error.filename}`: {words}" if error.filename else words


def _tell_bug(error: Exception) -> None:
    import tempfile  # noqa: PLC0415
    import traceback  # noqa: PLC0415

    with tempfile.NamedTemporaryFile(
        "w", prefix="msbuild-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exception(error, file=file)
    sys.stderr.write(
        f"error: msbuild failed by a mistake of its own: {type(error).__name__}: {error}\n"
        f"  hint: please report it with `{file.name}`\n"
    )
