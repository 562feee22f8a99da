"""Who made a system call: the program, where it stood, and who started it."""

from __future__ import annotations

import posixpath
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild.verify.calls import EXITED, Call, descriptor_path, string

if TYPE_CHECKING:
    from collections.abc import Iterable

FORKS = ("clone", "clone3", "fork", "vfork")
_OWN_COMMAND = 1


@dataclass(slots=True, eq=False)
class Process:
    """A process, or a thread of one.

    Attributes:
        program: the name of the file that it executes.
        directory: where it stands, absolute.
        depth: how many programs there are above it: the shell of a step has 0, what its script
            calls 1, and what that starts 2 or more.
        parent: who started it.
        fresh: whether it has not executed a program of its own yet.
        listed: for each directory that it listed, how often.
        touched: those of them where it, or what it started, looked at a file afterwards.
        sources: directories from which it read a file before it listed them.
    """

    program: str
    directory: str
    depth: int = 0
    parent: Process | None = None
    fresh: bool = False
    listed: dict[str, int] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)

    @property
    def is_own_command(self) -> bool:
        """Whether it is the shell of the step, or a program that the step's own script calls."""
        return self.depth <= _OWN_COMMAND


class Processes:
    """The processes of a trace, kept up to date with its calls.

    The first call of a child may come before its parent's ends, which says whose child it is. So
    the births are known beforehand.

    Args:
        births: every call that started somebody.
        directory: where the first process stands.
    """

    def __init__(self, births: Iterable[Call], directory: str) -> None:
        self._directory = directory
        self._alive: dict[int, Process] = {}
        self._born: defaultdict[int, deque[Call]] = defaultdict(deque)
        for call in births:
            child = call.result.split(" ", 1)[0]
            if child.isdigit() and child != "0":
                self._born[int(child)].append(call)

    def of(self, pid: int) -> Process:
        """The process behind a number."""
        if pid not in self._alive:
            self._alive[pid] = self._made(pid)
        return self._alive[pid]

    def note(self, call: Call) -> None:
        """Take in what a call says of the process itself."""
        if call.name == EXITED:
            self._alive.pop(call.pid, None)
            return
        if call.failed:
            return
        process = self.of(call.pid)
        if call.name == "execve":
            self._execute(process, string(call.argument(0)))
        elif call.name == "execveat":
            self._execute(process, string(call.argument(1)) or descriptor_path(call.argument(0)))
        elif call.name == "chdir":
            process.directory = self.path(process, string(call.argument(0)) or "")
        elif call.name == "fchdir" or call.argument(0).startswith("AT_FDCWD<"):
            process.directory = descriptor_path(call.argument(0)) or process.directory

    def path(self, process: Process, name: str) -> str:
        """An absolute path for a name that a process used."""
        return posixpath.join(process.directory, name)

    def _execute(self, process: Process, path: str | None) -> None:
        process.program = posixpath.basename(path or "") or process.program
        if process.fresh:
            process.fresh = False
            process.depth += 1

    def _made(self, pid: int) -> Process:
        if not self._born[pid]:
            return Process("sh", self._directory)
        birth = self._born[pid].popleft()
        parent = self.of(birth.pid)
        if any("CLONE_THREAD" in argument for argument in birth.arguments):
            return parent
        return Process(parent.program, parent.directory, parent.depth, parent, fresh=True)
