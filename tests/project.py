"""A workspace made of text, a language without a compiler, and an executor that counts."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from msbuild import pipeline
from msbuild.errors import BuildError, UnavailableError
from msbuild.events import JobFinished
from msbuild.execute.api import LABEL_FINGERPRINT, BuiltImage, JobResult, Vertex
from msbuild.graph.assemble import assemble
from msbuild.graph.stage_graph import divide_into_jobs
from msbuild.model import Builder, CustomStage, Location, Runtime, Service, Workspace
from msbuild.planning import planner
from msbuild.plugin.api import (
    Artifact,
    Copy,
    Inputs,
    Option,
    Run,
    ServiceBuild,
    Sources,
    Stage,
    StageKind,
    StageRef,
    TargetPlatform,
    toolchain,
)
from msbuild.run_options import RunOptions
from msbuild.sources.tree import SourceTree
from msbuild.workspace import loading

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from msbuild.events import Event
    from msbuild.execute.api import Job, Progress
    from msbuild.planning.planner import Plan

HERE = Location("msbuild.yaml", 1, 1)


def used_libraries(text: str) -> list[str]:
    return [line.removeprefix("use ") for line in text.splitlines() if line.startswith("use ")]


class TextLanguage:
    """A service is its directory and the libraries that a line `use lib/x` of it names."""

    name = "text"
    version = "1"
    builder_options: Sequence[Option] = ()
    service_options: Sequence[Option] = ()

    def __init__(self) -> None:
        self.users: Sequence[Service] = ()
        self.target: TargetPlatform | None = None

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:
        del builder
        own = sources.files(service.path)
        used = [name for path in own for name in sources.scan(path, used_libraries)]
        libraries = [path for directory in used for path in sources.files(directory)]
        return Inputs(dict.fromkeys([*own, *libraries], "by name"))

    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> list[Stage]:
        self.users = services
        del sources
        deps = Stage(
            f"{builder.name}-deps",
            StageKind.DEPENDENCIES,
            StageRef(f"{builder.name}-toolchain"),
            (Copy(("lock",)), Run("fetch", network=True)),
        )
        return [toolchain(builder), deps]

    def service_build(
        self,
        service: Service,
        builder: Builder,
        inputs: Inputs,
        shared: Sequence[Stage],
        sources: Sources,
    ) -> ServiceBuild:
        del builder, sources
        stage = Stage(
            f"{service.name}-build",
            StageKind.BUILD,
            StageRef(shared[-1].name, speed_only=True),
            (Copy(tuple(sorted(inputs.files))), Run(f'cat > "$OUT/{service.name}"')),
        )
        return ServiceBuild((stage,), (Artifact(service.name, service.name),), self.target)


@dataclass
class FakeExecutor:
    """Stores images in memory; a source file that contains `broken` does not compile."""

    sources: SourceTree
    name: str = "fake"
    builds_parents: bool = True
    held: dict[str, BuiltImage] = field(default_factory=dict)
    executed: Counter[str] = field(default_factory=Counter)
    made: set[str] = field(default_factory=set)
    pushed: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    pins: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def describe(self) -> str:
        return "fake 1.0"

    def platform(self) -> str:
        return "linux/amd64"

    def prepare(self, stages: Sequence[Stage]) -> Sequence[Stage]:
        return stages

    def pin(self, references: Sequence[str], *, refresh: bool = False) -> Mapping[str, str]:
        del refresh
        return {name: self.pins.get(name, f"{name}@sha256:{'0' * 64}") for name in references}

    def images(
        self, workspace: str, repositories: Collection[str] | None = None
    ) -> Sequence[BuiltImage]:
        del workspace, repositories
        return list(self.held.values())

    def evidence(self, tags: Mapping[str, str], bases: Mapping[str, str]) -> None:
        """Images in memory cannot be proved to exist later."""

    def tag(self, image: str, tags: Sequence[str]) -> None:
        for name, other in self.held.items():
            self.held[name] = replace(other, tags=other.tags - set(tags))
        self.held[image] = replace(self.held[image], tags=self.held[image].tags | set(tags))

    def push(self, tags: Sequence[str], progress: Progress) -> None:
        del progress
        self.pushed.extend(tags)

    def publish(self, job: Job, reference: str, progress: Progress) -> None:
        del job, progress
        if "refused" in reference:
            raise UnavailableError("the registry does not take it")
        self.published.append(reference)

    def execute(self, job: Job, progress: Progress, cancel: threading.Event) -> JobResult:
        del progress, cancel
        with self.lock:
            self.executed[job.name] += 1
            for path in job.target.files or [f for s in job.stages for f in s.files]:
                if b"broken" in self.sources.content(path).data:
                    raise BuildError("exit code: 1", stage=job.target.name, tail=["no way"])
            if not job.tags:
                found = job.name in self.made
                self.made.add(job.name)
                return JobResult("", 0, (Vertex(job.target.name, "RUN", found, 0, 1),), 0)
            image = f"id-{job.labels[LABEL_FINGERPRINT]}"
            self.held[image] = BuiltImage(image, frozenset(), 7, 0.0, job.labels)
            self.tag(image, job.tags)
            return JobResult(image, 7, (Vertex(job.target.name, "RUN", False, 0, 1),), 3)

    def builder_sizes(self, jobs: Sequence[Job]) -> Mapping[str, int]:
        return {job.name: 9 for job in jobs}

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class RunResult:
    """The result of one run."""

    exit_code: int
    executed: Counter[str]
    events: list[Event]
    plan: Plan


class Project:
    """A workspace below a directory; its engine outlives the runs."""

    def __init__(self, root: Path, services: Sequence[str], registry: str | None = None) -> None:
        self.root = root
        self.registry = registry
        self.services = {
            name: Service(name, "text", f"services/{name}", {}, (), Runtime(), (), HERE)
            for name in services
        }
        self.builders = ["text"]
        self.builder_cores: int | None = None
        self.builder_inputs: tuple[str, ...] = ()
        self.stages: Mapping[str, CustomStage] = {}
        self.verified: Mapping[str, Sequence[str]] = {}
        self.language = TextLanguage()
        self.executor = FakeExecutor(SourceTree(root))
        self.write({"lock": "", **{f"services/{name}/main": name for name in services}})

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)

    def load(self) -> loading.Loaded:
        builders = {
            name: Builder(
                *(name, "text", "debian:trixie-slim", ("cat",), {}, {}, HERE),
                cores=self.builder_cores,
                inputs=self.builder_inputs,
            )
            for name in self.builders
        }
        workspace = Workspace(
            name="shop",
            file=self.root / "msbuild.yaml",
            source_root=self.root,
            registry=self.registry,
            ca_bundle="none",
            plugins=(),
            builders=builders,
            stages=self.stages,
            services=self.services,
        )
        sources = SourceTree(self.root)
        assembly = assemble(workspace, {"text": self.language}, sources, self.verified)
        return loading.Loaded(
            workspace, {}, sources, assembly, divide_into_jobs(assembly.graph, self.services)
        )

    def publish(self, run: RunResult, repository: str) -> list[str]:
        ends = {event.job: event.outcome for event in run.events if isinstance(event, JobFinished)}
        return pipeline.publish(run.plan, self.executor, ends, repository)

    def plan(self, *names: str, **request: Any) -> Plan:
        return self._plan(names, **request).plan

    def run(
        self,
        *names: str,
        no_cache: bool = False,
        tags: Sequence[str] = ("latest",),
        push: bool = False,
    ) -> RunResult:
        options = RunOptions(jobs=4, no_cache=no_cache, tags=tuple(tags), push=push)
        planned = self._plan(names, options=options)
        self.executor.executed.clear()
        events: list[Event] = []
        code = pipeline.execute(planned, self.executor, options, events.append, threading.Event())
        return RunResult(code, Counter(self.executor.executed), events, planned.plan)

    def _plan(self, names: Sequence[str], **request: Any) -> pipeline.Planned:
        loaded = self.load()
        self.executor.sources = loaded.sources
        services = loading.select(loaded.workspace, names)
        asked = planner.Request(services, **request)
        return pipeline.plan(loaded, self.executor, asked, time.monotonic())
