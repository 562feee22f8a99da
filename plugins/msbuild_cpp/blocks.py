"""Commands as a tree: what ``if``, ``foreach``, ``function`` and their like enclose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from msbuild_cpp.lexer import Command, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING = ("if", "foreach", "while", "function", "macro", "block")
_CLOSING = tuple(f"end{name}" for name in _OPENING)
_MIDDLE = ("elseif", "else")


@dataclass(frozen=True, slots=True)
class Block:
    """A command that encloses others.

    Attributes:
        parts: each command that opens a part, and what stands in it; only ``if`` has several.
    """

    parts: tuple[tuple[Command, tuple[Node, ...]], ...]

    @property
    def head(self) -> Command:
        """The command that opens the block."""
        return self.parts[0][0]


Node = Command | Block


# Services share most of their project: each file is read once for all of them.
@lru_cache(maxsize=4096)
def read_blocks(text: str) -> tuple[Node, ...]:
    """The commands of a file. A block that is never closed ends with the file."""
    commands = iter(parse(text))
    nodes: list[Node] = []
    while True:
        part, end = _part(commands)
        nodes.extend(part)
        if end is None:
            return tuple(nodes)


def _part(commands: Iterator[Command]) -> tuple[tuple[Node, ...], Command | None]:
    """The nodes up to the command that ends the part, and that command."""
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
