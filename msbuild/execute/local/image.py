"""Assembles the image of a service: layers that change least come first, config and manifest."""

from __future__ import annotations

import json
import os
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.errors import BuildError, ConfigError
from msbuild.execute.certificates import CERTIFICATES, distribution_bundle
from msbuild.execute.dockerfile import group_line, passwd_line
from msbuild.execute.local.bases import Base
from msbuild.execute.local.layers import Entry
from msbuild.execute.local.layout import MANIFEST
from msbuild.execute.local.placing import artifact_name, real_source
from msbuild.model import SCRATCH, AddUser, Certificates, Copy, CopyArtifact, ImageRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from msbuild.execute.job_run import JobRun
    from msbuild.execute.local.bases import Bases
    from msbuild.execute.local.layers import Layer, LayerPacker
    from msbuild.execute.local.layout import Blobs
    from msbuild.execute.local.stage_store import StageStore
    from msbuild.model import Healthcheck, Runtime, Stage, Step

_PASSWD, _GROUP = "/etc/passwd", "/etc/group"
CONFIG = "application/vnd.oci.image.config.v1+json"
# The time of all files of a context: 1980-01-01.
CREATED = "1980-01-01T00:00:00Z"
# BuildKit sets it in every image that has none, including `scratch`.
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Assembled:
    """An image in the store: its manifest, and the bytes of all its blobs."""

    descriptor: Mapping[str, object]
    digest: str
    size: int


class ImageMaker:
    """Makes the image of a job from its target, a runtime stage.

    Args:
        run: the job.
        blobs: stores the blobs.
        packer: packs the layers.
        bases: provides the base images.
        platform: the platform of the image.

    Attributes:
        copied: bytes of sources copied so far.
    """

    def __init__(
        self, run: JobRun, blobs: Blobs, packer: LayerPacker, bases: Bases, platform: str
    ) -> None:
        self._run = run
        self._blobs = blobs
        self._packer = packer
        self._bases = bases
        self._platform = platform
        self.copied = 0

    def make(self, artifact: Callable[[str], StageStore]) -> Assembled:
        """The image.

        Args:
            artifact: returns the stored result of another stage.
        """
        job = self._run.job
        stage, runtime = job.target, job.target.runtime
        assert runtime is not None  # noqa: S101 - for the type checker
        base = self._base(stage)
        groups = self._groups(stage, runtime, base, artifact)
        layers = [self._packer.pack(entries) for _, entries in groups]
        history = [name for name, _ in groups]
        config = config_bytes(
            runtime,
            base,
            layers,
            history=history,
            labels=job.labels,
            platform=self._platform,
        )
        settings = (self._blobs.add(config), len(config))
        manifest = manifest_bytes(settings, base, layers, job.labels)
        digest = self._blobs.add(manifest)
        size = len(config) + len(manifest)
        size += sum(layer.size for layer in layers) + sum(each["size"] for each in base.layers)
        descriptor = {"mediaType": MANIFEST, "digest": digest, "size": len(manifest)}
        return Assembled(descriptor, digest, size)

    def _base(self, stage: Stage) -> Base:
        assert isinstance(stage.base, ImageRef)  # noqa: S101 - for the type checker
        reference = stage.base.reference
        if reference == SCRATCH:
            return Base()
        return self._bases.load(self._run.job.pins[reference], self._run.cancel)

    def _groups(
        self,
        stage: Stage,
        runtime: Runtime,
        base: Base,
        artifact: Callable[[str], StageStore],
    ) -> list[tuple[str, list[Entry]]]:
        """The entries of each layer: settings, one layer for each asset, all artifacts."""
        settings: list[Entry] = []
        assets: list[tuple[str, list[Entry]]] = []
        artifacts: list[Entry] = []
        names: list[str] = []
        for step in stage.steps:
            match step:
                case AddUser():
                    settings += self._user(step, runtime, base)
                case Certificates():
                    settings.append(Entry.of(CERTIFICATES, "file", distribution_bundle()))
                case Copy():
                    entries = list(self._asset(step, stage, runtime))
                    assets.append((f"COPY {step.strip} {step.destination}", entries))
                case CopyArtifact():
                    artifacts += _artifact(step, stage, runtime, artifact(step.stage))
                    names.append(artifact_name(step))
                case _:
                    raise _only_in_a_container(step, stage)
        found = [("user and certificates", settings), *assets, (" && ".join(names), artifacts)]
        return [(name, entries) for name, entries in found if entries]

    def _user(self, step: AddUser, runtime: Runtime, base: Base) -> Iterator[Entry]:
        lines = ((_PASSWD, passwd_line(step.user, runtime)), (_GROUP, group_line(step.user)))
        for path, line in lines:
            existing = self._bases.file(base, path)
            if existing and not existing.endswith(b"\n"):
                existing += b"\n"
            yield Entry.of(path, "file", existing + f"{line}\n".encode())

    def _asset(self, step: Copy, stage: Stage, runtime: Runtime) -> Iterator[Entry]:
        for path in step.files:
            content = self._run.content(path, stage.name)
            self.copied += len(content.data)
            place = posixpath.join("/", runtime.workdir, step.placed(path))
            yield Entry.of(posixpath.normpath(place), content.kind, content.data)


def _artifact(
    step: CopyArtifact, stage: Stage, runtime: Runtime, made: StageStore
) -> Iterator[Entry]:
    place = posixpath.normpath(posixpath.join("/", runtime.workdir, step.destination))
    source = real_source(step, stage.name, made)
    found = {
        path: entry
        for path, entry in made.files.items()
        if source in (".", path) or path.startswith(f"{source}/")
    }
    if not found:
        raise BuildError(
            f"`{step.stage}` did not create `{step.source}`",
            stage=stage.name,
            step=artifact_name(step),
            hint="images can only contain what a stage leaves in `$OUT`",
        )
    if made.files.get(source, ("",))[0] in ("file", "executable") and step.destination.endswith(
        "/"
    ):
        place = posixpath.join(place, posixpath.basename(step.source.rstrip("/")))
    for path, (kind, digest) in sorted(found.items()):
        rest = path if source == "." else path.removeprefix(source).lstrip("/")
        file = made.out / path
        target = posixpath.normpath(posixpath.join(place, rest))
        if kind == "link":
            yield Entry(target, kind, digest, os.fsencode(file.readlink()))
        else:
            yield Entry(target, kind, digest, file)


def _only_in_a_container(step: Step, stage: Stage) -> ConfigError:
    return ConfigError(f"`{stage.name}` has a step that needs a container: {type(step).__name__}")


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
