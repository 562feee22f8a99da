"""Parses ``CMakeLists.txt`` into commands, and into blocks such as ``if`` and ``function``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
CMAKELISTS = "CMakeLists.txt"
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r]+)
    | (?P<newline>\n)
    | (?P<block>\#?\[=*\[)
    | (?P<comment>\#[^\n]*)
    | (?P<quoted>"(?P<text>(?:[^"\\]|\\.)*)")
    | (?P<open>\()
    | (?P<close>\))
    | (?P<plain>(?:[^\s()\#"\\]|\\.|"[^"\n]*"|\$\([^)\n]{0,500}\))+)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPENING = ("if", "foreach", "while", "function", "macro", "block")
_CLOSING = tuple(f"end{name}" for name in _OPENING)
_MIDDLE = ("elseif", "else")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a command.

    Attributes:
        text: the text without quotes, variables unexpanded.
        kind: ``plain``, ``quoted``, ``bracket`` (nothing is expanded) or ``paren``.
    """

    text: str
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Command:
    """One call of a command: its name in lower case, its arguments, its line counted from 1."""

    name: str
    arguments: tuple[Argument, ...]
    line: int


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[Command, ...]:
    """The commands of a file, in order; anything else is ignored."""
    return tuple(_commands(_tokens(text)))


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line, position = 1, 0
    never_closed: set[str] = set()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            position += 1
            continue
        kind, value, end = match.lastgroup or "", match[0], match.end()
        if kind == "block":
            kind, value, end = _bracket(text, match, never_closed)
        elif match["quoted"] is not None:
            kind, value = "quoted", match["text"]
        if kind not in ("space", "newline", "comment"):
            yield kind, value, line
        line += text.count("\n", position, end)
        position = end


def _bracket(text: str, match: re.Match[str], never_closed: set[str]) -> tuple[str, str, int]:
    """The kind, the content and the end of a bracket comment or bracket argument."""
    opening = match[0]
    close = f"]{'=' * opening.count('=')}]"
    end = -1 if close in never_closed else text.find(close, match.end())
    if end < 0:
        never_closed.add(close)
        if opening[0] == "#":
            line_end = text.find("\n", match.end())
            return "comment", "", len(text) if line_end < 0 else line_end
        return "plain", opening, match.end()
    kind = "comment" if opening[0] == "#" else "bracket"
    return kind, text[match.end() : end].removeprefix("\n"), end + len(close)


def _commands(tokens: Iterator[tuple[str, str, int]]) -> Iterator[Command]:
    name, start = "", 0
    for kind, value, line in tokens:
        if kind == "plain":
            name, start = value.lower(), line
        elif kind == "open" and name:
            yield Command(name, tuple(_arguments(tokens)), start)
            name = ""


def _arguments(tokens: Iterator[tuple[str, str, int]]) -> Iterator[Argument]:
    depth = 1
    for kind, value, _ in tokens:
        depth += {"open": 1, "close": -1}.get(kind, 0)
        if depth == 0:
            return
        yield Argument(value, "paren" if kind in ("open", "close") else kind)


@dataclass(frozen=True, slots=True)
class Block:
    """A command that encloses other commands.

    Attributes:
        parts: each command that opens a part, and the nodes in it; only ``if`` has several parts.
    """

    parts: tuple[tuple[Command, tuple[Node, ...]], ...]

    @property
    def head(self) -> Command:
        """The command that opens the block."""
        return self.parts[0][0]


Node = Command | Block


# Services share most of their project: each file is parsed once for all of them.
@lru_cache(maxsize=4096)
def read_blocks(text: str) -> tuple[Node, ...]:
    """The commands and blocks of a file; a block that is never closed ends with the file."""
    commands = iter(parse(text))
    nodes: list[Node] = []
    while True:
        part, end = _part(commands)
        nodes.extend(part)
        if end is None:
            return tuple(nodes)


def _part(commands: Iterator[Command]) -> tuple[tuple[Node, ...], Command | None]:
    """The nodes up to the command that ends a part, and that command."""
    nodes: list[Node] = []
    for command in commands:
        if command.name in _CLOSING or command.name in _MIDDLE:
            return tuple(nodes), command
        nodes.append(_block(command, commands) if command.name in _OPENING else command)
    return tuple(nodes), None


def _block(head: Command, commands: Iterator[Command]) -> Block:
    parts: list[tuple[Command, tuple[Node, ...]]] = []
    opening: Command | None = head
    while opening is not None and opening.name not in _CLOSING:
        nodes, end = _part(commands)
        parts.append((opening, nodes))
        opening = end
    return Block(tuple(parts))
