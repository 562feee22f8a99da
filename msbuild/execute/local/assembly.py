"""Assembles the image of a service; layers that change least come first."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.errors import BuildError, ConfigError
from msbuild.execute.certificates import distribution_bundle
from msbuild.execute.dockerfile import CERTIFICATES, group_line, passwd_line
from msbuild.execute.local.image import Base, config_bytes, manifest_bytes
from msbuild.execute.local.layers import Entry
from msbuild.execute.local.layout import MANIFEST
from msbuild.execute.local.placing import artifact_name, real_source
from msbuild.model import SCRATCH, AddUser, Certificates, Copy, CopyArtifact, ImageRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from msbuild.execute.job_run import JobRun
    from msbuild.execute.local.bases import Bases
    from msbuild.execute.local.blobs import Blobs
    from msbuild.execute.local.layers import LayerPacker
    from msbuild.execute.local.stage_store import StageStore
    from msbuild.model import Runtime, Stage, Step

_PASSWD, _GROUP = "/etc/passwd", "/etc/group"


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
