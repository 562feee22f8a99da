"""The build history: what was built and how long it took, for estimates and explanations.

It is a cache: deleting it changes no result, and a damaged file is recreated.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.planning.fingerprint import redacted
from msbuild.state.files import STATE_DIRECTORY, checksummed, verify_checksum

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

# With more names, reading all rows is as fast.
_MOST_NAMES = 100
_SCHEMA = """
create table if not exists build (
    job text primary key,
    fingerprint text not null,
    inputs text not null,
    seconds real not null,
    at real not null
)
"""


@dataclass(frozen=True, slots=True)
class Record:
    """The last build of a job.

    Attributes:
        seconds: how long it took.
        written: the inputs of its stages as JSON, which is rarely parsed.
    """

    fingerprint: str
    seconds: float
    written: str

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The inputs of its stages, by stage; empty if they are damaged."""
        try:
            found: Mapping[str, Any] = verify_checksum(self.written.encode())["stages"]
        except (ValueError, KeyError):
            return {}
        return found

    @classmethod
    def of(cls, fingerprint: str, seconds: float, inputs: Mapping[str, Any]) -> Record:
        """A record of a build that just ended, without values of variables."""
        written = {stage: redacted(each) for stage, each in inputs.items()}
        return cls(fingerprint, seconds, checksummed({"stages": written}).decode())


def history_of(root: Path) -> History:
    """The history of the workspace in a directory."""
    return History(root / STATE_DIRECTORY / "history.sqlite")


class History:
    """The file ``.msbuild/history.sqlite`` of a workspace.

    Args:
        file: its path; it is created by the first write, in an existing directory.
        wait: seconds to wait for another process that is writing.
    """

    def __init__(self, file: Path, *, wait: float = 5) -> None:
        self._file = file
        self._wait = wait

    def records(self, jobs: Collection[str] | None = None) -> Mapping[str, Record]:
        """The last build of each job, by name; empty if there are none, or if it is unreadable.

        Args:
            jobs: the names of the jobs; ``None`` for all.
        """
        query, names = "select job, fingerprint, seconds, inputs from build", tuple(jobs or ())
        if jobs is None or len(names) > _MOST_NAMES:
            names = ()
        else:
            query += f" where job in ({', '.join('?' * len(names))})"
        try:
            if not stat.S_ISREG(self._file.lstat().st_mode):
                return {}
            with self._open() as db:
                rows = db.execute(query, names).fetchall()
        except (sqlite3.Error, OSError):
            return {}
        return {job: Record(*values) for job, *values in rows if _is_valid_row(job, *values)}

    def last_inputs(self) -> Mapping[str, Mapping[str, Any]]:
        """The inputs of the last build of each stage, by stage."""
        records = self.records().values()
        return {stage: inputs for record in records for stage, inputs in record.inputs.items()}

    def write(self, job: str, record: Record) -> None:
        """Record a build. If that fails, the run continues."""
        row = (job, record.fingerprint, record.written, record.seconds, time.time())
        try:
            self._insert(row)
        except sqlite3.OperationalError:
            return  # another msbuild is writing, or the disk is full
        except sqlite3.DatabaseError:
            with contextlib.suppress(sqlite3.Error, OSError):
                self._file.unlink(missing_ok=True)
                self._insert(row)

    def _insert(self, row: tuple[object, ...]) -> None:
        with self._open() as db:
            db.execute("insert or replace into build values (?, ?, ?, ?, ?)", row)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with contextlib.suppress(OSError):
            if not stat.S_ISREG(self._file.lstat().st_mode):
                # sqlite would follow a link and create the database at its target
                self._file.unlink()
        with contextlib.suppress(OSError):
            # sqlite creates its other files with the permissions of this one
            flags = os.O_CREAT | os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW
            os.close(os.open(self._file, flags, 0o600))
        db = sqlite3.connect(self._file, timeout=self._wait)
        try:
            # Waiting for the disk takes about 40 ms after every job, while slots are idle.
            # At worst, a power failure damages the file, and it is recreated.
            db.execute("pragma synchronous = off")
            with db:
                db.execute(_SCHEMA)
                yield db
        finally:
            db.close()


def _is_valid_row(job: object, fingerprint: object, seconds: object, written: object) -> bool:
    """Whether a row has valid values: a damaged file can contain anything."""
    texts = all(isinstance(each, str) for each in (job, fingerprint, written))
    return texts and isinstance(seconds, float) and 0 <= seconds < float("inf")
