"""YAML text as a tree of nodes that know their places, within limits that keep bombs out."""

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
    """How large a config may get; far above what people write.

    Attributes:
        size: bytes of the file.
        nodes: keys, values and items, counted again wherever an alias repeats them.
        depth: values inside of values.
    """

    size: int = 4_000_000
    nodes: int = 100_000
    depth: int = 100


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A text, as written. Where it is ``plain``, it stood without quotes."""

    text: str
    plain: bool
    at: Location


@dataclass(frozen=True, slots=True)
class ListNode:
    """Items in their order."""

    items: tuple[Node, ...]
    at: Location


@dataclass(frozen=True, slots=True)
class MapNode:
    """Keys and values in their order; a key may come twice, or be no scalar."""

    entries: tuple[tuple[Node, Node], ...]
    at: Location


Node = ScalarNode | ListNode | MapNode


def parse(text: str, file: str, limits: Limits) -> Node | None:
    """The one document of a text, or nothing where there is none.

    The events of the parser are walked one by one: composing them in C crashes the interpreter
    at some depth, lets duplicate keys win silently and follows aliases without end.

    Raises:
        ConfigError: it is no YAML, more than one document, or beyond the limits.
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
    """A list or mapping that has not ended yet; ``weight`` and ``height`` of what is in it."""

    at: Location
    anchor: str | None
    is_map: bool
    children: list[Node] = field(default_factory=list)
    weight: int = 1
    height: int = 0


class _Builder:
    """Makes nodes of events."""

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
                hint="a config is one document: take out the `---`",
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
        # what is in it has been counted when it came
        self._nodes -= frame.weight - 1
        self._add(node, frame.weight, frame.height + 1, frame.anchor)

    def alias(self, event: Any) -> None:
        """A value that stands elsewhere."""
        at, name = self._place(event), event.anchor
        if name not in self._anchors:
            inside = any(frame.anchor == name for frame in self._stack)
            raise ConfigError(
                f"`*{name}` is inside of itself" if inside else f"there is no anchor `&{name}`",
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
            raise ConfigError(f"more than {self._limits.depth} values inside of each other", at=at)

    def _refuse_tag(self, event: Any, at: Location) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise ConfigError(
                f"the tag {shown(tag)} is not supported",
                hint="put a value in quotes where a text is meant",
                at=at,
            )

    def _place(self, event: Any) -> Location:
        mark = event.start_mark
        return Location(self._file, mark.line + 1, mark.column + 1)


_HINTS = {
    "mapping values are not allowed": (
        "put a value that contains `: ` in quotes; or is a `:` missing in the line above?"
    ),
    "could not find expected ':'": "is a `:` missing, or the space behind it?",
    "did not find expected key": "is the line indented like its neighbours, are quotes closed?",
    "did not find expected ',' or": "is a `,` or a closing bracket missing?",
    "did not find expected '-'": "the items of a list start in the same column",
    "found unexpected end of stream": "is a quote not closed?",
    "found unknown escape character": "write `\\\\` for a backslash, or use single quotes",
}


def syntax_error(error: YAMLError, text: str, file: str) -> ConfigError:
    """The error to raise for one of the YAML library."""
    if isinstance(error, ReaderError):
        return _unreadable(error, text, file)
    if not isinstance(error, MarkedYAMLError) or not (error.problem_mark or error.context_mark):
        return ConfigError(f"no YAML: {error}", at=Location(file, 1, 1))
    mark = error.problem_mark or error.context_mark
    assert mark is not None  # noqa: S101 - the line above the last says so
    at = Location(file, mark.line + 1, mark.column + 1)
    problem = error.problem or error.context or "no YAML"
    if "maximum nesting depth" in problem:
        return ConfigError("too many values inside of each other", at=at)
    if "cannot start any token" in problem:
        return _bad_start(_character(text, mark.line, mark.column), at)
    hint = next((hint for start, hint in _HINTS.items() if problem.startswith(start)), None)
    return ConfigError(f"no valid YAML: {problem}{_context(error)}", hint=hint, at=at)


def not_utf8(error: UnicodeDecodeError, file: str) -> ConfigError:
    """The error for a file that is no UTF-8."""
    before = error.object[: error.start].decode("utf-8")
    return ConfigError(
        f"byte 0x{error.object[error.start]:02x} is not UTF-8",
        hint="save the file as UTF-8",
        at=_end_of(before, file),
    )


def _unreadable(error: ReaderError, text: str, file: str) -> ConfigError:
    character = error.character if isinstance(error.character, int) else ord(error.character)
    # the C parser counts bytes, the other one characters: look for the character itself
    before = text.partition(chr(character))[0] if chr(character) in text else ""
    return ConfigError(
        f"the character U+{character:04X} is not allowed",
        hint="control characters are written as escapes inside of double quotes; is it a text?",
        at=_end_of(before, file),
    )


def _bad_start(character: str, at: Location) -> ConfigError:
    if character == "\t":
        return ConfigError("a tab where only spaces may stand", hint="indent with spaces", at=at)
    return ConfigError(
        f"no valid YAML: `{character}` cannot start a value", hint="put the value in quotes", at=at
    )


def _context(error: MarkedYAMLError) -> str:
    """Where the construct began, if that is another line."""
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
