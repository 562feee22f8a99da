"""Fingerprints: everything that decides the result of a stage, by name, and its hash.

One function serves plan, tags and comparison, so they cannot disagree. They do not include the path
of the checkout, times, owners, the number of jobs, cache mounts, CA bundles and speed-only
parents.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from msbuild.model import (
    SCRATCH,
    AddUser,
    Certificates,
    Copy,
    CopyArtifact,
    ImageRef,
    Packages,
    Run,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from msbuild.graph.stage_graph import StageGraph
    from msbuild.model import Stage

# Incremented whenever a new msbuild builds the same stage differently.
VERSION = 1
SHORT = 16


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The named inputs of a stage and their hash.

    Attributes:
        inputs: JSON values by name, comparable field by field.
        value: SHA-256 of ``inputs`` in canonical JSON, in hexadecimal.
    """

    inputs: Mapping[str, Any]
    value: str

    @property
    def short(self) -> str:
        """The start of the value, for tags."""
        return self.value[:SHORT]


def fingerprint_all(
    graph: StageGraph,
    names: Iterable[str],
    hash_of: Callable[[str], str],
    pins: Mapping[str, str],
    platform: str,
) -> Mapping[str, Fingerprint]:
    """The fingerprints of stages.

    Args:
        graph: all stages.
        names: the requested stages, parents before children.
        hash_of: returns the content hash of a source file.
        pins: the exact image behind each reference.
        platform: the target platform, ``linux/amd64``.
    """
    found: dict[str, Fingerprint] = {}
    for name in names:
        parents = {parent: found[parent].value for parent in graph.deciding_parents(name)}
        inputs = _inputs(graph[name], parents, hash_of, pins, platform)
        canonical = json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        found[name] = Fingerprint(inputs, hashlib.sha256(canonical.encode()).hexdigest())
    return found


def _inputs(
    stage: Stage,
    parents: Mapping[str, str],
    hash_of: Callable[[str], str],
    pins: Mapping[str, str],
    platform: str,
) -> dict[str, Any]:
    return {
        "version": VERSION,
        "platform": platform,
        "kind": stage.kind.value,
        "base": _base(stage, pins),
        "parents": dict(parents),
        "steps": [_step(step) for step in stage.steps],
        "files": {path: hash_of(path) for path in stage.files},
        "env": dict(stage.env),
        "facts": dict(stage.facts),
        "runtime": _plain(asdict(stage.runtime)) if stage.runtime else None,
    }


def _plain(value: dict[str, Any]) -> Any:
    """A value after a JSON round trip, so that it equals one that was stored."""
    return json.loads(json.dumps(value))


def _base(stage: Stage, pins: Mapping[str, str]) -> str | None:
    """The digest of the base image: its name does not matter."""
    if not isinstance(stage.base, ImageRef):
        return None
    reference = stage.base.reference
    return SCRATCH if reference == SCRATCH else pins[reference].rsplit("@", 1)[-1]


def _step(step: Step) -> list[Any]:
    match step:
        case Copy():
            return ["copy", [[path, step.placed(path)] for path in step.files]]
        case CopyArtifact():
            return ["artifact", step.stage, step.source, step.destination]
        case Run():
            return ["run", step.script, step.network, [list(pair) for pair in step.env]]
        case Packages():
            return ["packages", list(step.names)]
        case Certificates():
            return ["certificates", step.stage]
        case AddUser():
            return ["user", asdict(step.user)]
