"""The command line: parses, dispatches, and turns errors into exit codes. Imports nothing heavy."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from msbuild.commands.parsing import make_parser
from msbuild.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, MsbuildError, environment_error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_GARBAGE = 1_000_000
"""The number of new objects that triggers garbage collection."""


def run() -> NoReturn:
    """The entry point of the process."""
    _open_closed_streams()
    code = main()
    if "threading" not in sys.modules:
        # nothing is left to end or to remove, and freeing all modules takes milliseconds
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    # the process exits anyway: collecting garbage first takes up to 30 ms
    gc.freeze()
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code of the process."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _escape_on_output()
    # a plan frees almost nothing, so looking for garbage often takes a tenth of its time
    gc.set_threshold(_GARBAGE)
    try:
        options = make_parser(arguments).parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader of our output is gone: discard buffered output
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_INTERRUPTED
    except KeyboardInterrupt as interrupt:
        error: BaseException = interrupt
        code = EXIT_INTERRUPTED
    except MsbuildError as known:
        error = known
        code = known.exit_code
        _print(_lines(known))
    except OSError as refusal:
        # an unexpected system error is an environment error, not a bug
        error = environment_error(refusal)
        code = error.exit_code
        _print(_lines(error))
        _discard_unwritable_output()
    except Exception as bug:  # noqa: BLE001 - the last place: no traceback reaches a user
        error = bug
        code = EXIT_INTERNAL
        _print_bug(bug)
    else:
        return code
    if "--json" in arguments and _ends_in_a_result(arguments):
        from msbuild.report.jsonl import failed_before_start  # noqa: PLC0415

        sys.stdout.write(failed_before_start(error))
    return code


def _ends_in_a_result(arguments: Sequence[str]) -> bool:
    """Whether the command writes events, which must always end in a result."""
    return bool({"all", "build"}.intersection(arguments))


def _lines(error: MsbuildError) -> list[str]:
    lines = error.render().splitlines()
    return [line if line.startswith(" ") else f"error: {line}" for line in lines]


def _escape_on_output() -> None:
    """Print characters that the terminal's encoding lacks, such as in file names, as escapes."""
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="backslashreplace")


def _open_closed_streams() -> None:
    """Open the standard streams on `/dev/null` if the process was started without them.

    Otherwise the next opened file would take their place, and Python could not write to them.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            mode = os.O_WRONLY if number else os.O_RDONLY
            descriptor = os.open(os.devnull, mode)
            if descriptor != number:
                os.dup2(descriptor, number)
            stream = os.fdopen(number, "w" if number else "r", encoding="utf-8")
            setattr(sys, name, stream)


def _print(lines: Sequence[str]) -> None:
    """Write to standard error, if possible."""
    with suppress(OSError):
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()


def _discard_unwritable_output() -> None:
    """Keep the interpreter from failing at exit over output that it could not write."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_bug(error: Exception) -> None:
    import tempfile  # noqa: PLC0415
    import traceback  # noqa: PLC0415

    lines = [f"error: internal error: {type(error).__name__}: {error}"]
    with (
        suppress(OSError),
        tempfile.NamedTemporaryFile(
            "w", prefix="msbuild-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file,
    ):
        traceback.print_exception(error, file=file)
        lines.append(f"  hint: please report this bug and attach `{file.name}`")
    _print(lines)
