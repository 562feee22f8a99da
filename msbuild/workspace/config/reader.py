"""Reads the values of a config from its nodes, following the schema, and collects problems.

Unquoted text has the meaning of YAML 1.2: `on`, `1:30` and `1_000`, which YAML 1.1 reads as
booleans and numbers, are strings. Environment variables are substituted where the schema allows it.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from msbuild.workspace.config.problems import Given, Meant, Problems, Refused, listed, shown
from msbuild.workspace.config.schema import (
    Flag,
    Integer,
    ListOf,
    MapOf,
    OneOf,
    PluginOptions,
    Record,
    Text,
)
from msbuild.workspace.config.yaml_tree import ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from msbuild.model import Location
    from msbuild.workspace.config.formats import Complaint
    from msbuild.workspace.config.schema import Kind
    from msbuild.workspace.config.yaml_tree import Node

_NOTHINGS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
# Python refuses to parse very long numbers; no limit in the schema has this many digits.
_MOST_DIGITS = 18
_NUMBER = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
# The possible first characters of a number, so that most strings skip the regular expression.
_STARTS = frozenset("0123456789+-.")
_FLAG_WORDS = {"true": {"true", "yes", "on", "y"}, "false": {"false", "no", "off", "n"}}
_NAMES = {"boolean": "the boolean ", "number": "the number ", "string": "the string "}


def type_of(node: ScalarNode) -> str:
    """``null``, ``boolean``, ``number`` or ``string``, as JSON Schema calls them."""
    if not node.plain:
        return "string"
    if node.text in _NOTHINGS:
        return "null"
    if node.text[0] in _STARTS and _NUMBER.fullmatch(node.text):
        return "number"
    return "boolean" if node.text in _BOOLEANS else "string"


def wrong_type(node: Node, expected: str, label: str, hint: str | None = None) -> Refused:
    """The error for a value of another type."""
    if isinstance(node, ScalarNode):
        kind = type_of(node)
        found = "nothing" if kind == "null" else f"{_NAMES[kind]}{shown(node.text)}"
    else:
        found = "a list" if isinstance(node, ListNode) else "a mapping"
    return Refused(f"{label} must be {expected}, found {found}", hint)


def read_text(node: Node, kind: Text, label: str, environment: Mapping[str, str]) -> str:
    """A string in its format's normal form.

    Raises:
        Refused: it has another type, or does not match the format.
    """
    if not isinstance(node, ScalarNode):
        raise wrong_type(node, "a string", label, _as_template(node))
    found = type_of(node)
    if found != "string" and found not in kind.unquoted:
        raise wrong_type(node, "a string", label, _as_text(node, found, kind))
    text = _with_variables(node.text, kind, environment) if "$" in node.text else node.text
    if complaint := kind.format.complaint(text):
        raise _refused(complaint, text, node.text, kind, label)
    return kind.format.normal(text)


def _as_text(node: ScalarNode, found: str, kind: Text) -> str | None:
    """The hint for a value that is not a string: quotes, if they would make it valid."""
    if found == "null" or kind.format.complaint(node.text):
        return kind.format.hint
    return f"put it in quotes: {json.dumps(node.text)}"


def _as_template(node: Node) -> str | None:
    """The hint for an unquoted `{{ … }}`, which YAML reads as a mapping in a mapping's key."""
    braces = isinstance(node, MapNode) and any(isinstance(key, MapNode) for key, _ in node.entries)
    return "put `{{ … }}` in quotes" if braces else None


def _refused(complaint: Complaint, text: str, written: str, kind: Text, label: str) -> Refused:
    if text != written:
        # the value of a variable may be a secret: show only the text of the config
        what = f"{shown(written)} is not a valid {kind.format.title} with its variables substituted"
        return Refused(what, kind.format.hint)
    return Refused(complaint.message if text.strip() else f"{label} is empty", complaint.hint)


