"""Compares the inputs of two fingerprints, field by field, to explain why a service is rebuilt."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
