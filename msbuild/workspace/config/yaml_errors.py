"""What the YAML parser complains of, in words that help, with the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yaml import MarkedYAMLError
from yaml.reader import ReaderError

from msbuild.errors import ConfigError
from msbuild.model import Location

if TYPE_CHECKING:
    from yaml import YAMLError

_HINTS = {
    "mapping values are not allowed": (
        "put a value that contains `: ` in quotes; or is a `:` missing in the line above?"
    ),
    "could not find expected ':'": "is a `:` missing, or the space behind it?",
    "did not find expected key": "is the line indented like its neighbours, are quotes closed?",
    "did not find expected ',' or": "is a `,` or a closing bracket missing?",
    "did not find expected '-'": "the items of a list start in the same column",
    "found unexpected end of stream": "is a quote not closed?",
    "found unknown escape character": "write `\\\\` for a backslash, or use single quotes",
}


def syntax_error(error: YAMLError, text: str, file: str) -> ConfigError:
    """The error to raise for one of the YAML library."""
    if isinstance(error, ReaderError):
        return _unreadable(error, text, file)
    if not isinstance(error, MarkedYAMLError) or not (error.problem_mark or error.context_mark):
        return ConfigError(f"no YAML: {error}", at=Location(file, 1, 1))
    mark = error.problem_mark or error.context_mark
    assert mark is not None  # noqa: S101 - the line above the last says so
    at = Location(file, mark.line + 1, mark.column + 1)
    problem = error.problem or error.context or "no YAML"
    if "maximum nesting depth" in problem:
        return ConfigError("too many values inside of each other", at=at)
    if "cannot start any token" in problem:
        return _bad_start(_character(text, mark.line, mark.column), at)
    hint = next((hint for start, hint in _HINTS.items() if problem.startswith(start)), None)
    return ConfigError(f"no valid YAML: {problem}{_context(error)}", hint=hint, at=at)


def not_utf8(error: UnicodeDecodeError, file: str) -> ConfigError:
    """The error for a file that is no UTF-8."""
    before = error.object[: error.start].decode("utf-8")
    return ConfigError(
        f"byte 0x{error.object[error.start]:02x} is not UTF-8",
        hint="save the file as UTF-8",
        at=_end_of(before, file),
    )


def _unreadable(error: ReaderError, text: str, file: str) -> ConfigError:
    character = error.character if isinstance(error.character, int) else ord(error.character)
    # the C parser counts bytes, the other one characters: look for the character itself
    before = text.partition(chr(character))[0] if chr(character) in text else ""
    return ConfigError(
        f"the character U+{character:04X} is not allowed",
        hint="control characters are written as escapes inside of double quotes; is it a text?",
        at=_end_of(before, file),
    )


def _bad_start(character: str, at: Location) -> ConfigError:
    if character == "\t":
        return ConfigError("a tab where only spaces may stand", hint="indent with spaces", at=at)
    return ConfigError(
        f"no valid YAML: `{character}` cannot start a value", hint="put the value in quotes", at=at
    )


def _context(error: MarkedYAMLError) -> str:
    """Where the construct began, if that is another line."""
    context, problem = error.context_mark, error.problem_mark
    if not error.context or not context or not problem or context.line == problem.line:
        return ""
    return f" ({error.context} that starts in line {context.line + 1})"


def _character(text: str, line: int, column: int) -> str:
    lines = text.splitlines()
    return lines[line][column : column + 1] if line < len(lines) else ""


def _end_of(before: str, file: str) -> Location:
    line = before.count("\n") + 1
    return Location(file, line, len(before) - (before.rfind("\n") + 1) + 1)
