"""Image configs and manifests, as defined by OCI and Docker. Pure."""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.execute.local.layout import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.execute.local.layers import Layer
    from msbuild.model import Healthcheck, Runtime

CONFIG = "application/vnd.oci.image.config.v1+json"
# The time of all files of a context: 1980-01-01.
CREATED = "1980-01-01T00:00:00Z"
# BuildKit sets it in every image that has none, including `scratch`.
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Base:
    """A base image.

    Attributes:
        layers: descriptors of its layers.
        config: its config; empty for ``scratch``.
    """

    layers: tuple[Mapping[str, Any], ...] = ()
    config: Mapping[str, Any] | None = None


def config_bytes(  # noqa: PLR0913
    runtime: Runtime,
    base: Base,
    layers: Sequence[Layer],
    *,
    history: Sequence[str],
    labels: Mapping[str, str],
    platform: str,
) -> bytes:
    """The config of an image.

    Args:
        runtime: how it starts.
        base: its base image.
        layers: its own layers.
        history: the step that created each of them.
        labels: labels in addition to those of the runtime.
        platform: such as ``linux/amd64``.
    """
    system, _, architecture = platform.partition("/")
    below = dict(base.config or {})
    rootfs = list((below.get("rootfs") or {}).get("diff_ids") or ())
    steps = [{"created": CREATED, "created_by": step, "comment": "msbuild"} for step in history]
    config = {
        "created": CREATED,
        "architecture": below.get("architecture", architecture),
        "os": below.get("os", system),
        **({"variant": below["variant"]} if "variant" in below else {}),
        "config": _settings(runtime, below.get("config") or {}, labels),
        "rootfs": {"type": "layers", "diff_ids": [*rootfs, *(each.diff_id for each in layers)]},
        "history": [*(below.get("history") or ()), *steps],
    }
    return _canonical(config)


def manifest_bytes(
    config: tuple[str, int], base: Base, layers: Sequence[Layer], labels: Mapping[str, str]
) -> bytes:
    """The manifest of an image.

    Args:
        config: digest and size of the config.
        base: the base image.
        layers: its own layers.
        labels: added as annotations, so that tools see them without the config.
    """
    own = [
        {"mediaType": layer.media_type, "digest": layer.digest, "size": layer.size}
        for layer in layers
    ]
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": config[0], "size": config[1]},
        "layers": [*base.layers, *own],
        "annotations": dict(labels),
    }
    return _canonical(manifest)


def _settings(
    runtime: Runtime, below: Mapping[str, Any], labels: Mapping[str, str]
) -> dict[str, Any]:
    """The part that Docker calls ``Config``: that of the base, changed as a Dockerfile would."""
    settings = dict(below)
    settings["User"] = str(runtime.user)
    settings["WorkingDir"] = posixpath.join(below.get("WorkingDir") or "/", runtime.workdir)
    settings["Env"] = _env(below.get("Env") or (), runtime.env)
    if all_labels := {**(below.get("Labels") or {}), **runtime.labels, **labels}:
        settings["Labels"] = all_labels
    if ports := {**(below.get("ExposedPorts") or {}), **_ports(runtime.ports)}:
        settings["ExposedPorts"] = ports
    if runtime.healthcheck:
        settings["Healthcheck"] = _healthcheck(runtime.healthcheck)
    if runtime.entrypoint:
        settings["Entrypoint"] = list(runtime.entrypoint)
        # the base's arguments are for another program
        settings.pop("Cmd", None)
    if runtime.command:
        settings["Cmd"] = list(runtime.command)
        # it has no meaning on Linux, but BuildKit sets it for every `CMD` of a Dockerfile
        settings["ArgsEscaped"] = True
    return settings


def _env(below: Sequence[str], own: Mapping[str, str]) -> list[str]:
    found = dict(pair.split("=", 1) for pair in below) or {"PATH": _PATH}
    found.setdefault("PATH", _PATH)
    for name in sorted(own):
        found[name] = own[name]
    return [f"{name}={value}" for name, value in found.items()]


def _ports(ports: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for port in ports:
        numbers, _, protocol = port.partition("/")
        first, _, last = numbers.partition("-")
        for number in range(int(first), int(last or first) + 1):
            found[f"{number}/{protocol or 'tcp'}"] = {}
    return found


def _healthcheck(check: Healthcheck) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Test": ["CMD", *check.command],
        "Interval": round(check.interval * _NANOSECONDS),
        "Timeout": round(check.timeout * _NANOSECONDS),
        "StartPeriod": round(check.start_period * _NANOSECONDS),
        "Retries": check.retries,
    }
    return {name: value for name, value in found.items() if value}


def _canonical(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
