"""What system calls did with files: opened, listed, looked for or written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from msbuild.verify.trace import (
    EXITED,
    FORKS,
    Call,
    Process,
    Processes,
    descriptor_path,
    read_calls,
    string,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class How(StrEnum):
    """How a path was accessed."""

    OPENED = "opened"
    LISTED = "listed"
    LOOKED_FOR = "looked for"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Access:
    """One path in one call.

    Attributes:
        path: absolute, as the process named it: links and `..` are still in it.
        how: what the call did with it.
        process: the process that did it.
        found: what the kernel opened, after following links; empty if unknown.
        asked: ``stat`` or ``lstat`` if the call was one of them; else empty.
    """

    path: str
    how: How
    process: Process
    found: str = ""
    asked: str = ""


# Calls whose first argument is a path, relative to the working directory.
_PLAIN = {
    "access": How.LOOKED_FOR,
    "creat": How.WRITTEN,
    "execve": How.OPENED,
    "lstat": How.LOOKED_FOR,
    "open": How.OPENED,
    "readlink": How.OPENED,
    "stat": How.LOOKED_FOR,
    "truncate": How.WRITTEN,
    "unlink": How.WRITTEN,
}
# Calls whose second argument is a path, relative to the directory in the first one.
_BELOW = {
    "execveat": How.OPENED,
    "faccessat": How.LOOKED_FOR,
    "faccessat2": How.LOOKED_FOR,
    "newfstatat": How.LOOKED_FOR,
    "openat": How.OPENED,
    "openat2": How.OPENED,
    "readlinkat": How.OPENED,
    "statx": How.LOOKED_FOR,
    "unlinkat": How.WRITTEN,
}
# Calls with an old and a new path: the numbers of both arguments, and whether the old one is gone.
_PAIRS = {
    "link": (0, 1, False),
    "rename": (0, 1, True),
    "linkat": (1, 3, False),
    "renameat": (1, 3, True),
    "renameat2": (1, 3, True),
}
_LINKS = {"symlink": 1, "symlinkat": 2}
_LISTS = ("getdents", "getdents64")

TRACED = (
    *("%file", "fchdir", *_LISTS, *FORKS),
    # not every architecture has these: they are requested as optional
    *("openat2", "faccessat2", "statx", "execveat", "renameat2"),
)
"""The calls that a trace must contain."""


# Most lines of a trace are about system files: they are skipped without parsing.
_ABSOLUTE = re.compile(
    r"\d+ +(?:access|faccessat2?|lstat|newfstatat|open|openat|readlink|readlinkat|stat|statx)"
    r'\((?:[^"]*, )?"(/[^"]*)"'
)


def read_accesses(trace: Path, directory: str) -> Iterator[Access]:
    """The file accesses in a trace, in order; most of those outside the directory are left out.

    Args:
        trace: what strace wrote.
        directory: the working directory of the first process.
    """

    def may_be_inside(line: str) -> bool:
        found = _ABSOLUTE.match(line)
        return not found or found[1].startswith(directory) or ".." in found[1]

    forks = [call for call in _calls(trace, _may_be_fork) if call.name in FORKS]
    processes = Processes(forks, directory)
    for call in _calls(trace, may_be_inside):
        if call.name == EXITED:
            processes.note(call)
            continue
        process = processes.of(call.pid)
        # a call uses the working directory and the program from before it
        made = list(accesses_of(call, process))
        processes.note(call)
        if call.name in ("execve", "execveat"):
            made = [Access(each.path, each.how, process, each.found) for each in made]
        yield from made


def accesses_of(call: Call, process: Process) -> Iterator[Access]:
    """The file accesses of one call."""

    def at(number: int, *, below: bool) -> str | None:
        name = string(call.argument(number))
        if not name:
            return None
        start = descriptor_path(call.argument(number - 1)) if below else None
        return f"{start or process.directory}/{name}" if not name.startswith("/") else name

    if call.name in _LISTS:
        # the last call of a listing returns nothing and does not count
        if call.result != "0" and (path := descriptor_path(call.argument(0))):
            yield Access(path, How.LISTED, process, path)
    elif call.name in _PAIRS:
        old, new, moved = _PAIRS[call.name]
        paths = [at(number, below=old > 0) for number in (old, new)]
        yield from _moved(paths, process, failed=call.failed, moved=moved)
    elif call.name in _LINKS:
        path = at(_LINKS[call.name], below=call.name == "symlinkat")
        if path and not call.failed:
            yield Access(path, How.WRITTEN, process)
    elif call.name in _PLAIN or call.name in _BELOW:
        below = call.name in _BELOW
        if path := at(int(below), below=below):
            how = (_BELOW if below else _PLAIN)[call.name]
            found = descriptor_path(call.result) or ""
            yield Access(path, _how(call, how), process, found, _asked(call))


def _asked(call: Call) -> str:
    if call.name == "newfstatat":
        return "lstat" if "AT_SYMLINK_NOFOLLOW" in call.arguments[-1] else "stat"
    return call.name if call.name in ("stat", "lstat") else ""


def _how(call: Call, usual: How) -> How:
    if call.failed:
        return How.LOOKED_FOR
    if call.name.startswith("open"):
        flags = set("|".join(call.arguments[1:]).replace("{flags=", "|").split("|"))
        flags = {flag.strip(" {},") for flag in flags}
        if flags & {"O_WRONLY", "O_TRUNC", "O_TMPFILE"} or flags >= {"O_CREAT", "O_EXCL"}:
            return How.WRITTEN
        return How.LOOKED_FOR if "O_PATH" in flags else How.OPENED
    return usual


def _moved(
    paths: list[str | None], process: Process, *, failed: bool, moved: bool
) -> Iterator[Access]:
    old, new = paths
    if old:
        yield Access(old, How.LOOKED_FOR if failed else How.OPENED, process)
    if not failed:
        yield from (
            Access(path, How.WRITTEN, process) for path in (old if moved else None, new) if path
        )


def _may_be_fork(line: str) -> bool:
    return "clone" in line or "fork" in line


def _calls(trace: Path, wanted: Callable[[str], bool]) -> Iterator[Call]:
    with trace.open(encoding="utf-8", errors="surrogateescape") as file:
        yield from read_calls(filter(wanted, file))
