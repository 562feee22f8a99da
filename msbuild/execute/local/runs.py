"""One job under way: its stages, who is told, and the steps so far."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild.errors import MsbuildError
from msbuild.execute.api import Vertex
from msbuild.execute.naming import in_one_line
from msbuild.model import StageRef

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping

    from msbuild.execute.api import Job, Progress
    from msbuild.model import Run, Stage


@dataclass(slots=True)
class JobRun:
    """What is passed along while a job is done.

    Attributes:
        keys: under what the result of each stage is kept: its fingerprint.
        cancel: stops it.
        vertices: the steps that ended.
        copied: bytes of sources that went into sandboxes.
        done: stages that ran in this job, or were found.
    """

    job: Job
    keys: Mapping[str, str]
    progress: Progress
    cancel: threading.Event
    vertices: list[Vertex] = field(default_factory=list)
    copied: int = 0
    done: set[str] = field(default_factory=set)

    def stage(self, name: str) -> Stage:
        """A stage by name."""
        return next(stage for stage in self.job.stages if stage.name == name)

    def chain(self, stage: Stage) -> list[Stage]:
        """A stage and what it stands on, the ground first."""
        chain = [stage]
        while isinstance(stage.base, StageRef):
            stage = self.stage(stage.base.stage)
            chain.insert(0, stage)
        return chain

    def must_renew(self, name: str) -> bool:
        """Whether a stage has to run although its result is there."""
        return self.job.no_cache and name in self.job.own and name not in self.done

    def found(self, stage: str, step: str) -> None:
        """Tell of a step that need not be done."""
        now = time.time()
        self._tell(Vertex(stage, step, cached=True, started=now, completed=now))

    @contextmanager
    def step(self, stage: str, name: str) -> Iterator[None]:
        """Tell that a step began, and how it ended."""
        started = time.time()
        self.progress.step(Vertex(stage, name, cached=False, started=started, completed=None))
        error = "stopped"
        try:
            yield
            error = ""
        except MsbuildError as mistake:
            error = mistake.message
            raise
        finally:
            self._tell(Vertex(stage, name, False, started, time.time(), error))

    def _tell(self, vertex: Vertex) -> None:
        self.vertices.append(vertex)
        self.progress.step(vertex)


def run_name(step: Run) -> str:
    """A script in one line, for people."""
    return f"RUN {in_one_line(step.script.strip().splitlines())}"
