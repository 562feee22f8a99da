"""Which services differ between two trees: those whose fingerprints do, each with why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.planning.changes import service_changes
from msbuild.workspace import loading
from msbuild.workspace.lockfile import read_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from msbuild.planning.changes import Change
    from msbuild.workspace.loading import Loaded

# Both ends are compared for one and the same platform; which one changes nothing.
_PLATFORM = "linux/amd64"


_PLAIN = {
    "new": "a new service",
    "removed": "no longer a service",
    "unknown": "what it was then cannot be told",
}


@dataclass(frozen=True, slots=True)
class Why:
    """A change, and what ties it to the service; empty where that is plain."""

    change: Change
    tie: str = ""

    def __str__(self) -> str:
        return f"{self.change} ({self.tie})" if self.tie else str(self.change)


@dataclass(frozen=True, slots=True)
class Affected:
    """A service that is not what it was.

    Attributes:
        kind: ``changed``, ``new``, ``removed``, or ``unknown`` where that of then cannot be read.
        whys: the reasons, the most telling first; none but for a changed service.
    """

    service: str
    kind: str
    whys: tuple[Why, ...] = ()

    def __str__(self) -> str:
        if not self.whys:
            return _PLAIN[self.kind]
        return ", ".join(map(str, self.whys))


def all_unknown(after: Loaded) -> list[Affected]:
    """Every service, where nothing can be said: none that should be built may be left out."""
    return [Affected(name, "unknown") for name in after.workspace.services]


def affected(
    before: Loaded | None, after: Loaded, now: Mapping[str, NamedInputs] | None = None
) -> list[Affected]:
    """The services that are another thing after than before, in the order of the config.

    Args:
        before: the workspace then; ``None`` where there was none.
        after: the workspace now.
        now: what its services are made from, where that was asked already.
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
    """A change of a service, with what ties it to the service."""
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
    """What every service is made from."""
    services = tuple(loaded.workspace.services)
    bases = loading.base_images(loaded, services)
    # what is behind a tag that no lock file pins is the same at both ends: now
    pins = {**dict(zip(bases, bases, strict=True)), **read_lock(loaded.workspace.root)}
    prints = loading.fingerprint(loaded, services, pins, _PLATFORM)
    graph = loaded.assembly.graph
    return {
        name: NamedInputs(
            prints[name].value, {stage: prints[stage].inputs for stage in graph.deciding(name)}
        )
        for name in services
    }
