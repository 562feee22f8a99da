"""Writes what became of every service as JUnit XML, which CI systems show as tests."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from msbuild.errors import BuildError
from msbuild.events import Outcome, RunFinished
from msbuild.report.failure import message
from msbuild.report.record import RunRecord
from msbuild.report.text import clean

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.events import Event, JobFinished


class JUnitReporter:
    """Writes the file when the run has ended, so that there is no half one.

    Args:
        file: where to; the directory is made.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._record = RunRecord()

    def __call__(self, event: Event) -> None:
        """Take an event in; the last one writes."""
        self._record.note(event)
        if isinstance(event, RunFinished):
            self._write(event)

    def close(self) -> None:
        """Nothing to let go of."""

    def _write(self, end: RunFinished) -> None:
        name = self._record.plan.workspace if self._record.plan else ""
        suite = ET.Element("testsuite", name=f"msbuild {name}", time=f"{end.seconds:.3f}")
        outcomes = list(self._record.services())
        for service, outcome in outcomes:
            self._case(suite, name, service, outcome)
        failed = sum(outcome is Outcome.FAILED for _, outcome in outcomes)
        skipped = sum(outcome in _NOT_TRIED for _, outcome in outcomes)
        suite.attrib |= {
            "tests": str(len(outcomes)), "failures": str(failed), "skipped": str(skipped)
        }  # fmt: skip
        self._file.parent.mkdir(parents=True, exist_ok=True)
        ET.ElementTree(suite).write(self._file, "utf-8", xml_declaration=True)

    def _case(self, suite: ET.Element, workspace: str, service: str, outcome: Outcome) -> None:
        event = self._record.finished.get(service)
        seconds = event.seconds if event else 0
        case = ET.SubElement(
            suite, "testcase", classname=workspace, name=service, time=f"{seconds:.3f}"
        )
        if outcome is Outcome.FAILED and event:
            failure = ET.SubElement(case, "failure", message=_message(event))
            failure.text = _details(event)
        elif outcome in _NOT_TRIED:
            why = self._record.why_skipped(event) if event and event.because else outcome.value
            ET.SubElement(case, "skipped", message=why)


_NOT_TRIED = (Outcome.SKIPPED, Outcome.CANCELLED)


def _message(event: JobFinished) -> str:
    return clean(message(event.error)) if event.error else "failed"


def _details(event: JobFinished) -> str:
    error = event.error
    if not isinstance(error, BuildError):
        return ""
    hint = [f"hint: {clean(error.hint)}"] if error.hint else []
    return "\n".join([f"{error.stage}: {error.step}", *map(clean, error.tail), *hint])
