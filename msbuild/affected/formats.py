"""Affected services as text, JSON, Markdown, and for GitHub Actions and GitLab."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from msbuild.affected.compare import Affected

_SHORT = 12
_GITLAB_BUILD = """\
"build {service}":
  script:
    - msbuild build {service} --push
"""
# GitLab rejects a pipeline without jobs.
_GITLAB_NOTHING = """\
"nothing to build":
  script:
    - echo "no service is affected"
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `msbuild affected` found.

    Attributes:
        since: the revision as the user named it.
        commit: the commit that was compared with.
        services: every service of the workspace.
        affected: those that changed or were removed.
    """

    since: str
    commit: str
    services: tuple[str, ...]
    affected: tuple[Affected, ...]

    @property
    def to_build(self) -> tuple[Affected, ...]:
        """The affected services that still exist."""
        return tuple(each for each in self.affected if each.kind != "removed")


def text(comparison: Comparison) -> str:
    """A line for each service, and a summary."""
    width = max((len(each.service) for each in comparison.affected), default=0)
    lines = [f"{each.service:{width}}  {each}" for each in comparison.affected]
    count = f"{len(comparison.to_build)} of {counted(len(comparison.services), 'service')}"
    lines.append(f"{count} affected since {comparison.since} ({comparison.commit[:_SHORT]})")
    return "".join(f"{line}\n" for line in lines)


def as_json(comparison: Comparison) -> str:
    """The full comparison as JSON."""
    affected = {each.service for each in comparison.to_build}
    content = {
        "since": comparison.since,
        "commit": comparison.commit,
        "affected": [_as_json(each) for each in comparison.affected],
        "unaffected": [name for name in comparison.services if name not in affected],
    }
    return json.dumps(content, indent=2) + "\n"


def github(comparison: Comparison) -> str:
    """Step outputs: a JSON list for a matrix, and whether it is not empty."""
    names = [each.service for each in comparison.to_build]
    return f"services={json.dumps(names)}\nany={json.dumps(bool(names))}\n"


def gitlab(comparison: Comparison) -> str:
    """A child pipeline with a job for each service, or a single job that says there is none."""
    jobs = [_GITLAB_BUILD.format(service=each.service) for each in comparison.to_build]
    return "\n".join(jobs or [_GITLAB_NOTHING])


def markdown(comparison: Comparison) -> str:
    """A table for the job summary."""
    count = f"{len(comparison.to_build)} of {counted(len(comparison.services), 'service')}"
    lines = [f"**{count}** affected since `{comparison.since}`", ""]
    if comparison.affected:
        lines += ["| service | why |", "| --- | --- |"]
    lines += [f"| {each.service} | {_cell(str(each))} |" for each in comparison.affected]
    return "".join(f"{line}\n" for line in lines)


FORMATS: Mapping[str, Callable[[Comparison], str]] = {
    "text": text,
    "json": as_json,
    "github": github,
    "gitlab": gitlab,
    "markdown": markdown,
}


def _as_json(affected: Affected) -> dict[str, Any]:
    reasons = [
        {
            "field": why.change.field,
            "name": why.change.name,
            "how": why.change.how,
            "stage": why.change.stage,
            "tie": why.tie,
        }
        for why in affected.whys
    ]
    return {"service": affected.service, "kind": affected.kind, "reasons": reasons}


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
