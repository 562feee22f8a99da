"""Words of a Dockerfile: nothing that a config says can end one or start another."""

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
_LONGEST_SHOWN = 80
_GLOB = re.compile(r"[*?\[]")
_QUOTES = re.compile(r"""[\\$"']""")
# What ends a line, for Docker or for the C functions behind it.
_NO_LINE = re.compile(r"[\n\r\0]")
_CONTINUED = re.compile(r"\\[ \t]*$")


def is_word(text: str) -> bool:
    """Whether a value can be a word of a Dockerfile: those with line breaks cannot."""
    return not _NO_LINE.search(text)


def word(text: str) -> str:
    """One word that Docker reads back as ``text``, variables unexpanded.

    Raises:
        ConfigError: no word of a Dockerfile is this text.
    """
    if found := _NO_LINE.search(text):
        raise ConfigError(
            f"{_shown(text)} holds the character U+{ord(found[0]):04X}, which a Dockerfile cannot "
            "hold in a value",
            hint="put it on one line",
        )
    if _PLAIN_WORD.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def exports(env: Mapping[str, str]) -> Iterator[str]:
    """Commands of a shell that set variables, each on one line whatever the values are."""
    words = [f"{name}={shlex.quote(text)}" for name, text in sorted(env.items()) if is_word(text)]
    if words:
        yield f"export {' '.join(words)}"
    for name, text in sorted(env.items()):
        if "\0" in text:
            raise ConfigError(f"the variable `{name}` holds U+0000, which no program can be given")
        if not is_word(text):
            escaped = text.replace("\\", "\\\\").replace("%", "%%")
            escaped = escaped.replace("\n", "\\n").replace("\r", "\\r")
            # the dot keeps line breaks at the end, which a shell would drop
            yield f'{name}="$(printf {shlex.quote(f"{escaped}.")})"'
            yield f'export {name}="${{{name}%.}}"'


def exec_form(words: tuple[str, ...]) -> str:
    """A JSON array, the form of a command that no shell touches.

    Raises:
        ConfigError: one of the words is no text.
    """
    _check_text(words)
    return json.dumps(list(words), ensure_ascii=False)


def copy_arguments(sources: tuple[str, ...], destination: str) -> str:
    """The operands of ``COPY``, with nothing in ``sources`` taken for a pattern or a variable.

    Raises:
        ConfigError: a name is no text.
    """
    _check_text((*sources, destination))
    paths = [*(_literal(path) for path in sources), destination]
    if all(_PLAIN_WORD.fullmatch(path) and not path.startswith("-") for path in paths):
        return " ".join(paths)
    # what is in quotes for JSON is read once more, with variables and quotes of a shell
    unread = [_QUOTES.sub(lambda found: f"\\{found[0]}", path) for path in paths]
    return json.dumps(unread, ensure_ascii=False)


def _literal(path: str) -> str:
    """A pattern that means a path."""
    return _GLOB.sub(lambda found: f"[{found[0]}]", path.replace("\\", "\\\\"))


def _check_text(words: tuple[str, ...]) -> None:
    for text in words:
        if "\0" in text or not _is_unicode(text):
            raise ConfigError(
                f"{_shown(text)} cannot be written in a Dockerfile: it is not UTF-8 text",
                hint="rename the file",
            )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(text: str) -> str:
    """A text in back-ticks as one line, its beginning if it is long."""
    escaped = ascii(text)[1:-1] if not text.isprintable() else text
    return f"`{escaped[:_LONGEST_SHOWN]}…`" if len(escaped) > _LONGEST_SHOWN else f"`{escaped}`"


def instruction(flags: tuple[str, ...], script: str) -> str:
    """A ``RUN`` of a shell script, whatever the script holds."""
    # a single flag leaves room for the script in its line
    separator = " " if len(flags) == 1 and len(flags[0]) <= _SHORT_FLAG else " \\\n    "
    head = "RUN " + "".join(f"{flag}{separator}" for flag in flags)
    one_line = not _NO_LINE.search(script) and "<<" not in script
    one_line = one_line and not _CONTINUED.search(script)
    if one_line and script[:1] not in {"[", "-", "#"}:
        return head + script
    if not script.startswith("set -e"):
        script = f"set -e\n{script}"
    return heredoc(head.removesuffix(" "), script.rstrip("\n"))


def heredoc(head: str, text: str, tail: str = "") -> str:
    """An instruction that takes lines of text as they are."""
    end = "EOF"
    while end in text:
        end += "_"
    # the blank line behind it is for linters that do not find the next instruction without one
    return f"{head} <<'{end}' {tail}".rstrip() + f"\n{text}\n{end}\n"
