"""Quotes values for Dockerfiles, so that no value can end an instruction or start another."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PLAIN_WORD = re.compile(r"[A-Za-z0-9_@%+:,./-]+")
_SHORT_FLAG = 20
_MAX_SHOWN = 80
_GLOB = re.compile(r"[*?\[]")
_QUOTES = re.compile(r"""[\\$"']""")
# Ends a line, for Docker or for C functions.
_LINE_END = re.compile(r"[\n\r\0]")
_CONTINUED = re.compile(r"\\[ \t]*$")


def is_word(text: str) -> bool:
    """Whether a value can be a word of a Dockerfile: it must not contain line breaks."""
    return not _LINE_END.search(text)


def word(text: str) -> str:
    """One word that Docker reads as ``text``, without expanding variables.

    Raises:
        ConfigError: no word of a Dockerfile can represent the text.
    """
    if found := _LINE_END.search(text):
        raise ConfigError(
            f"{_shown(text)} contains the character U+{ord(found[0]):04X}, which is not possible "
            "in a value of a Dockerfile",
            hint="write it on one line",
        )
    if _PLAIN_WORD.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def exports(env: Mapping[str, str]) -> Iterator[str]:
    """Shell commands that set variables, each on one line for any value."""
    words = [f"{name}={shlex.quote(text)}" for name, text in sorted(env.items()) if is_word(text)]
    if words:
        yield f"export {' '.join(words)}"
    for name, text in sorted(env.items()):
        if "\0" in text:
            raise ConfigError(
                f"the variable `{name}` contains U+0000, which is not possible in the environment"
            )
        if not is_word(text):
            escaped = text.replace("\\", "\\\\").replace("%", "%%")
            escaped = escaped.replace("\n", "\\n").replace("\r", "\\r")
            # the dot protects trailing line breaks, which a shell would strip
            yield f'{name}="$(printf {shlex.quote(f"{escaped}.")})"'
            yield f'export {name}="${{{name}%.}}"'


def exec_form(words: tuple[str, ...]) -> str:
    """A JSON array: the form of a command that does not use a shell.

    Raises:
        ConfigError: one of the words is not valid UTF-8.
    """
    _check_text(words)
    return json.dumps(list(words), ensure_ascii=False)


def copy_arguments(sources: tuple[str, ...], destination: str) -> str:
    """The operands of ``COPY``; nothing in ``sources`` is read as a pattern or a variable.

    Raises:
        ConfigError: a name is not valid UTF-8.
    """
    _check_text((*sources, destination))
    paths = [*(_literal(path) for path in sources), destination]
    if all(_PLAIN_WORD.fullmatch(path) and not path.startswith("-") for path in paths):
        return " ".join(paths)
    # Docker also expands variables and shell quotes in JSON strings
    unread = [_QUOTES.sub(lambda found: f"\\{found[0]}", path) for path in paths]
    return json.dumps(unread, ensure_ascii=False)


def _literal(path: str) -> str:
    """A pattern that matches exactly one path."""
    return _GLOB.sub(lambda found: f"[{found[0]}]", path.replace("\\", "\\\\"))


def _check_text(words: tuple[str, ...]) -> None:
    for text in words:
        if "\0" in text or not _is_unicode(text):
            raise ConfigError(
                f"cannot write {_shown(text)} to a Dockerfile: it is not valid UTF-8",
                hint="rename the file",
            )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(text: str) -> str:
    """A text in back-ticks on one line, truncated if it is long."""
    escaped = ascii(text)[1:-1] if not text.isprintable() else text
    return f"`{escaped[:_MAX_SHOWN]}…`" if len(escaped) > _MAX_SHOWN else f"`{escaped}`"


def run_operands(flags: tuple[str, ...], script: str) -> tuple[str, bool]:
    """The operands of a ``RUN`` for any shell script, and whether they are a here-document."""
    # a single short flag leaves room for the script on the same line
    separator = " " if len(flags) == 1 and len(flags[0]) <= _SHORT_FLAG else " \\\n    "
    head = "".join(f"{flag}{separator}" for flag in flags)
    one_line = not _LINE_END.search(script) and "<<" not in script
    one_line = one_line and not _CONTINUED.search(script)
    if one_line and script[:1] not in {"[", "-", "#"}:
        return head + script, False
    if not script.startswith("set -e"):
        script = f"set -e\n{script}"
    return head + heredoc(script.rstrip("\n")), True


def heredoc(text: str, destination: str = "") -> str:
    """A here-document, whose text is not expanded, as an operand of ``RUN`` or ``COPY``."""
    end = "EOF"
    while end in text:
        end += "_"
    # some linters do not find the next instruction without the blank line
    return f"<<'{end}' {destination}".rstrip() + f"\n{text}\n{end}\n"
