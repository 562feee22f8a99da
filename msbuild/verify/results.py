"""The results of a check: as text, as JSON, for GitHub Actions, and as inputs in `msbuild.lock`."""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msbuild.report.text import counted
from msbuild.sources.globs import files_of
from msbuild.workspace.lockfile import NAME, read_inputs, write_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.sources.tree import SourceTree
    from msbuild.verify.strace import How
    from msbuild.workspace.loading import Loaded


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A file or directory of the tree that a step used and its stage does not declare.

    Attributes:
        path: from the source root.
        how: ``opened``, ``looked for`` or ``listed``.
        programs: the programs that used it.
        names: for a listed directory, the names in it that the stage does not have.
        among: the directory in whose listing the program found the file; empty if there is none.
        stage: the stage.
        step: its step, in one line.
    """

    path: str
    how: How
    programs: tuple[str, ...]
    names: tuple[str, ...]
    among: str
    stage: str
    step: str


@dataclass(frozen=True, slots=True)
class StageChecked:
    """The results of a stage.

    Attributes:
        findings: sorted.
        ignored: ignored files that a step looked for.
        used: files and directories of the tree that a step accessed.
        declared: the files that the stage copies.
    """

    name: str
    findings: tuple[Finding, ...]
    ignored: frozenset[str]
    used: frozenset[str]
    declared: frozenset[str]


@dataclass(frozen=True, slots=True)
class ServiceChecked:
    """The results of a service or a custom stage.

    Attributes:
        name: its name.
        is_service: whether it is a service.
        stages: its own stages; empty if the build failed.
        failed: whether it was not checked because its build failed or never started.
    """

    name: str
    is_service: bool
    stages: Sequence[StageChecked] = field(default_factory=tuple)
    failed: bool = False

    @property
    def findings(self) -> list[Finding]:
        """Everything that its stages use and do not declare."""
        return [finding for stage in self.stages for finding in stage.findings]

    @property
    def ignored(self) -> list[str]:
        """Ignored files that a step looked for."""
        return sorted(frozenset[str]().union(*(stage.ignored for stage in self.stages)))

    @property
    def used(self) -> frozenset[str]:
        """Files and directories that a step accessed."""
        return frozenset[str]().union(*(stage.used for stage in self.stages))

    @property
    def unused(self) -> list[str]:
        """Declared files that no step accessed, in directories that no step accessed."""
        declared = frozenset[str]().union(*(stage.declared for stage in self.stages))
        used = self.used
        idle = (path for path in declared - used if (posixpath.dirname(path) or ".") not in used)
        return [] if self.failed else sorted(idle)

    @property
    def inputs(self) -> list[str]:
        """The paths to declare: directories if a listing matters, else files.

        A file that was found in a listing counts as its directory: others may be added there.
        """
        listed = {finding.path for finding in self.findings if finding.how == "listed"}
        listed |= {finding.among for finding in self.findings if finding.among}
        paths = {finding.path for finding in self.findings} | listed
        return sorted(path for path in paths if not _is_within(path, listed - {path}))


def _is_within(path: str, directories: set[str]) -> bool:
    return any(directory == "." or path.startswith(f"{directory}/") for directory in directories)


_MOST_NAMES = 5
_MOST_IGNORED = 10


def text(checked: Sequence[ServiceChecked], config: str, *, unused: bool = False) -> str:
    """The findings of each service with the lines to add to the config, and a summary.

    Args:
        checked: the results.
        config: the name of the config file.
        unused: whether to list declared files that no step used.
    """
    lines = [line for each in checked for line in _lines(each, config, unused=unused)]
    lines.append(closing_line(checked))
    return "".join(f"{line}\n" for line in lines)


def closing_line(checked: Sequence[ServiceChecked]) -> str:
    """How many services were checked, and the totals."""
    services = [each for each in checked if each.is_service]
    good = [each for each in services if not each.failed]
    line = f"{counted(len(good), 'service')} verified"
    if failed := len(services) - len(good):
        line += f", {failed} failed"
    missed = sum(len(each.findings) for each in checked)
    read = sum(len(each.used) for each in checked)
    line += f": {counted(missed, 'undeclared path') if missed else 'no undeclared paths'}"
    idle = sum(len(each.unused) for each in checked)
    line += f"; {counted(read, 'path')} of the tree used"
    return f"{line}, {counted(idle, 'declared file')} not" if idle else line


def _lines(each: ServiceChecked, config: str, *, unused: bool) -> Iterator[str]:
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
        what = f"{kind} `{each.name}` looks for ignored files"
        yield f"{what}, which are never part of a build: {some}"
    if unused and each.unused:
        yield f"{kind} `{each.name}` declares files that no step used:"
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
    """All results as JSON."""
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
    """A workflow command of GitHub Actions for each service with findings.

    Args:
        checked: the results.
        file: the path of the config from the top of the repository.
    """
    for each in checked:
        if each.findings:
            paths = ", ".join(each.inputs)
            message = _escaped(f"{each.name} uses files that it does not declare: {paths}")
            yield f"::error file={file},title={each.name}::{message}"


def markdown(checked: Sequence[ServiceChecked]) -> Iterator[str]:
    """A table for the job summary."""
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


def write_found(loaded: Loaded, checked: Sequence[ServiceChecked]) -> list[str]:
    """Update the inputs of the checked services in `msbuild.lock`.

    Args:
        loaded: the workspace.
        checked: the results; services whose build failed keep their inputs.

    Returns:
        The changes, one line each.
    """
    root = loaded.workspace.root
    before = read_inputs(root)
    after = {name: set(paths) for name, paths in before.items() if name in _names(loaded)}
    for each in checked:
        if each.is_service and not each.failed:
            held = {
                path for path in after.get(each.name, ()) if _is_used(path, each, loaded.sources)
            }
            after[each.name] = held | set(each.inputs)
    lines = list(_changes(before, after))
    if lines:
        write_inputs(root, {name: sorted(paths) for name, paths in after.items()})
    return lines


def _names(loaded: Loaded) -> set[str]:
    return set(loaded.workspace.services)


def _is_used(path: str, checked: ServiceChecked, sources: SourceTree) -> bool:
    """Whether a step accessed a path of the lock file, or a file that it matches."""
    return path in checked.used or not checked.used.isdisjoint(files_of(path, sources))


def _changes(before: Mapping[str, Sequence[str]], after: Mapping[str, set[str]]) -> list[str]:
    lines = []
    for name in sorted({*before, *after}):
        old, new = set(before.get(name, ())), after.get(name, set())
        lines += [f"{NAME}: `{name}` now reads `{path}`" for path in sorted(new - old)]
        lines += [f"{NAME}: `{name}` no longer reads `{path}`" for path in sorted(old - new)]
    return lines
