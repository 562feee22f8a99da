"""The results of a check, as values."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.verify.accesses import How


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A file or directory of the tree that a step used and its stage does not declare.

    Attributes:
        path: from the source root.
        how: ``opened``, ``looked for`` or ``listed``.
        programs: who did it.
        names: of a directory that was listed, what the stage does not have there.
        among: the directory that was listed before a file of it was asked for; empty if none was.
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
    """What came of a stage.

    Attributes:
        findings: sorted.
        ignored: files that are no sources and that a step asked for.
        used: files and directories of the tree that a step did anything with.
        declared: the files that it copies.
    """

    name: str
    findings: tuple[Finding, ...]
    ignored: frozenset[str]
    used: frozenset[str]
    declared: frozenset[str]


@dataclass(frozen=True, slots=True)
class ServiceChecked:
    """What came of a service, or of a custom stage.

    Attributes:
        name: its name.
        is_service: whether it is a service.
        stages: its own stages; none where the build failed.
        failed: whether it could not be checked, because its build failed or never began.
    """

    name: str
    is_service: bool
    stages: Sequence[StageChecked] = field(default_factory=tuple)
    failed: bool = False

    @property
    def findings(self) -> list[Finding]:
        """What its stages do not declare."""
        return [finding for stage in self.stages for finding in stage.findings]

    @property
    def ignored(self) -> list[str]:
        """Files that are no sources and that a step asked for."""
        return sorted(frozenset[str]().union(*(stage.ignored for stage in self.stages)))

    @property
    def used(self) -> frozenset[str]:
        """Files and directories that a step did anything with."""
        return frozenset[str]().union(*(stage.used for stage in self.stages))

    @property
    def unused(self) -> list[str]:
        """Files that are declared and that no step did anything with, nor with their directory."""
        declared = frozenset[str]().union(*(stage.declared for stage in self.stages))
        used = self.used
        idle = (path for path in declared - used if (posixpath.dirname(path) or ".") not in used)
        return [] if self.failed else sorted(idle)

    @property
    def inputs(self) -> list[str]:
        """The paths that would mend it: directories where a listing matters, else files.

        A file that was found in a listing is one of those that may come and go.
        """
        listed = {finding.path for finding in self.findings if finding.how == "listed"}
        listed |= {finding.among for finding in self.findings if finding.among}
        paths = {finding.path for finding in self.findings} | listed
        return sorted(path for path in paths if not _is_within(path, listed - {path}))


def _is_within(path: str, directories: set[str]) -> bool:
    return any(directory == "." or path.startswith(f"{directory}/") for directory in directories)
