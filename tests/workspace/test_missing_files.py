"""If a failed step looked for a file of the tree, the error names it and the line to add."""

from __future__ import annotations

import dataclasses
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import BuildError, Missing
from msbuild.events import JobFinished
from tests.project import FakeExecutor, Project

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from pathlib import Path

    from msbuild.execute.api import Job, JobResult, Progress

FILES = {
    "services/api/main": "use lib/x\n",
    "services/api/sub/page": "page",
    "lib/x/code": "x",
    "lib/y/code": "y",
    "lib/y/deep/detail.h": "// y",
    "lib/z/other/detail.h": "// z",
    ".sqlx/query-1.json": "{}",
    "schema/a.sql": "1",
    "go/go.mod": "module example.com/m\n",
    "go/lib/x/x.go": "package x\n",
    "odd name/[x].txt": "odd",
}


@dataclass
class Complaining(FakeExecutor):
    """An executor with which every service fails with the same output."""

    lines: Sequence[str] = field(default_factory=tuple)
    hint: str | None = None

    def execute(self, job: Job, progress: Progress, cancel: threading.Event) -> JobResult:
        if not job.tags:
            return super().execute(job, progress, cancel)
        stage = job.stages[-2].name
        progress.line("another step", "cat: schema/a.sql: No such file or directory")
        for line in self.lines:
            progress.line("RUN it", line)
        raise BuildError(
            "exit code: 1", stage=stage, step="RUN it", tail=self.lines[-1:], hint=self.hint
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path, ["api"])
    project.write(FILES)
    return project


def failure(project: Project, *lines: str, hint: str | None = None) -> BuildError:
    loaded = project.load()
    project.executor = Complaining(loaded.sources, lines=lines, hint=hint)
    (failed,) = (
        event.error
        for event in project.run().events
        if isinstance(event, JobFinished) and event.error
    )
    assert isinstance(failed, BuildError)
    return failed


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("open schema/a.sql: no such file or directory", "schema/a.sql"),
        ("open /work/schema/a.sql: no such file or directory", "schema/a.sql"),
        ("open /x/stages/9/work/schema/a.sql: no such file or directory", "schema/a.sql"),
        ("cat: schema: No such file or directory", "schema"),
        # relative to the directory of the service, and to another visible one
        ("open ../../schema/a.sql: no such file or directory", "schema/a.sql"),
        ("open ../y/code: no such file or directory", "lib/y/code"),
        # a hidden directory is listed as a whole
        ("open .sqlx/query-1.json: no such file or directory", ".sqlx"),
        ("main:1:1: no required module provides package example.com/m/lib/x", "go/lib/x"),
        ("lib/x/code:1:10: fatal error: deep/detail.h: No such file or directory",
         "lib/y/deep/detail.h"),
        ("main:1:1: pattern schema/*.sql: no matching files found", "schema/*.sql"),
    ],
)  # fmt: skip
def test_existing_files_that_the_step_cannot_see_are_named(
    project: Project, line: str, path: str
) -> None:
    failed = failure(project, "compiling", line, *["more"] * 50, hint="this step has no network")
    assert failed.missing == (Missing(path, "unlisted"),)
    assert failed.message == (
        f"exit code: 1: `{path}` is in the source tree, but not an input of `api`"
    )
    assert failed.hint == f"add to service `api` in `msbuild.yaml`: inputs: [{path}]"


@pytest.mark.parametrize(
    "line",
    [
        "open nowhere/at/all.sql: no such file or directory",
        "open /etc/schema/a.sql: no such file or directory",
        # visible files are not missing, even if the output mentions them
        "open services/api/main: no such file or directory",
        "open sub/page: no such file or directory",
        "cat: lib/x: No such file or directory",
        "main:1:1: no required module provides package github.com/other/lib",
        "main:1:1: no required module provides package example.com/m/nothing",
        # two files match, and one of them is visible
        "main:1:1: fatal error: code: No such file or directory",
        "undefined: schema/a.sql",
        "open \0schema/a.sql: no such file or directory",
    ],
)
def test_missing_files_are_not_reported_without_cause(project: Project, line: str) -> None:
    failed = failure(project, line)
    assert failed.missing == ()
    assert (failed.message, failed.hint) == ("exit code: 1", None)


def test_all_files_with_a_matching_name_are_listed(project: Project) -> None:
    failed = failure(project, "main:1:1: fatal error: detail.h: No such file or directory")
    assert [each.path for each in failed.missing] == [
        "lib/y/deep/detail.h",
        "lib/z/other/detail.h",
    ]


def test_a_directory_is_listed_instead_of_its_files(project: Project) -> None:
    failed = failure(
        project,
        "open schema/a.sql: no such file or directory",
        "cat: schema: No such file or directory",
        "open 'odd name/[x].txt': no such file or directory",
    )
    assert failed.hint == (
        'add to service `api` in `msbuild.yaml`: inputs: ["odd name/[x].txt", schema]'
    )


def test_adding_the_suggested_inputs_fixes_the_build(project: Project) -> None:
    line = "open schema/a.sql: no such file or directory"
    service = project.services["api"]
    project.services["api"] = dataclasses.replace(service, inputs=("schema",))
    assert failure(project, line).missing == ()


def test_an_ignored_file_is_reported_with_its_rule(project: Project) -> None:
    subprocess.run(["git", "init", "-q", project.root], check=True)
    project.write({".gitignore": "# made\n\n*.pb.h\n", "gen/x.pb.h": "//"})
    failed = failure(project, "main:1:1: fatal error: gen/x.pb.h: No such file or directory")
    assert failed.missing == (Missing("gen/x.pb.h", "ignored", ".gitignore:3"),)
    assert failed.message == (
        "exit code: 1: `gen/x.pb.h` exists, but is ignored by `.gitignore:3`: git does not have it"
    )
    assert failed.hint == "commit it, or let a stage create it (`stages:` and `depends_on:`)"


def test_links_that_cannot_be_followed_are_reported(project: Project) -> None:
    (project.root / "hosts").symlink_to("/etc/hosts")
    (project.root / "gone").symlink_to("nothing")
    failed = failure(project, "cat: hosts: No such file or directory")
    assert failed.message == (
        "exit code: 1: `hosts` is a symbolic link that leaves the source root, to `/etc/hosts`"
    )
    failed = failure(project, "cat: gone: No such file or directory")
    assert failed.message == "exit code: 1: `gone` is a symbolic link without a target"


def test_a_message_without_a_name_points_to_verify(project: Project) -> None:
    note = "  = note: this error originates in the macro `sqlx::query`"
    failed = failure(project, "error: no cached data for this query", note)
    assert failed.message == "exit code: 1"
    assert failed.hint == (
        "does the step read files that are not among its inputs? "
        "`msbuild verify api` finds them; list them in `inputs:` of `api`"
    )
    assert failure(project, note, hint="try fewer `--jobs`").hint == "try fewer `--jobs`"
