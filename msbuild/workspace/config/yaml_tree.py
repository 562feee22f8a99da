"""Parses YAML into nodes with locations, within limits that stop YAML bombs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import yaml
from yaml import MarkedYAMLError
from yaml.reader import ReaderError

from msbuild.errors import ConfigError, did_you_mean
from msbuild.model import Location
from msbuild.workspace.config.problems import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yaml import YAMLError

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Limits:
    """The maximum size of a config, far above what people write.

    Attributes:
        size: bytes of the file.
        nodes: keys, values and items, counted again wherever an alias repeats them.
        depth: nesting levels.
    """

    size: int = 4_000_000
    nodes: int = 100_000
    depth: int = 100


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A text, as written; ``plain`` if it has no quotes."""

    text: str
    plain: bool
    at: Location


@dataclass(frozen=True, slots=True)
class ListNode:
    """A list: items in order."""

    items: tuple[Node, ...]
    at: Location


@dataclass(frozen=True, slots=True)
class MapNode:
    """A mapping: keys and values in order; keys may be duplicate, or not be scalars."""

    entries: tuple[tuple[Node, Node], ...]
    at: Location


Node = ScalarNode | ListNode | MapNode


def parse(text: str, file: str, limits: Limits) -> Node | None:
    """The single document of a text, or ``None`` if there is none.

    This handles the parser's events itself: the composer in C crashes the interpreter at some
    depth, lets the last duplicate key win silently and expands aliases without limit.

    Raises:
        ConfigError: it is not valid YAML, has several documents, or exceeds the limits.
    """
    builder = _Builder(file, limits)
    take: Mapping[type, Callable[[Any], None]] = {
        yaml.ScalarEvent: builder.scalar,
        yaml.SequenceStartEvent: builder.start,
        yaml.MappingStartEvent: builder.start,
        yaml.SequenceEndEvent: builder.end,
        yaml.MappingEndEvent: builder.end,
        yaml.AliasEvent: builder.alias,
        yaml.DocumentStartEvent: builder.document,
    }
    try:
        for event in yaml.parse(text, Loader=LOADER):
            if step := take.get(type(event)):
                step(event)
    except yaml.YAMLError as error:
        raise syntax_error(error, text, file) from error
    return builder.root


@dataclass(slots=True)
class _Frame:
    """A list or mapping that has not ended yet, with the ``weight`` and ``height`` so far."""

    at: Location
    anchor: str | None
    is_map: bool
    children: list[Node] = field(default_factory=list)
    weight: int = 1
    height: int = 0


class _Builder:
    """Builds nodes from parser events."""

    def __init__(self, file: str, limits: Limits) -> None:
        self.root: Node | None = None
        self._file = file
        self._limits = limits
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        self._documents = 0
        self._nodes = 0

    def document(self, event: Any) -> None:
        """A document starts."""
        self._documents += 1
        if self._documents > 1:
            raise ConfigError(
                "a second document starts here",
                hint="a config is a single document: remove the `---`",
                at=self._place(event),
            )

    def scalar(self, event: Any) -> None:
        """A text."""
        at = self._place(event)
        self._refuse_tag(event, at)
        node = ScalarNode(event.value, not event.style, at)
        self._add(node, 1, 0, event.anchor)

    def start(self, event: Any) -> None:
        """A list or a mapping starts."""
        at = self._place(event)
        self._refuse_tag(event, at)
        self._check_depth(1, at)
        is_map = isinstance(event, yaml.MappingStartEvent)
        self._stack.append(_Frame(at, event.anchor, is_map))

    def end(self, _event: Any) -> None:
        """A list or a mapping is complete."""
        frame = self._stack.pop()
        node: Node
        if frame.is_map:
            keys, values = frame.children[::2], frame.children[1::2]
            node = MapNode(tuple(zip(keys, values, strict=True)), frame.at)
        else:
            node = ListNode(tuple(frame.children), frame.at)
        # its contents were already counted
        self._nodes -= frame.weight - 1
        self._add(node, frame.weight, frame.height + 1, frame.anchor)

    def alias(self, event: Any) -> None:
        """A reference to an anchored value."""
        at, name = self._place(event), event.anchor
        if name not in self._anchors:
            inside = any(frame.anchor == name for frame in self._stack)
            raise ConfigError(
                f"`*{name}` contains itself" if inside else f"unknown anchor `&{name}`",
                hint=None if inside else did_you_mean(name, self._anchors),
                at=at,
            )
        node, weight, height = self._anchors[name]
        self._check_depth(height, at)
        self._add(replace(node, at=at), weight, height, None)

    def _add(self, node: Node, weight: int, height: int, anchor: str | None) -> None:
        self._nodes += weight
        if self._nodes > self._limits.nodes:
            raise ConfigError(
                f"more than {self._limits.nodes:,} values",
                hint="values are counted again wherever an alias repeats them",
                at=node.at,
            )
        if anchor:
            self._anchors[anchor] = (node, weight, height)
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        frame.children.append(node)
        frame.weight += weight
        frame.height = max(frame.height, height)

    def _check_depth(self, more: int, at: Location) -> None:
        if len(self._stack) + more > self._limits.depth:
            raise ConfigError(f"nesting is deeper than {self._limits.depth} levels", at=at)

    def _refuse_tag(self, event: Any, at: Location) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise ConfigError(
                f"the tag {shown(tag)} is not supported",
                hint="if it is meant as a string, put the value in quotes",
                at=at,
            )

    def _place(self, event: Any) -> Location:
        mark = event.start_mark
        return Location(self._file, mark.line + 1, mark.column + 1)


