"""What was built and how long it took: an aid for plans, never the truth about what exists.

Deleting it at any moment changes no result. A file that cannot be read is started anew.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.planning.changes import redacted
from msbuild.state.files import STATE_DIRECTORY, checksummed, verify_checksum

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

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
    """The last time a job was built.

    Attributes:
        seconds: how long it took.
        written: the named inputs of its stages then, in JSON; most are never looked at.
    """

    fingerprint: str
    seconds: float
    written: str

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The named inputs of its stages then, by stage; empty where they make no sense."""
        try:
            found: Mapping[str, Any] = verify_checksum(self.written.encode())["stages"]
        except (ValueError, KeyError):
            return {}
        return found

    @classmethod
    def of(cls, fingerprint: str, seconds: float, inputs: Mapping[str, Any]) -> Record:
        """A record of a build that ended just now, which tells no value of a variable."""
        written = {stage: redacted(each) for stage, each in inputs.items()}
        return cls(fingerprint, seconds, checksummed({"stages": written}).decode())


def history_of(root: Path) -> History:
    """The history of the workspace in a directory."""
    return History(root / STATE_DIRECTORY / "history.sqlite")


class History:
    """The file ``.msbuild/history.sqlite`` of a workspace.

    Args:
        file: where it is; made when something is first written, its directory is not.
        wait: seconds to wait for another process that is writing.
    """

    def __init__(self, file: Path, *, wait: float = 5) -> None:
        self._file = file
        self._wait = wait

    def records(self) -> Mapping[str, Record]:
        """The last build of every job, by name; empty where nothing was built or can be read."""
        try:
            if not stat.S_ISREG(self._file.lstat().st_mode):
                return {}
            with self._open() as db:
                rows = db.execute("select job, fingerprint, seconds, inputs from build").fetchall()
        except (sqlite3.Error, OSError):
            return {}
        return {job: Record(*values) for job, *values in rows if _makes_sense(job, *values)}

    def last_inputs(self) -> Mapping[str, Mapping[str, Any]]:
        """The named inputs of every stage when it was built last, by stage."""
        records = self.records().values()
        return {stage: inputs for record in records for stage, inputs in record.inputs.items()}

    def write(self, job: str, record: Record) -> None:
        """Remember a build. What cannot be remembered is no reason for a run to fail."""
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
                # a link would be followed, and the database made where it leads to
                self._file.unlink()
        with contextlib.suppress(OSError):
            # the database makes its files with the rights of this one
            flags = os.O_CREAT | os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW
            os.close(os.open(self._file, flags, 0o600))
        db = sqlite3.connect(self._file, timeout=self._wait)
        try:
            # Waiting for the disk takes some 40 ms after every job, and slots are empty meanwhile.
            # The worst that a power cut does is a file that is started anew.
            db.execute("pragma synchronous = off")
            with db:
                db.execute(_SCHEMA)
                yield db
        finally:
            db.close()


def _makes_sense(job: object, fingerprint: object, seconds: object, written: object) -> bool:
    """Whether a row is one that was written: what a damaged file says is of any kind."""
    texts = all(isinstance(each, str) for each in (job, fingerprint, written))
    return texts and isinstance(seconds, float) and 0 <= seconds < float("inf")
