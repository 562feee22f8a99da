"""The local executor: builds jobs with the compilers of this host, and images without an engine."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from msbuild.errors import ConfigError, ConfigErrors, UnavailableError, environment_error
from msbuild.execute.api import LABEL_WORKSPACE, BuiltImage, JobResult
from msbuild.execute.certificates import with_certificate_facts
from msbuild.execute.evidence import LAYOUT, Evidence
from msbuild.execute.job_run import JobRun, StepRecorder, running_step
from msbuild.execute.local.bases import Bases
from msbuild.execute.local.layout import (
    GZIP,
    MANIFEST,
    Blobs,
    LayoutIndex,
    layer_media_type,
)
from msbuild.execute.local.locks import locked
from msbuild.execute.local.toolchains import HostToolchains
from msbuild.model import CopyArtifact, StageKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from msbuild.execute.api import Job, Progress
    from msbuild.execute.local.image import Assembled, ImageMaker
    from msbuild.execute.local.isolation import Isolation
    from msbuild.execute.local.skopeo import Skopeo
    from msbuild.execute.local.stages import StageMaker
    from msbuild.execute.local.store import Store
    from msbuild.model import Stage, Workspace
    from msbuild.sources.tree import SourceTree

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
_HINT = "build it in containers with `--executor docker`, or remove `packages` from its runtime"


class LocalExecutor:
    """Implements ``api.Executor`` on this host.

    Args:
        store: stores stages, images and caches.
        sources: the source tree; without it nothing can be built.
        ca_bundle: the certificates that downloading steps trust.
        compression: of layers; ``None`` for gzip, while accepting existing images of any kind.
        offline: send no requests to registries.
    """

    name = "local"
    builds_parents = False

    def __init__(  # noqa: PLR0913 - settings, most of them optional
        self,
        store: Store,
        sources: SourceTree | None = None,
        ca_bundle: Path | None = None,
        compression: str | None = None,
        *,
        offline: bool = False,
        toolchains: Mapping[str, Any] | None = None,
    ) -> None:
        self.store = store
        self.blobs = Blobs(store.layout)
        self.index = LayoutIndex(store.layout, store.lock("index"))
        self._sources = sources
        self._ca_bundle = ca_bundle
        self._compression = compression
        self._offline = offline
        self._bases = Bases(store, self.blobs, self.index, self._skopeo)
        self._toolchains = HostToolchains(toolchains)
        self._lock = threading.Lock()

    def _skopeo(self) -> Skopeo:
        from msbuild.execute.local.skopeo import Skopeo  # noqa: PLC0415 - not for every run

        return Skopeo(self.platform(), offline=self._offline)

    @cached_property
    def _found_isolation(self) -> Isolation:
        from msbuild.execute.local.isolation import find_isolation  # noqa: PLC0415 - likewise

        return find_isolation()

    def isolation(self) -> Isolation:
        """The isolation of steps; detected once."""
        with self._lock:
            return self._found_isolation

    def stage_maker(self, run: JobRun, isolation: Callable[[], Isolation]) -> StageMaker:
        """A maker of a job's stages that uses the given isolation."""
        # modules that only jobs need are imported when the first job starts
        from msbuild.execute.local.stages import StageMaker  # noqa: PLC0415

        return StageMaker(run, self.store, isolation, self._toolchains)

    def job_run(self, job: Job, progress: Progress, cancel: threading.Event) -> JobRun:
        """The context of a running job."""
        if self._sources is None:
            raise AssertionError("an executor without sources cannot build")
        return JobRun(job, self._sources, self._ca_bundle, progress, cancel)

    def describe(self) -> str:
        """The platform and the isolation, in one line."""
        return f"this host ({self.platform()}), steps in {_ISOLATIONS[self.isolation().name]}"

    def platform(self) -> str:
        """The platform that images are built for: that of this host."""
        machine = os.uname().machine
        return f"linux/{_MACHINES.get(machine, machine)}"

    def prepare(self, stages: Sequence[Stage]) -> Sequence[Stage]:
        """The stages with the compilers of this host in place of toolchain images."""
        return with_certificate_facts(self._toolchains.prepare(stages))

    def pin(self, references: Sequence[str], *, refresh: bool = False) -> Mapping[str, str]:
        """The exact image behind each reference: ``name:tag@sha256:…``."""
        return {name: self._bases.pin(name, refresh=refresh) for name in references}

    def images(
        self, workspace: str, repositories: Collection[str] | None = None
    ) -> Sequence[BuiltImage]:
        """The complete and undamaged images of a workspace."""
        found = (
            self._image(digest, tags)
            for digest, tags in self.index.digests().items()
            if repositories is None or any(tag.rpartition(":")[0] in repositories for tag in tags)
        )
        return [
            image for image in found if image and image.labels.get(LABEL_WORKSPACE) == workspace
        ]

    def evidence(self, tags: Mapping[str, str], bases: Mapping[str, str]) -> Evidence | None:
        """The OCI layout, with the file stats of every blob and of the compilers."""
        if self._toolchains.stat_cache.inconclusive:
            return None
        found = self._bases.held(bases)
        try:
            blobs = self.blobs.file_stats(self._parts(tags.values()))
        except UnavailableError:
            return None
        if found is None or blobs is None:
            return None
        files = {**self._toolchains.stat_cache.stats, **blobs}
        place, known = str(self.store.layout), self._toolchains.written()
        return Evidence(LAYOUT, place, {**found, **tags}, files, toolchains=known)

    def _parts(self, digests: Iterable[str]) -> Iterator[str]:
        """The digests of all blobs of images."""
        for digest in dict.fromkeys(digests):
            manifest = self.blobs.manifest(digest)
            yield digest
            yield from (part["digest"] for part in (manifest["config"], *manifest["layers"]))

    def tag(self, image: str, tags: Sequence[str]) -> None:
        """Add tags to an image.

        Raises:
            UnavailableError: the image does not exist.
        """
        size = len(self.blobs.read(image))
        self.index.point(tags, {"mediaType": MANIFEST, "digest": image, "size": size})

    def push(self, tags: Sequence[str], progress: Progress) -> None:
        """Push images to their registries, one after another.

        Raises:
            UnavailableError: a blob is damaged, or a registry rejects the push.
        """
        skopeo = self._skopeo()
        for tag in tags:
            self.check(tag)
            digest = self.index.read()[tag]["digest"]
            skopeo.push(self.store.layout, tag, digest, partial(progress.line, f"push {tag}"))

    def builder_sizes(self, jobs: Sequence[Job]) -> Mapping[str, int]:  # noqa: ARG002
        """Empty: the compilers belong to the host, not to a stage."""
        return {}

    def check(self, tag: str) -> Mapping[str, Any]:
        """The manifest behind a tag, after hashing every blob of the image.

        Raises:
            UnavailableError: the tag does not exist, or a blob is missing or damaged.
        """
        entry = self.index.read().get(tag)
        if entry is None:
            raise UnavailableError(
                f"the image `{tag}` does not exist", hint="build it with `msbuild build`"
            )
        manifest = self.blobs.manifest(entry["digest"])
        for blob in (manifest["config"], *manifest["layers"]):
            self.blobs.check(blob["digest"])
        return manifest

    def config(self, tag: str) -> Mapping[str, Any]:
        """The config of the image behind a tag.

        Raises:
            UnavailableError: the tag does not exist, or the image is damaged.
        """
        return self.blobs.config(self.check(tag)["config"]["digest"])

    def execute(self, job: Job, progress: Progress, cancel: threading.Event) -> JobResult:
        """Build one job."""
        steps = StepRecorder(progress)
        run = self.job_run(job, steps, cancel)
        try:
            self.store.prepare()
            # `msbuild prune` waits for this lock
            with locked(self.store.lock("use"), shared=True, cancel=cancel):
                if job.target.kind is StageKind.TOOLCHAIN:
                    self._check_toolchain(run, progress)
                    return JobResult("", 0, tuple(steps.ended), 0)
                return self._make(run, steps)
        except OSError as error:
            # errors of writes to open files do not name the file
            raise environment_error(error, str(self.store.root)) from error

    def _check_toolchain(self, run: JobRun, progress: Progress) -> None:
        """Check that this host has the programs of a toolchain stage.

        Raises:
            BuildError: one is missing.
        """
        name = run.job.target.name
        if toolchain := self._toolchains.of(name):
            # not recorded: the check itself builds nothing
            with running_step(progress, name, "find compilers on this host"):
                toolchain.check(name)
            run.found(name, "compilers of this host")

    def _make(self, run: JobRun, steps: StepRecorder) -> JobResult:
        job, maker = run.job, self.stage_maker(run, self.isolation)
        if not job.tags:
            maker.make(job.target.name, complete=True)
            return JobResult("", 0, tuple(steps.ended), maker.copied)
        images = self._image_maker(run)
        image = self._image_of(run, maker, images)
        copied = maker.copied + images.copied
        return JobResult(image.digest, image.size, tuple(steps.ended), copied)

    def _image_maker(self, run: JobRun) -> ImageMaker:
        from msbuild.execute.local.image import ImageMaker  # noqa: PLC0415 - only jobs need it
        from msbuild.execute.local.layers import LayerPacker  # noqa: PLC0415 - likewise

        packer = LayerPacker(self.blobs, self.store.layers, self._compression or GZIP)
        return ImageMaker(run, self.blobs, packer, self._bases, self.platform())

    def _image_of(self, run: JobRun, maker: StageMaker, images: ImageMaker) -> Assembled:
        target = run.job.target
        existing = self._existing(run.job)
        sources_of = {step.stage for step in target.steps if isinstance(step, CopyArtifact)}
        with ExitStack() as locks:
            artifacts = {
                stage: locks.enter_context(maker.reading(stage)) for stage in sorted(sources_of)
            }
            image = images.make(artifacts.__getitem__)
        self.index.point(run.job.tags, image.descriptor)
        if image.digest in existing:
            run.found(target.name, "image")
        else:
            with run.step(target.name, "image"):
                pass
        return image

    def _existing(self, job: Job) -> set[str]:
        """The complete images that the tags of a job point to now."""
        entries = self.index.read()
        digests = {str(entries[tag]["digest"]) for tag in job.tags if tag in entries}
        return {digest for digest in digests if self._image(digest, frozenset())}

    def close(self) -> None:
        """Nothing to close."""

    def _image(self, digest: str, tags: frozenset[str]) -> BuiltImage | None:
        """An image, if it is complete and undamaged."""
        try:
            manifest = self.blobs.manifest(digest)
            config = self.blobs.config(manifest["config"]["digest"])
            layers = manifest["layers"]
            created = self.blobs.path(digest).stat().st_mtime
        except (UnavailableError, OSError):
            return None
        if not all(self.blobs.intact(layer["digest"]) for layer in layers):
            return None
        if self._compression and layer_media_type(self._compression) not in {
            layer["mediaType"] for layer in layers
        }:
            return None
        size = sum(layer["size"] for layer in layers) + manifest["config"]["size"]
        labels = (config.get("config") or {}).get("Labels") or {}
        return BuiltImage(digest, tags, size, created, labels)


_ISOLATIONS = {
    "bwrap": "bubblewrap",
    "directory": "plain directories (bubblewrap is not usable here)",
}


def check_services(workspace: Workspace, services: Sequence[str]) -> None:
    """Check that this host can build the services without a container.

    Args:
        workspace: the workspace.
        services: the services.

    Raises:
        ConfigErrors: it cannot; names the services and their lines in the config.
    """
    problems = [
        ConfigError(
            f"service `{name}` installs {_listed(service.runtime.packages)} into its image, "
            "which is only possible in a container",
            hint=_HINT,
            at=service.at,
        )
        for name in services
        if (service := workspace.services[name]).runtime.packages
    ]
    if problems:
        raise ConfigErrors(problems)


def _listed(packages: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in packages)
