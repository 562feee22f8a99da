"""The services that a change affects: fingerprints that differ, the reasons, and output formats."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.planning.fingerprint import service_changes
from msbuild.report.text import counted
from msbuild.workspace import loading
from msbuild.workspace.lockfile import read_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from msbuild.planning.fingerprint import Change
    from msbuild.workspace.loading import Loaded

# Both trees are compared for the same platform; which one makes no difference.
_PLATFORM = "linux/amd64"


_PLAIN = {
    "new": "a new service",
    "removed": "no longer a service",
    "unknown": "its old version cannot be read",
}


@dataclass(frozen=True, slots=True)
class Why:
    """A change, and how the service depends on it; empty if that is obvious."""

    change: Change
    tie: str = ""

    def __str__(self) -> str:
        return f"{self.change} ({self.tie})" if self.tie else str(self.change)


@dataclass(frozen=True, slots=True)
class Affected:
    """A service that changed.

    Attributes:
        kind: ``changed``, ``new``, ``removed``, or ``unknown`` if the old tree cannot be read.
        whys: the reasons, the most important first; only for a changed service.
    """

    service: str
    kind: str
    whys: tuple[Why, ...] = ()

    def __str__(self) -> str:
        if not self.whys:
            return _PLAIN[self.kind]
        return ", ".join(map(str, self.whys))


def all_unknown(after: Loaded) -> list[Affected]:
    """Every service as ``unknown``: none that should be built may be left out."""
    return [Affected(name, "unknown") for name in after.workspace.services]


def affected(
    before: Loaded | None, after: Loaded, now: Mapping[str, NamedInputs] | None = None
) -> list[Affected]:
    """The services that differ between two workspaces, in the order of the config.

    Args:
        before: the old workspace; ``None`` if there was none.
        after: the new workspace.
        now: the named inputs of its services, if already known.
    """
    old = named_inputs(before) if before else {}
    return list(_compare(old, now or named_inputs(after), after))


def _compare(
    old: Mapping[str, NamedInputs], new: Mapping[str, NamedInputs], after: Loaded
) -> Iterator[Affected]:
    for name, now in new.items():
        if name not in old:
            yield Affected(name, "new")
        elif old[name].value != now.value:
            changes = service_changes(old[name].by_stage, now.by_stage)
            yield Affected(name, "changed", tuple(tied(change, name, after) for change in changes))
    yield from (Affected(name, "removed") for name in old if name not in new)


def tied(change: Change, service: str, loaded: Loaded) -> Why:
    """A change of a service, with how the service depends on it."""
    tie = loaded.assembly.inputs[service].files.get(change.name, "")
    if not tie and change.field == "file" and change.stage == service:
        tie = "an asset"
    return Why(change, tie)


@dataclass(frozen=True, slots=True)
class NamedInputs:
    """The fingerprint of a service, and the named inputs of all stages that decide it."""

    value: str
    by_stage: Mapping[str, Mapping[str, object]]


def named_inputs(loaded: Loaded) -> dict[str, NamedInputs]:
    """The named inputs of every service."""
    services = tuple(loaded.workspace.services)
    bases = loading.base_images(loaded, services)
    # a tag that no lock file pins counts as the same image in both trees
    pins = {**dict(zip(bases, bases, strict=True)), **read_lock(loaded.workspace.root)}
    prints = loading.fingerprint(loaded, services, pins, _PLATFORM)
    graph = loaded.assembly.graph
    return {
        name: NamedInputs(
            prints[name].value, {stage: prints[stage].inputs for stage in graph.deciding(name)}
        )
        for name in services
    }


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
    """The result of `msbuild affected`.

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
    """A child pipeline with a job for each service, or a single job if there is none."""
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


FORMATTERS: Mapping[str, Callable[[Comparison], str]] = {
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
