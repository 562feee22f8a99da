"""How the results of a check are told: for people, for programs, and for GitHub Actions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msbuild.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msbuild.verify.results import Finding, ServiceChecked

_MOST_NAMES = 5
_MOST_IGNORED = 10


def text(checked: Sequence[ServiceChecked], config: str, *, unused: bool = False) -> str:
    """The findings of each service with what to add to the config, and a line that counts.

    Args:
        checked: the results.
        config: the name of the config file.
        unused: whether to list the files that nobody looked at.
    """
    lines = [line for each in checked for line in _told(each, config, unused=unused)]
    lines.append(closing_line(checked))
    return "".join(f"{line}\n" for line in lines)


def closing_line(checked: Sequence[ServiceChecked]) -> str:
    """How many were checked, and what came of it."""
    services = [each for each in checked if each.is_service]
    good = [each for each in services if not each.failed]
    line = f"{counted(len(good), 'service')} verified"
    if failed := len(services) - len(good):
        line += f", {failed} could not be"
    missed = sum(len(each.findings) for each in checked)
    read = sum(len(each.used) for each in checked)
    line += f": {counted(missed, 'undeclared path') if missed else 'nothing undeclared was read'}"
    idle = sum(len(each.unused) for each in checked)
    line += f"; {counted(read, 'path')} of the tree used"
    return f"{line}, {counted(idle, 'declared file')} not" if idle else line


def _told(each: ServiceChecked, config: str, *, unused: bool) -> Iterator[str]:
    kind = "service" if each.is_service else "stage"
    if each.findings:
        count = counted(len(each.findings), "path")
        yield f"{kind} `{each.name}` uses {count} that it does not declare:"
        width = max(len(finding.path) for finding in each.findings)
        for finding in each.findings:
            yield f"  {finding.path:{width}}  {_how(finding)}"
        yield from _to_add(each, config)
    if each.ignored:
        some = ", ".join(f"`{path}`" for path in each.ignored[:_MOST_IGNORED])
        more = len(each.ignored) - _MOST_IGNORED
        some += f" and {more} more" if more > 0 else ""
        yield f"{kind} `{each.name}` asks for files that are ignored, so no build has them: {some}"
    if unused and each.unused:
        yield f"{kind} `{each.name}` declares files that nobody looked at:"
        yield from (f"  {path}" for path in each.unused)


def _to_add(each: ServiceChecked, config: str) -> Iterator[str]:
    where = "services" if each.is_service else "stages"
    hint = f"add to `{config}`"
    yield f"  {hint}{', or run `msbuild verify --write`' if each.is_service else ''}:"
    yield f"    {where}: {{{each.name}: {{inputs: {json.dumps(each.inputs, ensure_ascii=False)}}}}}"


def _how(finding: Finding) -> str:
    line = f"{finding.how} by {', '.join(finding.programs)}"
    if finding.names:
        names = ", ".join(finding.names[:_MOST_NAMES])
        more = len(finding.names) - _MOST_NAMES
        line += f", which saw {names}{f' and {more} more' if more > 0 else ''}"
    if finding.among:
        line += f", which listed {finding.among}"
    return f"{line}  ({finding.stage}: {finding.step})"


def as_json(checked: Sequence[ServiceChecked], written: Sequence[str]) -> str:
    """Everything, for programs."""
    content = {
        "services": [_as_json(each) for each in checked if each.is_service],
        "stages": [_as_json(each) for each in checked if not each.is_service],
        "written": list(written),
    }
    return json.dumps(content, indent=2) + "\n"


def _as_json(each: ServiceChecked) -> dict[str, Any]:
    return {
        "name": each.name,
        "outcome": "failed" if each.failed else "undeclared" if each.findings else "verified",
        "findings": [
            {
                "path": finding.path,
                "how": finding.how.value,
                "programs": list(finding.programs),
                "names": list(finding.names),
                "among": finding.among,
                "stage": finding.stage,
                "step": finding.step,
            }
            for finding in each.findings
        ],
        "inputs": each.inputs,
        "ignored": each.ignored,
        "unused": each.unused,
    }


def github_lines(checked: Sequence[ServiceChecked], file: str) -> Iterator[str]:
    """A workflow command of GitHub Actions for each service that lacks something.

    Args:
        checked: the results.
        file: the config, from the top of the repository.
    """
    for each in checked:
        if each.findings:
            paths = ", ".join(each.inputs)
            told = _escaped(f"{each.name} uses files that it does not declare: {paths}")
            yield f"::error file={file},title={each.name}::{told}"


def markdown(checked: Sequence[ServiceChecked]) -> Iterator[str]:
    """A table for the summary of a step."""
    yield f"**{closing_line(checked)}**"
    yield ""
    if any(each.findings for each in checked):
        yield "| service | path | how | program | step |"
        yield "| --- | --- | --- | --- | --- |"
    for each in checked:
        for finding in each.findings:
            cells = (
                *(each.name, finding.path, finding.how.value, ", ".join(finding.programs)),
                f"{finding.stage}: {finding.step}",
            )
            yield f"| {' | '.join(map(_cell, cells))} |"
    yield ""


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


def _escaped(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
