"""Reports for CI systems: JUnit XML, annotations with file and line, a summary in Markdown."""

from __future__ import annotations

import dataclasses
import io
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import BuildError, Missing
from msbuild.events import JobFinished, RunFinished, RunStarted
from msbuild.report.ci import GitHubReporter, JUnitReporter, places_in
from msbuild.report.console import run_reporter, with_ci
from msbuild.report.text import Sink
from msbuild.run_options import RunOptions
from tests.project import Project

from .fakes import BAD_RUN, BUILT, FAILED, GOOD_RUN, planned, send_events, shop

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.events import Event

FILES = dict.fromkeys(
    ("go/web/main.go", "web/main.go", "rust/pricing/src/main.rs", "cpp/search/src/main.cpp"), ""
)


def test_junit_has_every_service(tmp_path: Path) -> None:
    file = tmp_path / "deep/junit.xml"
    send_events(JUnitReporter(file), BAD_RUN)
    suite = ET.parse(file).getroot()
    counts = {name: suite.get(name) for name in ("tests", "failures", "skipped")}
    assert counts == {"tests": "4", "failures": "0", "skipped": "2"}
    skipped = suite.find("testcase[@name='gateway']/skipped")
    assert skipped is not None
    assert skipped.get("message") == "needs go-deps, which failed"


def broken_gateway(missing: tuple[Missing, ...] = ()) -> list[Event]:
    plan = shop(planned("gateway"))
    job = plan.jobs["gateway"]
    files = dataclasses.replace(job.job, hashes=FILES)
    plan = dataclasses.replace(plan, jobs={"gateway": dataclasses.replace(job, job=files)})
    tail = ("# shop/web", "web/main.go:3:9: undefined: y <&> \x1b[31mred\x1b[0m")
    error = BuildError(
        "exit code: 1: `x` is not there" if missing else "exit code: 1",
        stage="gateway-build",
        step="RUN go build",
        tail=tail,
        hint="inputs: [x]" if missing else None,
        missing=missing,
    )
    return [
        RunStarted(0.2, plan, "docker", 4),
        JobFinished(3.4, "gateway", FAILED, 3.2, error=error),
        RunFinished(3.5, 3.5, 1, {"gateway": FAILED}),
    ]


def test_junit_has_the_output_of_the_compiler(tmp_path: Path) -> None:
    send_events(JUnitReporter(tmp_path / "junit.xml"), broken_gateway())
    failure = ET.parse(tmp_path / "junit.xml").getroot().find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "exit code: 1"
    assert "web/main.go:3:9: undefined: y <&> red" in (failure.text or "")


def test_a_failure_is_an_annotation_at_its_line(tmp_path: Path) -> None:
    out = io.StringIO()
    summary = tmp_path / "summary.md"
    send_events(GitHubReporter(Sink(out), summary, "sample"), broken_gateway())
    assert out.getvalue() == (
        "::error file=sample/web/main.go,line=3,col=9,title=gateway::undefined: y <&> red\n"
    )
    assert "| gateway | failed | 3.2 s | – | gateway/main.go changed |" in summary.read_text()  # noqa: RUF001


def test_files_a_step_cannot_see_are_reported_with_the_compiler_output(tmp_path: Path) -> None:
    events = broken_gateway((Missing("x", "unlisted"),))
    out = io.StringIO()
    send_events(GitHubReporter(Sink(out), None, "."), events)
    first, second = out.getvalue().splitlines()
    assert first == "::error title=gateway::exit code: 1: `x` is not there. inputs: [x]"
    assert second.startswith("::error file=")
    send_events(JUnitReporter(tmp_path / "junit.xml"), events)
    failure = ET.parse(tmp_path / "junit.xml").getroot().find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "exit code: 1: `x` is not there"
    assert str(failure.text).endswith("\nhint: inputs: [x]")


def test_a_failure_without_a_location_is_an_annotation() -> None:
    out = io.StringIO()
    send_events(GitHubReporter(Sink(out), None, "."), BAD_RUN)
    assert out.getvalue() == "::error title=go-deps::exit code: 1\n"


def test_the_summary_has_services_that_were_up_to_date(tmp_path: Path) -> None:
    send_events(GitHubReporter(Sink(io.StringIO()), tmp_path / "s.md", "."), GOOD_RUN)
    lines = (tmp_path / "s.md").read_text().splitlines()
    assert "| gateway | built | 3.2 s | 12.3 MB | gateway/main.go changed |" in lines
    assert any(line.startswith("| billing | cached |") for line in lines)
    assert BUILT in lines[2]


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (["web/main.go:4:9: undefined: x"], ("web/main.go", 4, 9, "undefined: x")),
        (["./main.go:4: oops"], ("web/main.go", 4, 0, "oops")),
        (
            ["error[E0425]: cannot find value `y`", " --> pricing/src/main.rs:3:5"],
            ("rust/pricing/src/main.rs", 3, 5, "cannot find value `y`"),
        ),
        (
            ["/work/cpp/search/src/main.cpp:7:1: error: 'x' does not name a type"],
            ("cpp/search/src/main.cpp", 7, 1, "error: 'x' does not name a type"),
        ),
    ],
)
def test_locations_in_compiler_output_are_found(
    lines: list[str], place: tuple[str, int, int, str]
) -> None:
    assert list(places_in(lines, FILES)) == [place]


def test_warnings_and_locations_outside_the_tree_are_ignored() -> None:
    lines = ["/usr/include/x.h:3:1: error: y", "web/main.go:1:1: warning: z", "took 3:04 min"]
    assert list(places_in(lines, FILES)) == []


def test_ci_reporters_are_added_on_demand(tmp_path: Path) -> None:
    heard: list[Event] = []

    class Listening:
        def __call__(self, event: Event) -> None:
            heard.append(event)

        def close(self) -> None:
            heard.clear()

    ear, out = Listening(), io.StringIO()
    there = {"GITHUB_STEP_SUMMARY": str(tmp_path / "s.md")}
    assert with_ci(ear, out, junit=None, prefix=None, environ=there) is ear
    joined = with_ci(ear, out, junit=tmp_path / "j.xml", prefix=".", environ=there)
    for event in BAD_RUN:
        joined(event)
    assert heard == BAD_RUN
    joined.close()
    assert heard == []
    assert (tmp_path / "j.xml").exists()
    assert (tmp_path / "s.md").exists()
    assert out.getvalue().startswith("::error ")


@pytest.mark.parametrize(
    ("options", "annotated"),
    [
        (RunOptions(github_actions=True), True),
        (RunOptions(github_actions=True, quiet=True), True),
        (RunOptions(github_actions=True, json=True), False),
        (RunOptions(), False),
    ],
)
def test_annotations_are_for_people_on_github(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: RunOptions, *, annotated: bool
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "s.md"))
    workspace, out = Project(tmp_path, ["a"]).load().workspace, io.StringIO()
    send_events(run_reporter(options, workspace, out), BAD_RUN)
    assert ("::error " in out.getvalue()) == annotated
    assert (tmp_path / "s.md").exists() == annotated