def read_flag(node: Node, label: str) -> bool:
    """A boolean.

    Raises:
        Refused: it has another type.
    """
    if not isinstance(node, ScalarNode) or type_of(node) != "boolean":
        raise wrong_type(node, "`true` or `false`", label, _as_flag(node))
    return _BOOLEANS[node.text]


def _as_flag(node: Node) -> str | None:
    """The hint for a boolean of YAML 1.1, or for a quoted boolean."""
    word = node.text.lower() if isinstance(node, ScalarNode) else ""
    meant = next((each for each, words in _FLAG_WORDS.items() if word in words), None)
    quotes = "" if not isinstance(node, ScalarNode) or node.plain else ", without quotes"
    return f"write `{meant}`{quotes}" if meant else None


def read_integer(node: Node, kind: Integer, label: str) -> int:
    """An integer.

    Raises:
        Refused: it has another type, or is out of range.
    """
    if not isinstance(node, ScalarNode) or not INTEGER.fullmatch(node.text):
        hint = f"write `{kind.least}`" if kind.least == kind.most else None
        raise wrong_type(node, "an integer", label, hint)
    if not node.plain:
        raise wrong_type(node, "an integer", label, "remove the quotes")
    number = int(node.text) if len(node.text) <= _MOST_DIGITS else None
    if number is None or not kind.least <= number <= kind.most:
        message = f"{label} must be {_range(kind)}, found {shown(node.text)}"
        raise Refused(message, kind.hint)
    return number


def _range(kind: Integer) -> str:
    return f"`{kind.least}`" if kind.least == kind.most else f"from {kind.least} to {kind.most}"


def _with_variables(text: str, kind: Text, environment: Mapping[str, str]) -> str:
    if kind.env:
        return interpolate(text, environment)
    if "${" in text and not kind.for_shell:
        raise Refused(
            f"{shown(text)} has a variable, but variables are not substituted here",
            "only `registry`, `ca_bundle` and the values of `env` can use environment variables",
        )
    return text


FORMS = "`${NAME}`, `${NAME:-default}`, or `$$` for a dollar sign"
_DOLLAR = re.compile(
    r"\$(?:"
    r"(?P<dollar>\$)"
    r"|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^{}$]*))?\}"
    r"|(?P<wrong>\{[^}\s]*\}?|\w*)"
    r")"
)


def interpolate(text: str, environment: Mapping[str, str]) -> str:
    """The text with its variables substituted.

    Raises:
        Refused: a variable is not set and has no default, or the syntax is invalid.
    """
    if "$" not in text:
        return text
    return _DOLLAR.sub(lambda match: _value(match, environment), text)


def _value(match: re.Match[str], environment: Mapping[str, str]) -> str:
    if match["dollar"]:
        return "$"
    name, default = match["name"], match["default"]
    if name is None:
        raise Refused(f"{shown(match[0])} is not a valid variable reference", f"use {FORMS}")
    value = environment.get(name, "")
    if default is not None:
        value = value or default
    elif name not in environment:
        raise Refused(
            f"the environment variable `{name}` is not set",
            f"set it, or give a default: `${{{name}:-default}}`",
        )
    if not value.isprintable():
        # including the surrogates that represent bytes that are not UTF-8
        raise Refused(
            f"the environment variable `{name}` contains unprintable characters",
            "set it to another value",
        )
    return value


def entries(node: MapNode, problems: Problems) -> Iterator[tuple[ScalarNode, Node]]:
    """Keys and values; adds a problem for duplicate keys, merge keys and keys of other types."""
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
            Integer: read_integer,
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
            kind: the expected kind.
            label: its name in messages, in back-ticks.
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
    """The hint for a command that was given as one string."""
    if not isinstance(node, ScalarNode) or len(node.text) > _LONGEST_COMMAND:
        return None
    if type_of(node) == "null":
        return None
    try:
        words = shlex.split(node.text)
    except ValueError:
        words = [node.text]
    return f"write it as a list of words: {json.dumps(words)}"
