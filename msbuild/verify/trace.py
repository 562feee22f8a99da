"""Reads the output of strace: system calls in the order they ended, and who made them."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


EXITED = "exited"
"""The name of the pseudo-call that marks the end of a process."""

_LINE = re.compile(r"(\d+) +(.*)", re.DOTALL)
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)", re.DOTALL)
_CALL = re.compile(r"(\w+)\((.*)", re.DOTALL)
_UNFINISHED = "<unfinished ...>"
_SUPERSEDED = re.compile(r"\+\+\+ superseded by execve in pid (\d+) \+\+\+")
# In strings and in the paths of descriptors every quote and angle bracket is escaped.
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|<(?:[^<>\\]|\\.)*>|[(){}\[\],]|[^"<(){}\[\],]+|.', re.DOTALL
)
_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "f": "\f", "a": "\a", "b": "\b"}
_DESCRIPTOR = re.compile(r"(?:-?\d+|AT_FDCWD)<(.*)>", re.DOTALL)
_OPENING, _CLOSING = "({[", ")}]"


@dataclass(frozen=True, slots=True)
class Call:
    """One system call.

    Attributes:
        pid: the thread that made it.
        name: ``openat``, or ``EXITED``.
        arguments: as strace wrote them.
        result: the same: ``3</work/x>``, or ``-1 ENOENT (No such file or directory)``.
    """

    pid: int
    name: str
    arguments: tuple[str, ...] = ()
    result: str = ""

    @property
    def failed(self) -> bool:
        """Whether it ended with an error."""
        return self.result.startswith("-1 ")

    def argument(self, number: int) -> str:
        """An argument; empty if there are fewer."""
        return self.arguments[number] if number < len(self.arguments) else ""


def read_calls(lines: Iterable[str]) -> Iterator[Call]:
    """The calls of a trace that ``strace -f -y -o FILE`` wrote.

    A call that another thread interrupted is yielded when it ends. A call that never ended, because
    its process was killed, is not yielded.
    """
    begun: dict[int, str] = {}
    for line in lines:
        found = _LINE.fullmatch(line.rstrip("\n"))
        if not found:
            continue
        pid, text = int(found[1]), found[2]
        if text.startswith("+++ "):
            begun.pop(pid, None)
            if replaced := _SUPERSEDED.fullmatch(text):
                # another thread of the process called `execve` and continues under this PID
                begun[pid] = begun.pop(int(replaced[1]), "")
            else:
                yield Call(pid, EXITED)
            continue
        if text.endswith(_UNFINISHED):
            begun[pid] = text.removesuffix(_UNFINISHED)
            continue
        if resumed := _RESUMED.fullmatch(text):
            text = begun.pop(pid, "") + resumed[2]
        if call := parse_call(pid, text):
            yield call


def parse_call(pid: int, text: str) -> Call | None:
    """The call in one line; ``None`` if the line is not a call."""
    found = _CALL.fullmatch(text)
    if not found:
        return None
    arguments: list[str] = []
    current: list[str] = []
    depth = 0
    for token in _TOKEN.finditer(found[2]):
        word = token[0]
        if depth == 0 and word in ",)":
            arguments.append("".join(current).strip())
            current = []
            if word == ")":
                _, _, result = found[2][token.end() :].partition("= ")
                return Call(pid, found[1], tuple(arguments), result.strip())
            continue
        depth += (word in _OPENING) - (word in _CLOSING)
        current.append(word)
    return None


def string(argument: str) -> str | None:
    """The text of a string argument; ``None`` if it is not a string or is truncated."""
    if len(argument) < len('""') or not (argument.startswith('"') and argument.endswith('"')):
        return None
    return unescaped(argument[1:-1])


def descriptor_path(text: str) -> str | None:
    """The path of a descriptor in an argument or result: ``/work/x`` of ``3</work/x>``."""
    found = _DESCRIPTOR.match(text)
    if not found:
        return None
    path = unescaped(found[1])
    # else `socket:[1]`, `pipe:[2]` and the like
    return path if path.startswith("/") else None


def unescaped(text: str) -> str:
    """Text without strace's escapes; bytes that are not UTF-8 become surrogates."""
    if "\\" not in text:
        return text

    def byte(found: re.Match[str]) -> str:
        code = found[1]
        if code[0] in "01234567":
            return chr(int(code, 8))
        if code[0] == "x" and len(code) > 1:
            return chr(int(code[1:], 16))
        return _LETTERS.get(code, code)

    raw = _ESCAPE.sub(byte, text)
    try:
        return raw.encode("latin-1").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return raw


FORKS = ("clone", "clone3", "fork", "vfork")
_OWN_COMMAND = 1


@dataclass(slots=True, eq=False)
class Process:
    """A process, or a thread of one.

    Attributes:
        program: the name of the file that it executes.
        directory: its working directory, absolute.
        depth: how many programs are above it: 0 for the shell of a step, 1 for what its script
            calls, 2 or more for their descendants.
        parent: the process that started it.
        forked: whether it still runs the program of its parent.
        listed: how often it listed each directory.
        touched: those of them in which it, or a process it started, accessed a file afterwards.
        sources: directories from which it read a file before it listed them.
    """

    program: str
    directory: str
    depth: int = 0
    parent: Process | None = None
    forked: bool = False
    listed: dict[str, int] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)

    @property
    def is_own_command(self) -> bool:
        """Whether it is the shell of the step or a program that the step's script calls."""
        return self.depth <= _OWN_COMMAND


class Processes:
    """The processes of a trace, updated with each call.

    The first call of a child may come before the call of its parent that created it has ended, so
    all of those calls are collected in advance.

    Args:
        forks: every call that created a process or thread.
        directory: the working directory of the first process.
    """

    def __init__(self, forks: Iterable[Call], directory: str) -> None:
        self._directory = directory
        self._alive: dict[int, Process] = {}
        self._forks: defaultdict[int, deque[Call]] = defaultdict(deque)
        for call in forks:
            child = call.result.split(" ", 1)[0]
            if child.isdigit() and child != "0":
                self._forks[int(child)].append(call)

    def of(self, pid: int) -> Process:
        """The process with a PID."""
        if pid not in self._alive:
            self._alive[pid] = self._made(pid)
        return self._alive[pid]

    def note(self, call: Call) -> None:
        """Update the process that made a call."""
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
        """The absolute path of a name that a process used."""
        return posixpath.join(process.directory, name)

    def _execute(self, process: Process, path: str | None) -> None:
        process.program = posixpath.basename(path or "") or process.program
        if process.forked:
            process.forked = False
            process.depth += 1

    def _made(self, pid: int) -> Process:
        if not self._forks[pid]:
            return Process("sh", self._directory)
        fork = self._forks[pid].popleft()
        parent = self.of(fork.pid)
        if any("CLONE_THREAD" in argument for argument in fork.arguments):
            return parent
        return Process(parent.program, parent.directory, parent.depth, parent, forked=True)
