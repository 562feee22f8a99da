"""The text of a ``CMakeLists.txt`` as commands and arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a command.

    Attributes:
        text: what stands there, variables unexpanded, without quotes.
        kind: ``plain``, ``quoted``, ``bracket`` (nothing is expanded) or ``paren``.
    """

    text: str
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Command:
    """One call of a command: its name in lower case, its arguments, its line from 1."""

    name: str
    arguments: tuple[Argument, ...]
    line: int


_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r]+)
    | (?P<newline>\n)
    | (?P<comment>\#\[(?P<c>=*)\[.*?\](?P=c)\] | \#[^\n]*)
    | (?P<bracket>\[(?P<b>=*)\[\n?(?P<inside>.*?)\](?P=b)\])
    | (?P<quoted>"(?P<text>(?:[^"\\]|\\.)*)")
    | (?P<open>\()
    | (?P<close>\))
    | (?P<plain>(?:[^\s()\#"\\]|\\.|"[^"\n]*"|\$\([^)]*\))+)
    """,
    re.VERBOSE | re.DOTALL,
)


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[Command, ...]:
    """The commands of a file, in order. What is no command is passed over."""
    return tuple(_commands(_tokens(text)))


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line, position = 1, 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            position += 1
            continue
        kind = found.lastgroup or ""
        for name in ("comment", "bracket", "quoted"):
            kind = name if found[name] is not None else kind
        value = {"bracket": found["inside"], "quoted": found["text"]}.get(kind, found[0])
        if kind not in ("space", "newline", "comment"):
            yield kind, value or "", line
        line += found[0].count("\n")
        position = found.end()


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
