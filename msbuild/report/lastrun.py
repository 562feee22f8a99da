"""The times of the last run, stored in ``.msbuild/timing.json`` for `msbuild timing`.

Like all state it may be deleted at any moment; if it cannot be read, it counts as missing.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from msbuild.events import RunFinished
from msbuild.report.timeline import Timeline
from msbuild.state.files import (
    STATE_DIRECTORY,
    checksummed,
    read_regular,
    verify_checksum,
    write_atomically,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from msbuild.events import Event

VERSION = 1


@dataclass(frozen=True, slots=True)
class JobTimes:
    """One job of the last run.

    Attributes:
        needs: the jobs that it waited for, of those that ran.
        cores: how many slots it took.
        outcome: how it ended.
        spans: each attempt: start and end in seconds since the start of the run, and its slots.
    """

    needs: tuple[str, ...]
    cores: int
    outcome: str
    spans: tuple[tuple[float, float, tuple[int, ...]], ...]

    @property
    def seconds(self) -> float:
        """How long it had its slots, over all attempts."""
        return sum(ended - began for began, ended, _ in self.spans)

    @property
    def began(self) -> float:
        """When it first had a slot."""
        return self.spans[0][0]

    @property
    def ended(self) -> float:
        """When it ended."""
        return self.spans[-1][1]


@dataclass(frozen=True, slots=True)
class LastRun:
    """A run that ran jobs.

    Attributes:
        at: when it ended, in seconds since the epoch.
        slots: the number of slots.
        seconds: the time of the run, including planning.
        jobs: those that ran, by name, in the order in which they started.
    """

    at: float
    workspace: str
    executor: str
    slots: int
    seconds: float
    exit_code: int
    jobs: Mapping[str, JobTimes]


def file_of(root: Path) -> Path:
    """The file for the workspace in a directory."""
    return root / STATE_DIRECTORY / "timing.json"


def write(file: Path, run: LastRun) -> None:
    """Store a run. An error here does not fail the run."""
    with suppress(OSError):
        write_atomically(file, [checksummed({"version": VERSION, **asdict(run)})])


def read(file: Path) -> LastRun | None:
    """The last run; ``None`` if there was none or its file is damaged."""
    try:
        found = verify_checksum(read_regular(file))
        if found.pop("version") != VERSION:
            return None
        jobs = {name: _job(job) for name, job in found.pop("jobs").items()}
        run = LastRun(**found, jobs=jobs)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return (
        run
        if jobs and all(job.spans and jobs.keys() >= {*job.needs} for job in jobs.values())
        else None
    )


def _job(found: dict[str, Any]) -> JobTimes:
    spans = tuple((float(a), float(b), tuple(map(int, slots))) for a, b, slots in found["spans"])
    return JobTimes(tuple(found["needs"]), int(found["cores"]), str(found["outcome"]), spans)


class LastRunReporter:
    """Stores the times of a run at its end, if any job ran.

    Args:
        file: the file to write, in an existing directory.
        clock: seconds since the epoch.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._timeline = Timeline()

    def __call__(self, event: Event) -> None:
        """Record an event; the last one writes the file."""
        self._timeline.note(event)
        if isinstance(event, RunFinished) and self._timeline.spans:
            write(self._file, self._run(event))

    def close(self) -> None:
        """Nothing to close."""

    def _run(self, end: RunFinished) -> LastRun:
        start = self._timeline.start
        if start is None:
            raise AssertionError("a run ended that never started")
        needs = self._timeline.needs()
        spans: dict[str, list[tuple[float, float, tuple[int, ...]]]] = {}
        outcomes: dict[str, str] = {}
        for span in self._timeline.spans:
            times = (round(span.began, 3), round(self._timeline.until(span), 3), span.slots)
            spans.setdefault(span.job, []).append(times)
            outcomes[span.job] = span.outcome
        return LastRun(
            at=self._clock(),
            workspace=start.plan.workspace,
            executor=start.executor,
            slots=start.jobs,
            seconds=round(end.seconds, 3),
            exit_code=end.exit_code,
            jobs={
                job: JobTimes(
                    needs=tuple(sorted(needs[job])),
                    cores=min(start.plan.jobs[job].cores, start.jobs),
                    outcome=outcomes[job],
                    spans=tuple(spans[job]),
                )
                for job in spans
            },
        )
