"""YAML text as a tree of nodes that know their places, within limits that keep bombs out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import yaml

from msbuild.errors import ConfigError, did_you_mean
from msbuild.model import Location
from msbuild.workspace.config.problems import shown
from msbuild.workspace.config.yaml_errors import syntax_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
