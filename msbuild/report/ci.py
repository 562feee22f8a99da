"""Reports to CI systems: annotations and a summary for GitHub Actions, JUnit XML for others."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msbuild.errors import BuildError
from msbuild.events import JobFinished, Outcome, RunFinished, RunRecord
from msbuild.report.summary import message
from msbuild.report.text import UNKNOWN, clean, duration, size

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from msbuild.events import Event
    from msbuild.report.text import Sink


# `path.go:4:9: undefined: x`, `--> src/main.rs:3:5`, `/work/x.cpp:7:1: error: …`
_PLACE = re.compile(r"(?:^|[\s(])/?([\w.+@-]+(?:/[\w.+@-]+)*\.\w+):(\d+)(?::(\d+))?:?\s*(.*)")
_ERROR = re.compile(r"\berror\b(?:\[\w+\])?:?\s*(.+)", re.IGNORECASE)
_MOST = 10


class GitHubReporter:
    """Prints workflow commands of GitHub Actions, and appends to the job summary.

    Args:
        sink: the standard output.
        summary: the file named by ``GITHUB_STEP_SUMMARY``, if set.
        prefix: the path from the top of the repository to the source root.
    """

    def __init__(self, sink: Sink, summary: Path | None, prefix: str) -> None:
        self._sink = sink
        self._summary = summary
        self._prefix = prefix
        self._record = RunRecord()

    def __call__(self, event: Event) -> None:
        """Handle an event: report failures at once, and the summary at the end."""
        self._record.note(event)
        if isinstance(event, JobFinished) and event.outcome is Outcome.FAILED:
            self._sink.lines(self._annotations(event))
        elif isinstance(event, RunFinished) and self._summary:
            with self._summary.open("a", encoding="utf-8") as file:
                file.write("".join(f"{line}\n" for line in self._table(event)))

    def close(self) -> None:
        """Nothing to close."""

    def _annotations(self, event: JobFinished) -> list[str]:
        error = event.error
        planned = self._record.plan.jobs.get(event.job) if self._record.plan else None
        tail = error.tail if isinstance(error, BuildError) else ()
        files = planned.job.hashes if planned else {}
        places = list(places_in(map(clean, tail), files))[:_MOST]
        title = f"title={_property(event.job)}"
        if not places:
            text = clean(message(error)) if error else "failed"
            return _missing(error, title) or [f"::error {title}::{_data(text)}"]
        return [
            *_missing(error, title),
            *(
                f"::error file={_property(posixpath.normpath(posixpath.join(self._prefix, path)))},"
                f"line={line},col={column or 1},{title}::{_data(text)}"
                for path, line, column, text in places
            ),
        ]

    def _table(self, end: RunFinished) -> list[str]:
        plan = self._record.plan
        lines = ["| service | outcome | time | image | why |", "| --- | --- | --: | --: | --- |"]
        for service, outcome in self._record.services():
            event = self._record.finished.get(service)
            made = size(event.result.size) if event and event.result else UNKNOWN
            took = duration(event.seconds) if event else UNKNOWN
            cached = plan.cached.get(service) if plan else None
            reason = cached.reason if cached else plan.jobs[service].reason if plan else None
            why = _cell(reason.text) if reason else ""
            lines.append(f"| {service} | {outcome.value} | {took} | {made} | {why} |")
        return [*lines, "", f"{duration(end.seconds)} in total", ""]


def places_in(
    lines: Iterable[str], files: Mapping[str, object]
) -> Iterable[tuple[str, int, int, str]]:
    """The locations in the output of compilers: file, line, column (0 if missing), message.

    Args:
        lines: the output.
        files: the source files it may name, by path from the source root.
    """
    last = ""
    for line in lines:
        found = _PLACE.search(line)
        if not found:
            error = _ERROR.search(line)
            last = error[1] if error else last
            continue
        path = _source_file(found[1], files)
        if path and not re.search(r"\b(note|warning):", found[4]):
            yield path, int(found[2]), int(found[3] or 0), found[4].strip() or last or "error"


def _missing(error: Exception | None, title: str) -> list[str]:
    """Files that the step looked for but cannot see."""
    if not isinstance(error, BuildError) or not error.missing:
        return []
    text = ". ".join(filter(None, (message(error), error.hint)))
    return [f"::error {title}::{_data(clean(text))}"]


def _source_file(name: str, files: Mapping[str, object]) -> str | None:
    """The source file that a compiler names, possibly relative to another directory."""
    name = posixpath.normpath(name).removeprefix("work/")
    matches = [path for path in files if path == name or path.endswith(f"/{name}")]
    return min(matches, key=len, default=None)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


class JUnitReporter:
    """Writes the outcomes of services as JUnit XML at the end of the run.

    Args:
        file: the file to write; its directory is created.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._record = RunRecord()

    def __call__(self, event: Event) -> None:
        """Handle an event: the last one writes the file."""
        self._record.note(event)
        if isinstance(event, RunFinished):
            self._write(event)

    def close(self) -> None:
        """Nothing to close."""

    def _write(self, end: RunFinished) -> None:
        import xml.etree.ElementTree as ET  # noqa: PLC0415

        name = self._record.plan.workspace if self._record.plan else ""
        suite = ET.Element("testsuite", name=f"msbuild {name}", time=f"{end.seconds:.3f}")
        outcomes = list(self._record.services())
        for service, outcome in outcomes:
            self._case(suite, name, service, outcome)
        failed = sum(outcome is Outcome.FAILED for _, outcome in outcomes)
        skipped = sum(outcome in _NOT_RUN for _, outcome in outcomes)
        suite.attrib |= {
            "tests": str(len(outcomes)), "failures": str(failed), "skipped": str(skipped)
        }  # fmt: skip
        self._file.parent.mkdir(parents=True, exist_ok=True)
        ET.ElementTree(suite).write(self._file, "utf-8", xml_declaration=True)

    def _case(self, suite: ET.Element, workspace: str, service: str, outcome: Outcome) -> None:
        import xml.etree.ElementTree as ET  # noqa: PLC0415

        event = self._record.finished.get(service)
        seconds = event.seconds if event else 0
        case = ET.SubElement(
            suite, "testcase", classname=workspace, name=service, time=f"{seconds:.3f}"
        )
        if outcome is Outcome.FAILED and event:
            failure = ET.SubElement(case, "failure", message=_message(event))
            failure.text = _details(event)
        elif outcome in _NOT_RUN:
            why = self._record.why_skipped(event) if event and event.because else outcome.value
            ET.SubElement(case, "skipped", message=why)


_NOT_RUN = (Outcome.SKIPPED, Outcome.CANCELLED)


def _message(event: JobFinished) -> str:
    return clean(message(event.error)) if event.error else "failed"


def _details(event: JobFinished) -> str:
    error = event.error
    if not isinstance(error, BuildError):
        return ""
    hint = [f"hint: {clean(error.hint)}"] if error.hint else []
    return "\n".join([f"{error.stage}: {error.step}", *map(clean, error.tail), *hint])
