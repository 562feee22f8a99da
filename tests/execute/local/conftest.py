from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from msbuild.execute.api import LABEL_FINGERPRINT, LABEL_WORKSPACE, Job
from msbuild.execute.local.executor import LocalExecutor
from msbuild.execute.local.store import Store
from msbuild.graph.stage_graph import StageGraph
from msbuild.model import (
    NONROOT,
    CopyArtifact,
    HostTool,
    ImageRef,
    Run,
    Runtime,
    Stage,
    StageKind,
    StageRef,
    Step,
)
from msbuild.planning.fingerprint import fingerprint_all
from msbuild.sources.tree import SourceTree
from tests.execute.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.execute.api import JobResult

SHELL = HostTool("sh", ("-c", "echo shell 1.0"), "dash")


def toolchain(**changes: object) -> Stage:
    values = {"host": (SHELL,), **changes}
    return Stage("sh-toolchain", StageKind.TOOLCHAIN, ImageRef("debian"), **values)  # type: ignore[arg-type]


def deps(*steps: Step) -> Stage:
    return Stage("sh-deps", StageKind.DEPENDENCIES, StageRef("sh-toolchain"), steps)


def build(*steps: Step, base: str = "sh-toolchain", name: str = "a") -> Stage:
    speed_only = base != "sh-toolchain"
    return Stage(f"{name}-build", StageKind.BUILD, StageRef(base, speed_only=speed_only), steps)


def runtime(*steps: Step, name: str = "a", **changes: object) -> Stage:
    values = {"base": "scratch", "user": NONROOT, "entrypoint": (f"./{name}",), **changes}
    settings = Runtime(**values)  # type: ignore[arg-type]
    artifact = CopyArtifact(f"{name}-build", name, f"./{name}")
    return Stage(
        name,
        StageKind.RUNTIME,
        ImageRef(settings.base),
        (*steps, artifact),
        runtime=settings,
    )


def script(text: str, **changes: object) -> Run:
    return Run(text, **changes)  # type: ignore[arg-type]


@dataclass
class Bench:
    """A source tree, a store, and an executor for them."""

    root: Path
    store: Store
    executor: LocalExecutor = field(init=False)
    recorder: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.executor = LocalExecutor(self.store, SourceTree(self.root))

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)

    def job(self, *stages: Stage, own: frozenset[str] = frozenset(), no_cache: bool = False) -> Job:
        prepared = tuple(self.executor.prepare(stages))
        sources, target = SourceTree(self.root), prepared[-1]
        names = [stage.name for stage in prepared]
        platform = self.executor.platform()
        graph = StageGraph(prepared, ordered=True)
        found = fingerprint_all(graph, names, sources.hash, {}, platform)
        labels = {LABEL_WORKSPACE: "shop", LABEL_FINGERPRINT: "f" * 64}
        return Job(
            name=target.name,
            stages=prepared,
            own=own or frozenset({target.name}),
            tags=(f"shop/{target.name}:latest",) if target.runtime else (),
            labels=labels if target.runtime else {},
            pins={},
            hashes={path: sources.hash(path) for stage in stages for path in stage.files},
            fingerprints={name: each.value for name, each in found.items()},
            no_cache=no_cache,
        )

    def execute(self, job: Job, cancel: threading.Event | None = None) -> JobResult:
        return self.executor.execute(job, self.recorder, cancel or threading.Event())

    def make(self, *stages: Stage, no_cache: bool = False) -> JobResult:
        own = frozenset(stage.name for stage in stages if stage.kind is not StageKind.TOOLCHAIN)
        return self.execute(self.job(*stages, own=own, no_cache=no_cache))


def unique_seconds() -> str:
    """Seconds to sleep that no other process sleeps; more than a day."""
    return f"99999.{secrets.randbits(64)}"


def processes(text: str) -> list[int]:
    """The running processes, whatever their namespace, whose command line contains a text."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue  # it has just ended
            if text.encode() in command:
                found.append(int(entry.name))
    return found


@pytest.fixture(params=["bwrap", "directory"])
def isolation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each kind of isolation; bubblewrap only where it works."""
    from msbuild.execute.local.isolation import find_isolation  # noqa: PLC0415

    monkeypatch.setenv("MSBUILD_WALL", request.param)
    if find_isolation().name != request.param:
        pytest.skip("bubblewrap does not work here")
    return str(request.param)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "tree", Store(tmp_path / "store"))
