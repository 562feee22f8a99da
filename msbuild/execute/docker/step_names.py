"""Maps the steps that BuildKit reports to the instructions of a Dockerfile."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from msbuild.execute.dockerfile.instructions import (
    LEADING_EXPORT,
    with_short_digest,
    without_continuations,
)
from msbuild.execute.steps import in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild.execute.dockerfile.instructions import Instruction

_HEREDOC = re.compile(r"<<'(\w+)'")
_FLAGS = re.compile(r"(?:--\S+\s+(?:\\\n\s*)?)+")
# `[stage 2/4] RUN …`, or `[linux/amd64 stage 2/4] RUN …`, or `[2/4] RUN …`
_VERTEX = re.compile(r"\[(?:\S+/\S+ )?(?:(\S+) )?\s*(\d+)/\d+\] (.*)", re.DOTALL)


class StepNames:
    """Maps BuildKit's step names to stages and readable names.

    BuildKit numbers the steps of a stage, and truncates long scripts.

    Args:
        instructions: the instructions of the Dockerfile, in order.
    """

    def __init__(self, instructions: Iterable[Instruction]) -> None:
        self._steps: dict[str, list[Instruction]] = defaultdict(list)
        stages: dict[str, None] = {}
        for each in instructions:
            stages[each.stage] = None
            if each.step:
                self._steps[each.stage].append(each)
        # BuildKit omits the name of a single stage
        self._only = next(iter(stages)) if len(stages) == 1 else ""

    def of(self, vertex: str) -> tuple[str, str]:
        """Stage and step of a vertex; the stage is empty for BuildKit's own steps."""
        found = _VERTEX.fullmatch(vertex)
        if not found:
            return "", vertex
        stage, number, text = found[1] or self._only, int(found[2]), found[3]
        steps = self._steps.get(stage, [])
        if number <= len(steps) and text.startswith(steps[number - 1].keyword):
            return stage, steps[number - 1].step
        return self._like(text)

    def _like(self, text: str) -> tuple[str, str]:
        """The step that equals ``text``.

        BuildKit merges equal steps of parallel builds, and reports to all of them the name from
        the first one.
        """
        step = describe(text)
        for known in (known for steps in self._steps.values() for known in steps):
            if known.step == step:
                return known.stage, step
        return "", step


def describe(instruction: str) -> str:
    """An instruction printed by BuildKit, in one line, without flags and variables."""
    keyword, _, rest = instruction.partition(" ")
    if keyword == "FROM":
        return with_short_digest(f"FROM {rest.split()[0]}")
    if keyword != "RUN":
        return " ".join(instruction.split())
    script = _FLAGS.sub("", rest, count=1) if rest.startswith("--") else rest
    if heredoc := _HEREDOC.match(script):
        body = script.split("\n")[1:]
        script = "\n".join(body[:-1] if body[-1:] == [heredoc[1]] else body)
        lines = LEADING_EXPORT.sub("", script.removeprefix("set -e\n"), count=1).strip().split("\n")
        return f"RUN {in_one_line(lines)}"
    script = without_continuations(script)
    if script.startswith("export "):
        script = LEADING_EXPORT.sub("", script, count=1)
    return f"RUN {script}"


def has_network(vertex: str) -> bool:
    """Whether the step of a vertex has network access."""
    found = _VERTEX.fullmatch(vertex)
    return bool(found and found[3].startswith("RUN ") and "--network=none" not in found[3])
