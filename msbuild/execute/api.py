"""The executor API: jobs go in, results come out. An executor never decides what to build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from msbuild.model import StageRef

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Mapping, Sequence

    from msbuild.execute.evidence import Evidence
    from msbuild.model import Stage


LABEL_WORKSPACE = "org.msbuild.workspace"
LABEL_SERVICE = "org.msbuild.service"
LABEL_FINGERPRINT = "org.msbuild.fingerprint"
"""Labels on every service image: its workspace, its service and its fingerprint."""


@dataclass(frozen=True, slots=True)
class Job:
    """One unit of work for an executor: a shared stage, or a service with its own stages.

    Attributes:
        name: the service, or the shared stage.
        stages: the stages up to and including the target, parents first. They include stages
            that other jobs have built: the executor finds those in its cache.
        own: names of the stages that this job has to build.
        tags: tags for the image; empty if the target stays inside the engine.
        labels: added to the image next to those of the config.
        pins: the exact image for every image reference in the stages.
        hashes: content hash of every source file of the job at planning time, to detect files
            edited since.
        fingerprints: fingerprint of every stage, by name; executors that store results use them
            as keys.
        no_cache: rerun every step of ``own``.
        cache_from: image in which other machines may have stored the results of this job; empty
            if this machine has built it before.
        alone: whether it is the only job of its run.
    """

    name: str
    stages: tuple[Stage, ...]
    own: frozenset[str]
    tags: tuple[str, ...]
    labels: Mapping[str, str]
    pins: Mapping[str, str]
    hashes: Mapping[str, str]
    fingerprints: Mapping[str, str]
    no_cache: bool = False
    cache_from: str = ""
    alone: bool = False

    @property
    def target(self) -> Stage:
        """The stage to build."""
        return self.stages[-1]

    def stage(self, name: str) -> Stage:
        """A stage by name."""
        return next(stage for stage in self.stages if stage.name == name)

    def chain(self, stage: Stage) -> list[Stage]:
        """A stage and all stages it is based on, the root first."""
        chain = [stage]
        while isinstance(stage.base, StageRef):
            stage = self.stage(stage.base.stage)
            chain.insert(0, stage)
        return chain


@dataclass(frozen=True, slots=True)
class Vertex:
    """A step as the executor ran it.

    Attributes:
        stage: the stage it belongs to; empty for the executor's own steps.
        name: the name of the step as shown to users.
        cached: whether its result came from the cache.
        started, completed: seconds since the epoch; ``None`` if that has not happened yet.
        error: what went wrong; empty on success.
    """

    stage: str
    name: str
    cached: bool
    started: float | None
    completed: float | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class JobResult:
    """The result of a job.

    Attributes:
        image: id of the image; empty for shared stages.
        size: bytes of the image; 0 for shared stages.
        vertices: the steps, in the order in which they ended.
        context_bytes: bytes of the build context.
    """

    image: str
    size: int
    vertices: tuple[Vertex, ...]
    context_bytes: int


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """An image of this workspace that already exists in the executor or the registry.

    Attributes:
        id: id of the image; its digest if only the registry has it.
        tags: all its tags.
        size: bytes.
        created: seconds since the epoch.
        labels: its labels.
        remote: whether only the registry has it; size and time are unknown then.
    """

    id: str
    tags: frozenset[str]
    size: int
    created: float
    labels: Mapping[str, str]
    remote: bool = False


@dataclass(frozen=True, slots=True)
class StoredItem:
    """Something an executor stores and can recreate.

    Attributes:
        kind: what it is, as shown to users.
        name: which one.
        size: bytes.
        used: time of last use, in seconds since the epoch.
        remove: removes it.
    """

    kind: str
    name: str
    size: int
    used: float
    remove: Callable[[], None]


class Progress(Protocol):
    """Receives progress from an executor; safe to call from any thread."""

    def step(self, vertex: Vertex) -> None:
        """A step started or ended."""

    def line(self, step: str, text: str) -> None:
        """A step printed a line."""


class Silent:
    """Progress that is discarded."""

    def step(self, vertex: Vertex) -> None:
        """Ignore a step."""

    def line(self, step: str, text: str) -> None:
        """Ignore a line."""


class Executor(Protocol):
    """Builds jobs. All methods are safe to call from several threads at once.

    Errors: ``UnavailableError`` if the engine is missing or too old, ``TransientError`` if a retry
    may succeed, ``BuildError`` if a step failed, ``Cancelled`` if the job was cancelled.

    Attributes:
        name: as in ``--executor``.
        builds_parents: whether a job also builds the shared stages it is based on, if they are
            missing. If not, each of them needs a job of its own.
    """

    name: str
    builds_parents: bool

    def describe(self) -> str:
        """The engine and its version in one line; raises if no usable engine is available."""

    def platform(self) -> str:
        """The platform that images are built for: ``linux/amd64``."""

    def prepare(self, stages: Sequence[Stage]) -> Sequence[Stage]:
        """The stages as this executor builds them; its changes become part of fingerprints."""

    def pin(self, references: Sequence[str], *, refresh: bool = False) -> Mapping[str, str]:
        """The exact image behind each reference: ``name@sha256:…``, or the id of a local image."""

    def images(
        self, workspace: str, repositories: Collection[str] | None = None
    ) -> Sequence[BuiltImage]:
        """The existing images of a workspace.

        Args:
            workspace: its name.
            repositories: only images with a tag in one of these are needed; others may be
                returned as well.
        """

    def evidence(self, tags: Mapping[str, str], bases: Mapping[str, str]) -> Evidence | None:
        """The data that proves to a later run, without this executor, that images still exist.

        Args:
            tags: the image id behind each tag.
            bases: the pin of each base image that is in no lock file.

        Returns:
            ``None`` if a proof would cost too many requests.
        """

    def tag(self, image: str, tags: Sequence[str]) -> None:
        """Add tags to an image."""

    def push(self, tags: Sequence[str], progress: Progress) -> None:
        """Push images to their registries."""

    def execute(self, job: Job, progress: Progress, cancel: threading.Event) -> JobResult:
        """Build one job; returns when it is built, raises when it failed."""

    def builder_sizes(self, jobs: Sequence[Job]) -> Mapping[str, int]:
        """Bytes of the stages that compiled services, by job; jobs of unknown size are left out."""

    def close(self) -> None:
        """Close connections."""


@runtime_checkable
class StagePublisher(Protocol):
    """An executor that can share its stages with other machines; not every executor can."""

    def publish(self, job: Job, reference: str, progress: Progress) -> None:
        """Push the result of a shared job to a registry, as a cache for other machines."""


class Cancelled(Exception):
    """The job was cancelled."""
