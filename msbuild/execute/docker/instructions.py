"""Finds the instructions in a generated Dockerfile, to name its steps and to rerun some.

It parses what ``msbuild.execute.dockerfile`` writes, not every Dockerfile.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.execute.steps import in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FROM = re.compile(r"FROM (\S+) AS (\S+)")
_HEREDOC = re.compile(r"<<'(\w+)'")
_FLAGS = re.compile(r"(?:--\S+\s+(?:\\\n\s*)?)+")
_EXPORTS = re.compile(r"\Aexport (?:[^'&\n]|'[^']*')*?(?: && |\n)")
_DIGEST = re.compile(r"(@sha256:[0-9a-f]{12})[0-9a-f]{52}")
# `[stage 2/4] RUN …`, or `[linux/amd64 stage 2/4] RUN …`, or `[2/4] RUN …`
_VERTEX = re.compile(r"\[(?:\S+/\S+ )?(?:(\S+) )?\s*(\d+)/\d+\] (.*)", re.DOTALL)
_COUNTED = {"RUN", "COPY", "WORKDIR"}
_SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its stage, the number of its first line, and its text."""

    stage: str
    line: int
    text: str

    @property
    def keyword(self) -> str:
        """Its first word: ``FROM``, ``RUN``."""
        return self.text.split(" ", 1)[0]


def parse(dockerfile: str) -> Iterator[Instruction]:
    """The instructions of a Dockerfile, in order."""
    lines = dockerfile.split("\n")
    stage, at = "", 0
    while at < len(lines):
        if not lines[at].strip() or lines[at].startswith("#"):
            at += 1
            continue
        end = _end(lines, at)
        text = "\n".join(lines[at:end])
        if found := _FROM.fullmatch(text):
            stage = found[2]
        yield Instruction(stage, at, text)
        at = end


def _end(lines: list[str], at: int) -> int:
    """The number of the line after the instruction that starts at line ``at``."""
    end = at + 1
    while lines[end - 1].endswith("\\") and end < len(lines):
        end += 1
    heredoc = _HEREDOC.search(lines[end - 1])
    if heredoc and lines[at].startswith(("RUN ", "COPY ")):
        end = lines.index(heredoc[1], end) + 1
    return end


class StepNames:
    """Maps BuildKit's step names to stages and readable names.

    BuildKit numbers the steps of a stage, and truncates long scripts.
    """

    def __init__(self, dockerfile: str) -> None:
        self._steps: dict[str, list[Instruction]] = defaultdict(list)
        stages: list[str] = []
        for step in parse(dockerfile):
            if found := _FROM.fullmatch(step.text):
                if found[1] not in {_SCRATCH, *stages}:
                    self._steps[step.stage].append(step)
                stages.append(step.stage)
            elif step.keyword in _COUNTED:
                self._steps[step.stage].append(step)
        # BuildKit omits the name of a single stage
        self._only = stages[0] if len(stages) == 1 else ""

    def of(self, vertex: str) -> tuple[str, str]:
        """Stage and step of a vertex; the stage is empty for BuildKit's own steps."""
        found = _VERTEX.fullmatch(vertex)
        if not found:
            return "", vertex
        stage, number, text = found[1] or self._only, int(found[2]), found[3]
        steps = self._steps.get(stage, [])
        if number <= len(steps) and text.startswith(steps[number - 1].keyword):
            return stage, describe(steps[number - 1].text)
        return self._like(text)

    def _like(self, text: str) -> tuple[str, str]:
        """The step that equals ``text``.

        BuildKit merges equal steps of parallel builds, and reports to all of them the name from
        the first one.
        """
        step = describe(text)
        for known in (known for steps in self._steps.values() for known in steps):
            if describe(known.text) == step:
                return known.stage, step
        return "", step


def describe(instruction: str) -> str:
    """An instruction in one line, without mounts and variables for certificates."""
    keyword, _, rest = instruction.partition(" ")
    if keyword == "FROM":
        return _DIGEST.sub(r"\1", f"FROM {rest.split()[0]}")
    if keyword != "RUN":
        return " ".join(instruction.split())
    script = _FLAGS.sub("", rest, count=1) if rest.startswith("--") else rest
    if heredoc := _HEREDOC.match(script):
        body = script.split("\n")[1:]
        script = "\n".join(body[:-1] if body[-1:] == [heredoc[1]] else body)
        lines = _EXPORTS.sub("", script.removeprefix("set -e\n"), count=1).strip().split("\n")
        return f"RUN {in_one_line(lines)}"
    script = re.sub(r"\s*\\\n\s*", " ", script)
    if script.startswith("export "):
        script = _EXPORTS.sub("", script, count=1)
    return f"RUN {script}"


def has_network(vertex: str) -> bool:
    """Whether the step of a vertex has network access."""
    found = _VERTEX.fullmatch(vertex)
    return bool(found and found[3].startswith("RUN ") and "--network=none" not in found[3])


def with_mounts(dockerfile: str, mounts: Mapping[str, str]) -> str:
    """The Dockerfile with a mount added to every ``RUN`` of the stages in ``mounts``."""
    lines = dockerfile.split("\n")
    for step in parse(dockerfile):
        if step.keyword == "RUN" and step.stage in mounts:
            rest = lines[step.line].removeprefix("RUN ")
            lines[step.line] = f"RUN --mount={mounts[step.stage]} \\\n    {rest}"
    return "\n".join(lines)
