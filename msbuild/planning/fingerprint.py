"""Fingerprints: everything that decides the result of a stage, by name, and its hash; what changed.

One function serves plan, tags and comparison, so they cannot disagree. They do not include the path
of the checkout, times, owners, the number of jobs, cache mounts, CA bundles and speed-only
parents.
"""

from __future__ import annotations

import hashlib
import json
import os
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
    from collections.abc import Callable, Iterable, Iterator, Mapping

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


# The fields of a fingerprint in messages, most informative first. Mappings are compared by name.
_WORDS = {
    "files": "file",
    "facts": "fact",
    "env": "variable",
    "base": "base image",
    "steps": "steps",
    "runtime": "runtime",
    "platform": "platform",
    "parents": "stage",
    "version": "msbuild itself",
}


_REDACTED = "\0veiled:"


def redacted(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a fingerprint, with salted digests instead of the values of variables.

    The values may be secrets, and are only compared with later ones. Each digest has its own salt,
    so that equal values cannot be recognized.
    """
    found = dict(inputs)
    if "env" in inputs:
        found["env"] = _redacted_values(inputs["env"])
    if isinstance(runtime := inputs.get("runtime"), dict):
        found["runtime"] = {**runtime, "env": _redacted_values(runtime.get("env"))}
    if "steps" in inputs:
        found["steps"] = [_redacted_step(step) for step in inputs["steps"]]
    return found


def _redacted_step(step: list[Any]) -> list[Any]:
    if step[0] != "run":
        return step
    *rest, env = step
    return [*rest, [[name, _redact(value)] for name, value in env]]


def same(old: Any, new: Any) -> bool:
    """Whether an old value, possibly redacted in parts, is the same as a new one."""
    if old == new:
        return True
    if isinstance(old, str) and isinstance(new, str) and old.startswith(_REDACTED):
        return old == _redact(new, bytes.fromhex(old.removeprefix(_REDACTED)[: 2 * _SALT]))
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same, old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(old[name], new[name]) for name in old)
    return False


_SALT = 16


def _redacted_values(values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    return {name: _redact(value) for name, value in values.items()}


def _redact(value: str, salt: bytes = b"") -> str:
    salt = salt or os.urandom(_SALT)
    digest = hashlib.sha256(salt + value.encode("utf-8", "surrogatepass"))
    return f"{_REDACTED}{salt.hex()}{digest.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Change:
    """One named input that changed.

    Attributes:
        field: ``file``, ``fact``, ``variable``, ``stage``, or another field of a fingerprint.
        name: its name; empty for a field that is not a mapping.
        how: ``changed``, ``added`` or ``removed``.
        stage: the stage whose input it is.
    """

    field: str
    name: str
    how: str
    stage: str = ""

    def __str__(self) -> str:
        if self.field in ("file", "fact"):
            return f"{self.name} {self.how}"
        if not self.name:
            return f"{self.field} {self.how}"
        return f"{self.field} {self.name} {self.how}"


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], stage: str = ""
) -> Iterator[Change]:
    """The changes between the inputs of two fingerprints of a stage, most informative first."""
    for field, word in _WORDS.items():
        before, after = old.get(field), new.get(field)
        if before == after:
            continue
        if field != "runtime" and isinstance(after, dict):
            yield from _mapping(word, before or {}, after, stage)
        elif not same(before, after):
            yield Change(word, "", "changed", stage)


def service_changes(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> list[Change]:
    """The changes in the stages that decide a service.

    Args:
        old: the inputs of the old fingerprints, by stage.
        new: the inputs of the new fingerprints, in the order of the result.

    Returns:
        Each change once. A changed stage is left out if its own changes are included.
    """
    found: dict[tuple[str, str, str], Change] = {}
    for stage, inputs in new.items():
        for change in differences(old.get(stage, {}), inputs, stage) if stage in old else ():
            explained = change.field == "stage" and change.name in new and change.name in old
            if not explained:
                found.setdefault((change.field, change.name, change.how), change)
    return list(found.values())


def _mapping(
    field: str, old: Mapping[str, Any], new: Mapping[str, Any], stage: str
) -> Iterator[Change]:
    other = sorted(name for name, value in new.items() if old.get(name, value) != value)
    for name in other:
        if not same(old[name], new[name]):
            yield Change(field, name, "changed", stage)
    yield from (Change(field, name, "added", stage) for name in sorted(new.keys() - old.keys()))
    yield from (Change(field, name, "removed", stage) for name in sorted(old.keys() - new.keys()))
