from __future__ import annotations

import os
import secrets
import tempfile
import threading
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import UnavailableError
from msbuild.execute.api import LABEL_WORKSPACE, Job
from msbuild.execute.docker import DockerExecutor, Engine
from msbuild.execute.docker.recipe import Marks
from msbuild.sources.tree import SourceTree
from tests.execute.fake_daemon import fake_daemon
from tests.execute.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from msbuild.execute.api import JobResult
    from msbuild.model import Stage
    from tests.execute.fake_daemon import FakeDaemon

BASE = "debian:trixie-slim"


@pytest.fixture
def daemon() -> Iterator[FakeDaemon]:
    # the path of a socket is limited to about a hundred bytes, and `tmp_path` is longer
    with tempfile.TemporaryDirectory() as directory, fake_daemon(Path(directory)) as fake:
        yield fake


@dataclass
class Bench:
    """A source tree and an executor for it; its images on the engine are found by its name."""

    root: Path
    executor: DockerExecutor
    pins: Mapping[str, str] = field(default_factory=dict)
    name: str = field(default_factory=lambda: f"test-{secrets.token_hex(6)}")

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)

    def job(self, *stages: Stage, own: frozenset[str] | None = None, no_cache: bool = False) -> Job:
        """A service's job if the last stage is a runtime stage, else that of a shared stage."""
        sources = SourceTree(self.root)
        target = stages[-1]
        return Job(
            name=target.name,
            stages=stages,
            own=own or frozenset({target.name}),
            tags=(f"{self.name}/{target.name}:1",) if target.runtime else (),
            labels={LABEL_WORKSPACE: self.name} if target.runtime else {},
            pins=self.pins,
            hashes={path: sources.hash(path) for stage in stages for path in stage.files},
            fingerprints={},
            no_cache=no_cache,
        )

    def execute(
        self, job: Job, recorder: Recorder | None = None, cancel: threading.Event | None = None
    ) -> JobResult:
        return self.executor.execute(job, recorder or Recorder(), cancel or threading.Event())


@pytest.fixture
def bench(tmp_path: Path, daemon: FakeDaemon) -> Iterator[Bench]:
    """A bench with the fake daemon."""
    root = tmp_path / "tree"
    root.mkdir()
    with closing(DockerExecutor(Engine(daemon.address), SourceTree(root))) as executor:
        yield Bench(root, executor)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The real engine; with ``MSBUILD_REQUIRE_DOCKER`` its absence is a failure."""
    engine = Engine()
    try:
        engine.version()
    except UnavailableError as error:
        if os.environ.get("MSBUILD_REQUIRE_DOCKER"):
            pytest.fail(error.render())
        pytest.skip("no Docker engine is available")
    yield engine
    engine.close()


@pytest.fixture
def real(tmp_path: Path, engine: Engine) -> Iterator[Bench]:
    """A bench with the real engine; its images are removed afterwards."""
    root = tmp_path / "tree"
    root.mkdir()
    executor = DockerExecutor(engine, SourceTree(root), None, Marks(tmp_path / "marks.json"))
    bench = Bench(root, executor, executor.pin([BASE]))
    yield bench
    with engine.client() as api:
        for image in executor.images(bench.name):
            api.remove_image(image.id, force=True)
