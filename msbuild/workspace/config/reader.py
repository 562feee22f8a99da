"""Reads the values of a config from its nodes, following the schema, and collects problems."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from msbuild.workspace.config.given import Given
from msbuild.workspace.config.kinds import (
    Flag,
    ListOf,
    MapOf,
    OneOf,
    PluginOptions,
    Record,
    Text,
    Whole,
)
from msbuild.workspace.config.problems import Meant, Problems, Refused, listed, shown
from msbuild.workspace.config.scalars import read_flag, read_text, read_whole, type_of, wrong_type
from msbuild.workspace.config.yaml_tree import ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from msbuild.model import Location
    from msbuild.workspace.config.kinds import Kind


def entries(node: MapNode, problems: Problems) -> Iterator[tuple[ScalarNode, Node]]:
    """Keys and values. Duplicate keys, merge keys and non-text keys are added to the problems."""
    first: dict[str, ScalarNode] = {}
    for key, value in node.entries:
        if not isinstance(key, ScalarNode):
            problems.add(key.at, "a key must be a string", "put `{{ … }}` and the like in quotes")
        elif key.text == "<<" and key.plain:
            problems.add(
                key.at,
                "merge keys (`<<`) are not supported",
                "use `defaults:`, or repeat the entire value with an alias (`*name`)",
            )
        elif key.text in first:
            line = first[key.text].at.line
            problems.add(
                key.at, f"duplicate key {shown(key.text)}", f"first defined in line {line}"
            )
        else:
            first[key.text] = key
            yield key, value


_LIST = "write items in `[…]`, or on lines that start with `- `"
_ENTRY = "write entries as `name: …`"
_LONGEST_COMMAND = 120


class Reader:
    """Reads values of any kind.

    Args:
        problems: receives the problems, also those of later steps.
        environment: the environment variables that values may use.
    """

    def __init__(self, problems: Problems, environment: Mapping[str, str]) -> None:
        self.problems = problems
        self._environment = environment
        # a table is faster than `match`, and this runs for every value of a config
        self._readers: Mapping[type, Callable[[Node, Any, str], Any]] = {
            Text: self._text,
            Flag: lambda node, _kind, label: read_flag(node, label),
            Whole: read_whole,
            ListOf: self._list,
            MapOf: self._map,
            OneOf: self._one_of,
            PluginOptions: self._options,
            Record: self._record,
        }

    def read(self, node: Node, kind: Kind, label: str, key: Location | None = None) -> Given:
        """Read one value. If it is invalid, its ``value`` is ``None``.

        Args:
            node: the node to read.
            kind: what it must be.
            label: what it is called in messages, in back-ticks.
            key: the location of its key.
        """
        at = key or node.at
        try:
            value = self._readers[type(kind)](node, kind, label)
        except Refused as refused:
            self.problems.add(node.at, refused.message, refused.hint)
            return Given(None, node.at, at)
        record = kind.record if isinstance(kind, OneOf) and isinstance(node, MapNode) else kind
        if not isinstance(record, Record):
            return Given(value, node.at, at)
        self._check_presence(at, record, value, label)
        return Given(value, node.at, at, record)

    def _text(self, node: Node, kind: Text, label: str) -> str:
        return read_text(node, kind, label, self._environment)

    def _list(self, node: Node, kind: ListOf, label: str) -> tuple[Given, ...]:
        if kind.single and isinstance(node, ScalarNode) and type_of(node) != "null":
            return (self.read(node, kind.item, label),)
        if not isinstance(node, ListNode):
            raise wrong_type(node, "a list", label, (kind.command and _as_words(node)) or _LIST)
        if len(node.items) < kind.least:
            raise Refused(f"{label} is empty", "add an item")
        item_label = f"an item of {label}"
        return tuple([self.read(item, kind.item, item_label) for item in node.items])

    def _map(self, node: Node, kind: MapOf, label: str) -> dict[str, Given]:
        if not isinstance(node, MapNode):
            raise wrong_type(node, "a mapping", label, _ENTRY)
        if len(node.entries) < kind.least:
            raise Refused(f"{label} is empty", "add an entry")
        found: dict[str, Given] = {}
        for key, value in entries(node, self.problems):
            if complaint := kind.key.complaint(key.text):
                message = complaint.message if key.text else f"the {kind.key.title} is empty"
                self.problems.add(key.at, message, complaint.hint)
            else:
                found[key.text] = self.read(value, kind.value, shown(key.text), key.at)
        return found

    def _one_of(self, node: Node, kind: OneOf, label: str) -> str | dict[str, Given]:
        if isinstance(node, ScalarNode):
            return self._text(node, kind.text, label)
        if not isinstance(node, MapNode):
            raise wrong_type(node, "a string or a mapping", label)
        return self._record(node, kind.record, label)

    def _options(self, node: Node, _kind: PluginOptions, label: str) -> dict[str, Given]:
        if not isinstance(node, MapNode):
            raise wrong_type(node, "a mapping", label, _ENTRY)
        return {
            key.text: Given(value, value.at, key.at) for key, value in entries(node, self.problems)
        }

    def _record(self, node: Node, kind: Record, label: str) -> dict[str, Given]:
        if not isinstance(node, MapNode):
            known = listed([key.name for key in kind.keys])
            raise wrong_type(node, "a mapping", label, f"valid keys: {known}")
        found: dict[str, Given] = {}
        for name, value in entries(node, self.problems):
            key = kind.key(name.text)
            if key is None:
                self._note_unknown(name, kind, label)
            else:
                found[key.name] = self.read(value, key.kind, f"`{key.name}`", name.at)
        return found

    def _note_unknown(self, name: ScalarNode, kind: Record, label: str) -> None:
        known = [key.name for key in kind.keys]
        self.problems.add(
            name.at,
            f"unknown key {shown(name.text)} in {label}",
            f"known keys: {listed(known)}",
            Meant(name.text, known),
        )

    def _check_presence(
        self, at: Location, kind: Record, found: Mapping[str, Given], label: str
    ) -> None:
        for key in kind.keys:
            if key.required and key.name not in found:
                doc = f"{key.doc[0].lower()}{key.doc[1:].rstrip('.')}"
                self.problems.add(
                    at, f"{label} is missing `{key.name}`", f"add `{key.name}:` ({doc})"
                )
        names = [f"`{name}`" for name in kind.one_of or kind.any_of]
        there = [name for name in kind.one_of or kind.any_of if name in found]
        if names and not there:
            self.problems.add(at, f"{label} needs {' or '.join(names)}", "add one of them")
        elif kind.one_of and len(there) > 1:
            message = f"{label} has both {' and '.join(names)}"
            self.problems.add(found[there[1]].key, message, "remove one of them")


def _as_words(node: Node) -> str | None:
    """The hint for a command that was given as one text."""
    if not isinstance(node, ScalarNode) or len(node.text) > _LONGEST_COMMAND:
        return None
    if type_of(node) == "null":
        return None
    try:
        words = shlex.split(node.text)
    except ValueError:
        words = [node.text]
    return f"write it as a list of words: {json.dumps(words)}"
