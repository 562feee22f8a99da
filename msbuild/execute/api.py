"""What an executor is asked to do. It does; it never decides what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection, Mapping, Sequence

    from msbuild.execute.evidence import Evidence
    from msbuild.model import Stage


LABEL_WORKSPACE = "org.msbuild.workspace"
LABEL_SERVICE = "org.msbuild.service"
LABEL_FINGERPRINT = "org.msbuild.fingerprint"
"""The labels of every image of a service: whose it is, and what it was made from."""


@dataclass(frozen=True, slots=True)
class Job:
    """One unit of work for an executor: a shared stage, or a service with the stages of its own.

    Attributes:
        name: the service, or the shared stage.
        stages: the stages up to and including the target, parents first. Those that other jobs
            have made already are among them: the executor finds them in its cache.
        own: the names of the stages that this job is there to make.
        tags: what the image is called afterwards; empty where the target stays inside the engine.
        labels: put on the image beside those of the config.
        pins: the exact image for every image reference the stages name.
        hashes: the content hash that the plan saw for every source file of the job, so that a file
            edited meanwhile is noticed.
        fingerprints: of every stage, by name: what an executor that keeps results keeps them under.
        no_cache: run every step of ``own`` anew.
        cache_from: where other machines may have left what this job makes; empty where this one
            has made it before.
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
        """The stage that is wanted."""
        return self.stages[-1]


@dataclass(frozen=True, slots=True)
class Vertex:
    """A step as the executor ran it.

    Attributes:
        stage: the stage it belongs to, empty for the executor's own steps.
        name: the step as the user knows it.
        cached: whether it was found instead of run.
        started, completed: seconds since the epoch; ``None`` where it has not come to that.
        error: what went wrong, empty where nothing did.
    """

    stage: str
    name: str
    cached: bool
    started: float | None
    completed: float | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job made.

    Attributes:
        image: the image's id, empty for shared stages.
        size: bytes of the image, 0 for shared stages.
        vertices: the steps, in the order they ended.
        context_bytes: how much was sent to the engine.
    """

    image: str
    size: int
    vertices: tuple[Vertex, ...]
    context_bytes: int


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """An image of this workspace that the executor or the registry already holds.

    Attributes:
        id: the image's id; its digest where only the registry holds it.
        tags: everything it is called.
        size: bytes.
        created: seconds since the epoch.
        labels: its labels.
        remote: whether only the registry holds it; size and time are not known then.
    """

    id: str
    tags: frozenset[str]
    size: int
    created: float
    labels: Mapping[str, str]
    remote: bool = False


class Progress(Protocol):
    """Where an executor tells what is going on; safe to call from any thread."""

    def step(self, vertex: Vertex) -> None:
        """A step began or ended."""

    def line(self, step: str, text: str) -> None:
        """A step printed a line."""


class Executor(Protocol):
    """Builds jobs. All methods are safe to call from several threads at once.

    Errors: ``EnvironmentFault`` where the engine is absent or too old, ``TransientFault`` where
    another try may help, ``BuildFailure`` where a step failed, ``Cancelled`` where it was told to
    stop.

    Attributes:
        name: what it is called.
        builds_parents: whether a job also makes the shared stages below it, where they are gone.
            If not, each of them has to be a job, to be there for sure.
    """

    name: str
    builds_parents: bool

    def describe(self) -> str:
        """The engine and its version in one line; raises where there is none that will do."""

    def platform(self) -> str:
        """What images are built for: ``linux/amd64``."""

    def prepare(self, stages: Sequence[Stage]) -> Sequence[Stage]:
        """The stages as this executor makes them; what it changes becomes part of fingerprints."""

    def pin(self, references: Sequence[str], *, refresh: bool = False) -> Mapping[str, str]:
        """The exact image behind each reference: ``name@sha256:…``, or the id of a local image."""

    def images(
        self, workspace: str, repositories: Collection[str] | None = None
    ) -> Sequence[BuiltImage]:
        """The images of a workspace that are there already.

        Args:
            workspace: its name.
            repositories: no more is asked than for those with a tag in one of them; maybe more is
                answered.
        """

    def evidence(self, tags: Mapping[str, str], bases: Mapping[str, str]) -> Evidence | None:
        """What proves later that images still stand, without this executor.

        Args:
            tags: the image id behind each tag.
            bases: the pin of each base image that is in no lock file.

        Returns:
            Nothing where that cannot be proved without asking much.
        """

    def tag(self, image: str, tags: Sequence[str]) -> None:
        """Give an image more names."""

    def push(self, tags: Sequence[str], progress: Progress) -> None:
        """Send images to their registries."""

    def publish(self, job: Job, reference: str, progress: Progress) -> None:
        """Leave what a shared job made in a registry, for the executors of other machines."""

    def execute(self, job: Job, progress: Progress, cancel: threading.Event) -> JobResult:
        """Build one job, and return when it stands or has failed."""

    def builder_sizes(self, jobs: Sequence[Job]) -> Mapping[str, int]:
        """Bytes of the stages that compiled services, by job; without those it cannot tell."""

    def close(self) -> None:
        """Let go of connections."""


class Cancelled(Exception):
    """The job was told to stop and did."""


MakeExecutor = "Callable[[], Executor]"
