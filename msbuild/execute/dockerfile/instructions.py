"""The instructions of a Dockerfile as values; text is written at the very end."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from msbuild.execute.dockerfile.quoting import run_operands
from msbuild.execute.steps import in_one_line
from msbuild.model import SCRATCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DIGEST = re.compile(r"(@sha256:[0-9a-f]{12})[0-9a-f]{52}")
_CONTINUATION = re.compile(r"\s*\\\n\s*")
LEADING_EXPORT = re.compile(r"""\Aexport (?:"'"|[^'&\n]|'[^']*')*?(?: && |\n)""")
"""An ``export`` at the start of a script, as ``quoting.exports`` and users write it."""


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
    """A text with its image digest cut to what people read."""
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
