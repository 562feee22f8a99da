"""CMake's variables: scopes, expansion, and values that only CMake could know.

Paths in values are absolute as in CMake, below two made-up directories for the source tree and the
build tree.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from msbuild_cpp.lexer import Argument

SOURCE = "/@source"
BINARY = "/@binary"
# In a value: a part that some command computed, and a variable that nothing here sets.
COMPUTED = "\0"
UNSET = "\1"

_VARIABLE = re.compile(r"\$(ENV|CACHE)?\{([^${}]*)\}")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


class Scope:
    """Variables of a directory or function; writes stay inside, reads look through.

    Args:
        values: what holds at the start.
        on_read: told each variable that is read.
    """

    def __init__(self, values: dict[str, str], on_read: Callable[[str], None]) -> None:
        self.values = values
        self._on_read = on_read

    def get(self, name: str) -> str | None:
        """A variable's value; ``None`` where nothing here sets it."""
        self._on_read(name)
        return self.values.get(name)

    def expand(self, argument: Argument) -> list[str]:
        """What an argument comes to: any number of values if it is unquoted."""
        if argument.kind in ("bracket", "paren"):
            return [argument.text]
        text = self.substitute(argument.text)
        if argument.kind == "quoted":
            return [text]
        return [each for each in text.split(";") if each]

    def expand_all(self, arguments: Iterable[Argument]) -> list[str]:
        """Several arguments, one after another."""
        return [value for argument in arguments for value in self.expand(argument)]

    def substitute(self, text: str) -> str:
        """A text with variables replaced, innermost first."""
        while found := _VARIABLE.search(text):
            value = COMPUTED if found[1] else self.get(found[2])
            text = (
                f"{text[: found.start()]}{UNSET if value is None else value}{text[found.end() :]}"
            )
        return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text)


def is_known(value: str) -> bool:
    """Whether a value is what CMake would have."""
    return COMPUTED not in value and UNSET not in value


def path_of(value: str, directory: str) -> str | None:
    """The path in the source tree that a value means; ``None`` if it is elsewhere or unknown.

    Args:
        value: an expanded argument.
        directory: what relative paths are relative to.
    """
    if not value or not is_known(value) or "$<" in value:
        return None
    if value == SOURCE or value.startswith(f"{SOURCE}/"):
        path = posixpath.normpath(value.removeprefix(SOURCE).lstrip("/") or ".")
    elif value.startswith("/"):
        return None
    else:
        path = posixpath.normpath(posixpath.join(directory, value))
    if path.startswith("../") or path == "..":
        return None
    return "" if path == "." else path


def absolute(path: str) -> str:
    """A path of the source tree as CMake would show it."""
    return f"{SOURCE}/{path}".rstrip("/")


def without_conditions(value: str) -> list[str]:
    """The plain values inside a generator expression, whatever it depends on."""
    if "$<" not in value:
        return [value]
    inner = re.sub(r"\$<INSTALL_INTERFACE:[^>]*>", "", value)
    return [part for part in re.split(r"[\s;,:<>$\"]+", inner.replace("::", "\2")) if part]
