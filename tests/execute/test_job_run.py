from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import BuildError
from msbuild.execute.api import Cancelled, Job
from msbuild.execute.job_run import JobRun, StepRecorder
from msbuild.sources.tree import SourceTree
from tests.execute.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.execute.api import Progress


def job_run(root: Path, progress: Progress | None = None) -> JobRun:
    (root / "a").write_text("as planned")
    hashes = {"a": SourceTree(root).hash("a")}
    job = Job("job", (), frozenset(), (), {}, {}, hashes, {})
    return JobRun(job, SourceTree(root), None, progress or Recorder(), threading.Event())


def test_a_source_file_has_the_content_that_was_planned(tmp_path: Path) -> None:
    assert job_run(tmp_path).content("a", "stage").data == b"as planned"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda file: file.write_text("edited"), "`a` changed during the build"),
        (lambda file: file.unlink(), "cannot read `a`: no such file or directory"),
    ],
)
def test_a_source_file_that_changed_since_planning_is_an_error(
    tmp_path: Path, edit: object, message: str
) -> None:
    run = job_run(tmp_path)
    assert callable(edit)
    edit(tmp_path / "a")
    with pytest.raises(BuildError) as caught:
        run.content("a", "stage")
    assert (caught.value.message, caught.value.stage) == (message, "stage")


def test_a_cancelled_job_stops_at_the_next_check(tmp_path: Path) -> None:
    run = job_run(tmp_path)
    run.check_cancelled()
    run.cancel.set()
    with pytest.raises(Cancelled):
        run.check_cancelled()


def test_steps_are_passed_on_and_recorded_when_they_end(tmp_path: Path) -> None:
    seen = Recorder()
    steps = StepRecorder(seen)
    run = job_run(tmp_path, steps)
    run.found("stage", "cached step")
    failure = BuildError("exit code: 1", stage="stage")
    with pytest.raises(BuildError), run.step("stage", "failing step"):
        raise failure
    assert [(each.name, each.cached, each.error) for each in steps.ended] == [
        ("cached step", True, ""),
        ("failing step", False, "exit code: 1"),
    ]
    assert [each.name for each in seen.steps] == ["cached step", "failing step", "failing step"]
