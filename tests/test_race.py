"""A file that is edited while a build runs never leaves its old fingerprint recorded as built."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest

from msbuild.execute.api import LABEL_FINGERPRINT, BuiltImage, JobResult
from msbuild.execute.context import pack
from msbuild.execute.job_run import JobRun
from msbuild.model import Copy
from tests.project import FakeExecutor, Project

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.execute.api import Job, Progress

pytestmark = pytest.mark.slow

TRIALS = 500
PATH = "services/a/main"


class PackingExecutor(FakeExecutor):
    """Packs the context as for an engine, and records the contents of each image."""

    contents: dict[str, bytes]

    def execute(self, job: Job, progress: Progress, cancel: threading.Event) -> JobResult:
        run = JobRun(job, self.sources, None, progress, cancel)
        files = {
            path: path
            for stage in job.stages
            for step in stage.steps
            if isinstance(step, Copy)
            for path in step.files
        }
        with pack(run, {}, files) as context:
            packed = b"".join(context)
        if not job.tags:
            return JobResult("", 0, (), 0)
        image = f"id-{len(self.held)}"
        with self.lock:
            self.contents[image] = packed
            self.held[image] = BuiltImage(image, frozenset(), 7, 0.0, job.labels)
            self.tag(image, job.tags)
        return JobResult(image, 7, (), 0)


def test_no_image_carries_the_fingerprint_of_other_content(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a"])
    executor = PackingExecutor(project.executor.sources)
    executor.contents = {}
    project.executor = executor
    chance = random.Random(4)  # noqa: S311 - the same edits in every run
    # writing a file empties it first, and an entire build may run in between
    project.write({PATH: ""})
    true_content: dict[str, str] = {fingerprint(project): ""}
    caught = 0
    for trial in range(TRIALS):
        before, after = f"text {trial}", f"text {trial}!"
        project.write({PATH: before})
        true_content[fingerprint(project)] = before
        project.write({PATH: after})
        true_content[fingerprint(project)] = after
        project.write({PATH: before})
        edit = threading.Timer(chance.uniform(0, 0.012), project.write, [{PATH: after}])
        edit.start()
        run = project.run()
        edit.join()
        caught += run.exit_code != 0
        executor.executed.clear()
    for image, held in executor.held.items():
        content = true_content[held.labels[LABEL_FINGERPRINT]].encode()
        assert content + b"\0" in executor.contents[image]
        assert content or b"text " not in executor.contents[image]
    # the edits happened during builds, and the next run is still correct
    assert 0 < caught < TRIALS
    assert project.run().exit_code == 0


def fingerprint(project: Project) -> str:
    plan = project.plan("a")
    job = plan.jobs.get("a")
    return job.fingerprint if job else plan.cached["a"].fingerprint
