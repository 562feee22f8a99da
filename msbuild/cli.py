"""The command line: parse, dispatch, and turn errors into exit codes. Imports nothing heavy."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from msbuild.commands.parsing import make_parser
from msbuild.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, MsbuildError, error_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_GARBAGE = 100_000
"""New objects until the interpreter looks for garbage among them."""


def run() -> NoReturn:
    """What the process does, from its start to its end."""
    _open_closed_streams()
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
        _tell(_lines(mistake))
    except OSError as refusal:
        # what the system refuses and nobody foresaw is no mistake of ours
        error = error_of(refusal)
        code = error.exit_code
        _tell(_lines(error))
        _forget_output_that_goes_nowhere()
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


def _open_closed_streams() -> None:
    """Give a process that was started without them its standard streams.

    Otherwise the next file that is opened takes their place, and Python has none to write to.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            mode = os.O_WRONLY if number else os.O_RDONLY
            descriptor = os.open(os.devnull, mode)
            if descriptor != number:
                os.dup2(descriptor, number)
            stream = os.fdopen(number, "w" if number else "r", encoding="utf-8")
            setattr(sys, name, stream)


def _tell(lines: Sequence[str]) -> None:
    """Write to standard error, if anybody is there to read it."""
    with suppress(OSError):
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()


def _forget_output_that_goes_nowhere() -> None:
    """Keep the interpreter from failing at its end by what it could not write before."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell_bug(error: Exception) -> None:
    import tempfile  # noqa: PLC0415
    import traceback  # noqa: PLC0415

    told = [f"error: msbuild failed by a mistake of its own: {type(error).__name__}: {error}"]
    with (
        suppress(OSError),
        tempfile.NamedTemporaryFile(
            "w", prefix="msbuild-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file,
    ):
        traceback.print_exception(error, file=file)
        told.append(f"  hint: please report it with `{file.name}`")
    _tell(told)
