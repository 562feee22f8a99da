"""The state of a running job: its stages, its progress and the steps so far."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild.errors import MsbuildError
from msbuild.execute.api import Vertex
from msbuild.execute.steps import in_one_line
from msbuild.model import StageRef

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping

    from msbuild.execute.api import Job, Progress
    from msbuild.model import Run, Stage


@dataclass(slots=True)
class JobRun:
    """The state of a running job.

    Attributes:
        keys: the key of each stage's stored result: its fingerprint.
        cancel: cancels the job.
        vertices: the steps that have ended.
        copied: bytes of sources copied into sandboxes.
        done: stages that were built or found in this job.
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
        """A stage and all stages it is based on, the root first."""
        chain = [stage]
        while isinstance(stage.base, StageRef):
            stage = self.stage(stage.base.stage)
            chain.insert(0, stage)
        return chain

    def must_renew(self, name: str) -> bool:
        """Whether a stage has to be rebuilt even if its result exists."""
        return self.job.no_cache and name in self.job.own and name not in self.done

    def found(self, stage: str, step: str) -> None:
        """Report a step as cached."""
        now = time.time()
        self._report(Vertex(stage, step, cached=True, started=now, completed=now))

    @contextmanager
    def step(self, stage: str, name: str) -> Iterator[None]:
        """Report the start and the end of a step."""
        started = time.time()
        self.progress.step(Vertex(stage, name, cached=False, started=started, completed=None))
        message = "cancelled"
        try:
            yield
            message = ""
        except MsbuildError as error:
            message = error.message
            raise
        finally:
            self._report(Vertex(stage, name, False, started, time.time(), message))

    def _report(self, vertex: Vertex) -> None:
        self.vertices.append(vertex)
        self.progress.step(vertex)


def run_name(step: Run) -> str:
    """A one-line name for a script."""
    return f"RUN {in_one_line(step.script.strip().splitlines())}"
