"""Dockerfile instructions as values, and the quoting of their words. Pure."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError
from msbuild.execute.job_run import in_one_line
from msbuild.model import SCRATCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_PLAIN_WORD = re.compile(r"[A-Za-z0-9_@%+:,./-]+")
_SHORT_FLAG = 20
_MAX_SHOWN = 80
_GLOB = re.compile(r"[*?\[]")
_QUOTES = re.compile(r"""[\\$"']""")
# Ends a line, for Docker or for C functions.
_LINE_END = re.compile(r"[\n\r\0]")
_CONTINUED = re.compile(r"\\[ \t]*$")
_DIGEST = re.compile(r"(@sha256:[0-9a-f]{12})[0-9a-f]{52}")
_CONTINUATION = re.compile(r"\s*\\\n\s*")
LEADING_EXPORT = re.compile(r"""\Aexport (?:"'"|[^'&\n]|'[^']*')*?(?: && |\n)""")
"""An ``export`` at the start of a script, as ``exports`` and users write it."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile.

    Attributes:
        stage: the stage it belongs to.
        keyword: such as ``FROM`` or ``RUN``.
        operands: everything after the keyword, as written in the Dockerfile.
        step: its name as a step of the build, in one line; empty if BuildKit does not count it.
        comment: a comment for the line above; may be empty.
    """

    stage: str
    keyword: str
    operands: str
    step: str = ""
    comment: str = ""

    @property
    def text(self) -> str:
        """The instruction as written in the Dockerfile."""
        comment = f"# {self.comment}\n" if self.comment else ""
        return f"{comment}{self.keyword} {self.operands}"

    def with_mount(self, mount: str) -> Instruction:
        """The instruction with another mount, before its other flags.

        Args:
            mount: the value of ``--mount=``.
        """
        return replace(self, operands=f"--mount={mount} \\\n    {self.operands}")


def with_short_digest(text: str) -> str:
    """A text with its image digest shortened for display."""
    return _DIGEST.sub(r"\1", text)


def without_continuations(script: str) -> str:
    """A script with continued lines joined."""
    return _CONTINUATION.sub(" ", script)


def from_image(stage: str, image: str, comment: str = "") -> Instruction:
    """The start of a stage based on an image; a step unless the image is ``scratch``."""
    step = "" if image == SCRATCH else with_short_digest(f"FROM {image}")
    return Instruction(stage, "FROM", f"{image} AS {stage}", step, comment)


def from_stage(stage: str, base: str, comment: str = "") -> Instruction:
    """The start of a stage based on another stage, which is not a step."""
    return Instruction(stage, "FROM", f"{base} AS {stage}", comment=comment)


def copy(stage: str, operands: str) -> Instruction:
    """A ``COPY`` instruction."""
    return Instruction(stage, "COPY", operands, " ".join(f"COPY {operands}".split()))


def workdir(stage: str, directory: str) -> Instruction:
    """A ``WORKDIR`` instruction."""
    return Instruction(stage, "WORKDIR", directory, " ".join(f"WORKDIR {directory}".split()))


def run(
    stage: str, script: str, flags: Sequence[str], exports: Sequence[str], comment: str = ""
) -> Instruction:
    """A ``RUN`` instruction for any script.

    Args:
        stage: the stage.
        script: the script of the step.
        flags: such as ``--network=none``.
        exports: commands that set variables for the script; not part of the step's name.
        comment: a comment for the line above.
    """
    separator = "\n" if "\n" in script else " && "
    complete = separator.join((*exports, script))
    operands, is_heredoc = run_operands(tuple(flags), complete)
    if not exports:
        script = script.removeprefix("set -e\n") if is_heredoc else script
        script = LEADING_EXPORT.sub("", script, count=1)
    shown = in_one_line(script.strip().split("\n")) if is_heredoc else script
    return Instruction(stage, "RUN", operands, f"RUN {shown}", comment)


def run_as_written(stage: str, script: str, prefix: str = "", comment: str = "") -> Instruction:
    """A ``RUN`` instruction for one of msbuild's own commands, written without quoting.

    Args:
        stage: the stage.
        script: the command, which may be continued over several lines.
        prefix: flags and variables in front of it, which are not part of the step's name.
        comment: a comment for the line above.
    """
    step = f"RUN {without_continuations(script)}"
    return Instruction(stage, "RUN", f"{prefix}{script}", step, comment)


def to_text(instructions: Iterable[Instruction]) -> str:
    """The Dockerfile: one block for each stage."""
    blocks = (
        "\n".join(each.text for each in stage).rstrip("\n")
        for _, stage in groupby(instructions, key=lambda each: each.stage)
    )
    return "\n\n".join(blocks) + "\n"


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
            f"{_shown(text)} contains the character U+{ord(found[0]):04X}, which a value "
            "in a Dockerfile cannot contain",
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
                f"the variable `{name}` contains U+0000, which the environment cannot contain"
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
