"""Reads what strace wrote: whole system calls, in the order in which they ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

EXITED = "exited"
"""The name of the call that stands for the end of a process."""

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
        """An argument; empty where there are not so many."""
        return self.arguments[number] if number < len(self.arguments) else ""


def read_calls(lines: Iterable[str]) -> Iterator[Call]:
    """The calls of a trace that ``strace -f -y -o FILE`` wrote.

    A call that another thread interrupted comes when it ends. One whose end nobody saw, because the
    process was killed, never comes.
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
                # another thread of the process called `execve`, and goes on under this number
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
    """A call of one line; nothing where the line tells of something else."""
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
    """The text of an argument that is a string; nothing where it is none, or was cut short."""
    if len(argument) < len('""') or not (argument.startswith('"') and argument.endswith('"')):
        return None
    return unescaped(argument[1:-1])


def descriptor_path(text: str) -> str | None:
    """The path behind a descriptor, argument or result: ``/work/x`` of ``3</work/x>``."""
    found = _DESCRIPTOR.match(text)
    if not found:
        return None
    path = unescaped(found[1])
    # else `socket:[1]`, `pipe:[2]` and the like
    return path if path.startswith("/") else None


def unescaped(text: str) -> str:
    """Text without strace's escapes; bytes that are no UTF-8 as Python has them in file names."""
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
