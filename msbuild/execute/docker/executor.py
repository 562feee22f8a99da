"""The Docker executor: builds jobs on the BuildKit inside a Docker engine."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.api import JobResult, Vertex
from msbuild.execute.context import pack
from msbuild.execute.docker import images
from msbuild.execute.docker.build import Bases, BuiltBases, build
from msbuild.execute.docker.images import builder_sizes
from msbuild.execute.docker.recipe import Marks, publishing_recipe, write_recipe
from msbuild.execute.docker.stream import pull, push, split_tag
from msbuild.execute.evidence import ENGINE, VARIABLES, Evidence, config_file, socket_path
from msbuild.execute.job_run import JobRun
from msbuild.registry.auth import Credentials
from msbuild.registry.names import repository_of
from msbuild.state.file_stat import stat_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from msbuild.execute.api import BuiltImage, Job, Progress
    from msbuild.execute.docker.engine import Engine
    from msbuild.model import Stage
    from msbuild.sources.tree import SourceTree


class DockerExecutor:
    """Implements ``api.Executor`` over the Engine API.

    Args:
        engine: the engine that builds.
        sources: the source tree; without it nothing can be built.
        ca_bundle: the certificates that downloading steps trust.
        marks: which stages were rebuilt with ``--no-cache``.
        offline: send no requests to registries.
    """

    name = "docker"
    builds_parents = True

    def __init__(
        self,
        engine: Engine,
        sources: SourceTree | None = None,
        ca_bundle: Path | None = None,
        marks: Marks | None = None,
        *,
        offline: bool = False,
    ) -> None:
        self._engine = engine
        self._sources = sources
        self._ca_bundle = ca_bundle
        self._marks = marks or Marks(None)
        self._offline = offline
        self._bases = Bases(engine, offline=offline)
        self._built_bases = BuiltBases(engine)
        self._credentials = Credentials()

    @property
    def engine(self) -> Engine:
        """The engine that builds."""
        return self._engine

    def describe(self) -> str:
        """The engine and its version in one line."""
        version = self._engine.version()
        self._engine.check_store()
        return f"{version.name} {version.version} (API {version.api}, {version.platform})"

    def platform(self) -> str:
        """The platform that images are built for."""
        return self._engine.version().platform

    def prepare(self, stages: Sequence[Stage]) -> Sequence[Stage]:
        """The stages unchanged: a Dockerfile can express all of them."""
        return stages

    def pin(self, references: Sequence[str], *, refresh: bool = False) -> Mapping[str, str]:
        """The exact image behind each reference: ``name:tag@sha256:…``, or an image's id.

        Args:
            references: names of images.
            refresh: look in the registries first, in the engine only for images they lack.
        """
        return images.pin_all(self._engine, references, refresh=refresh, offline=self._offline)

    def images(
        self,
        workspace: str,
        repositories: Collection[str] | None = None,  # noqa: ARG002 - one request lists all
    ) -> Sequence[BuiltImage]:
        """The images of a workspace that the engine has."""
        return images.of_workspace(self._engine, workspace)

    def evidence(self, tags: Mapping[str, str], bases: Mapping[str, str]) -> Evidence | None:
        """The engine's socket, if it is on this host: its list of images is the proof."""
        socket = socket_path()
        if socket is None:
            return None
        images = {name: pin.rpartition("@")[2] for name, pin in bases.items() if "@" not in name}
        config = config_file()
        files = {config: stat_of(config, follow=True)}
        return Evidence(ENGINE, socket, {**images, **tags}, files, VARIABLES)

    def tag(self, image: str, tags: Sequence[str]) -> None:
        """Add tags to an image."""
        images.tag(self._engine, image, tags)

    def push(self, tags: Sequence[str], progress: Progress) -> None:
        """Push images to their registries, one after another."""
        for tag in tags:
            push(self._engine, tag, progress, threading.Event())

    def execute(self, job: Job, progress: Progress, cancel: threading.Event) -> JobResult:
        """Build one job."""
        run = self._run(job, progress, cancel)
        self._bases.ensure(run)
        if not job.alone:
            self._built_bases.ensure(run)
        if job.no_cache:
            self._marks.renew(sorted(job.own))
        if job.cache_from:
            self._fetch_cache(run)
        recipe = write_recipe(run, self._marks_of(job))
        if recipe is None:
            return _nothing_to_do(job)
        with pack(run, recipe.own, recipe.files) as context:
            built = build(self._engine, run, recipe, context)
            sent = len(context)
        if not job.tags:
            images.remove(self._engine, built.image)
            return JobResult("", 0, built.vertices, sent)
        size = images.size(self._engine, job.tags[0], built.image)
        return JobResult(built.image, size, built.vertices, sent)

    def builder_sizes(self, jobs: Sequence[Job]) -> Mapping[str, int]:
        """Bytes of the stages that compiled services, by job."""
        return builder_sizes(self._engine, jobs)

    def publish(self, job: Job, reference: str, progress: Progress) -> None:
        """Push a shared stage to a registry, as an image that BuildKit can use as a cache."""
        run = self._run(job, progress, threading.Event())
        recipe = publishing_recipe(run, reference, self._marks_of(job))
        with pack(run, recipe.own, recipe.files) as context:
            build(self._engine, run, recipe, context)
        try:
            push(self._engine, reference, progress, run.cancel)
        finally:
            images.remove(self._engine, reference)

    def _run(self, job: Job, progress: Progress, cancel: threading.Event) -> JobRun:
        if self._sources is None:
            raise AssertionError("an executor without sources cannot build")
        return JobRun(job, self._sources, self._ca_bundle, progress, cancel)

    def _marks_of(self, job: Job) -> Mapping[str, str]:
        return self._marks.of(stage.name for stage in job.stages)

    def _fetch_cache(self, run: JobRun) -> None:
        """Pull the cache image if it needs credentials: BuildKit has none."""
        reference = run.job.cache_from
        repository, _ = split_tag(reference)
        if self._credentials.of(repository_of(repository).host):
            with suppress(UnavailableError):
                pull(self._engine, reference, run.progress, run.cancel)

    def close(self) -> None:
        """Close connections."""
        self._engine.close()


def _nothing_to_do(job: Job) -> JobResult:
    """The result of a shared stage without steps: it equals its base."""
    now = time.time()
    vertex = Vertex(job.target.name, "nothing to do", cached=True, started=now, completed=now)
    return JobResult("", 0, (vertex,), 0)