_HINTS = {
    "mapping values are not allowed": (
        "put values that contain `: ` in quotes; or is a `:` missing in the line above?"
    ),
    "could not find expected ':'": "is a `:` missing, or the space after it?",
    "did not find expected key": "check the indentation, and that all quotes are closed",
    "did not find expected ',' or": "is a `,` or a closing bracket missing?",
    "did not find expected '-'": "all items of a list must start in the same column",
    "found unexpected end of stream": "is a quote not closed?",
    "found unknown escape character": "write `\\\\` for a backslash, or use single quotes",
}


def syntax_error(error: YAMLError, text: str, file: str) -> ConfigError:
    """The error to raise for an error of the YAML library."""
    if isinstance(error, ReaderError):
        return _unreadable(error, text, file)
    if not isinstance(error, MarkedYAMLError) or not (error.problem_mark or error.context_mark):
        return ConfigError(f"invalid YAML: {error}", at=Location(file, 1, 1))
    mark = error.problem_mark or error.context_mark
    assert mark is not None  # noqa: S101 - checked above
    at = Location(file, mark.line + 1, mark.column + 1)
    problem = error.problem or error.context or "syntax error"
    if "maximum nesting depth" in problem:
        return ConfigError("nesting is too deep", at=at)
    if "cannot start any token" in problem:
        return _bad_start(_character(text, mark.line, mark.column), at)
    hint = next((hint for start, hint in _HINTS.items() if problem.startswith(start)), None)
    return ConfigError(f"invalid YAML: {problem}{_context(error)}", hint=hint, at=at)


def not_utf8(error: UnicodeDecodeError, file: str) -> ConfigError:
    """The error for a file that is not UTF-8."""
    before = error.object[: error.start].decode("utf-8")
    return ConfigError(
        f"byte 0x{error.object[error.start]:02x} is not UTF-8",
        hint="save the file as UTF-8",
        at=_end_of(before, file),
    )


def _unreadable(error: ReaderError, text: str, file: str) -> ConfigError:
    character = error.character if isinstance(error.character, int) else ord(error.character)
    # the C parser counts bytes, the Python one characters: find the character itself
    before = text.partition(chr(character))[0] if chr(character) in text else ""
    return ConfigError(
        f"the character U+{character:04X} is not allowed",
        hint="write control characters as escapes in double quotes; is this a text file?",
        at=_end_of(before, file),
    )


def _bad_start(character: str, at: Location) -> ConfigError:
    if character == "\t":
        return ConfigError("tabs cannot be used for indentation", hint="indent with spaces", at=at)
    return ConfigError(
        f"invalid YAML: `{character}` cannot start a value", hint="put the value in quotes", at=at
    )


def _context(error: MarkedYAMLError) -> str:
    """Where the construct started, if on another line."""
    context, problem = error.context_mark, error.problem_mark
    if not error.context or not context or not problem or context.line == problem.line:
        return ""
    return f" ({error.context} that starts in line {context.line + 1})"


def _character(text: str, line: int, column: int) -> str:
    lines = text.splitlines()
    return lines[line][column : column + 1] if line < len(lines) else ""


def _end_of(before: str, file: str) -> Location:
    line = before.count("\n") + 1
    return Location(file, line, len(before) - (before.rfind("\n") + 1) + 1)
