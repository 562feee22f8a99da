"""Reads strings, booleans and integers, and substitutes environment variables in strings.

Unquoted text has the meaning of YAML 1.2: `on`, `1:30` and `1_000`, which YAML 1.1 reads as
booleans and numbers, are strings.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from msbuild.workspace.config.problems import Refused, shown
from msbuild.workspace.config.yaml_tree import ListNode, MapNode, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.workspace.config.formats import Complaint
    from msbuild.workspace.config.kinds import Text, Whole
    from msbuild.workspace.config.yaml_tree import Node

_NOTHINGS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
# Python refuses to parse very long numbers; no limit in the schema has this many digits.
_MOST_DIGITS = 18
_NUMBER = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
# What a number can start with, so that most strings skip the regular expression.
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


def read_whole(node: Node, kind: Whole, label: str) -> int:
    """A integer.

    Raises:
        Refused: it has another type, or is out of range.
    """
    if not isinstance(node, ScalarNode) or not WHOLE.fullmatch(node.text):
        hint = f"write `{kind.least}`" if kind.least == kind.most else None
        raise wrong_type(node, "an integer", label, hint)
    if not node.plain:
        raise wrong_type(node, "an integer", label, "remove the quotes")
    number = int(node.text) if len(node.text) <= _MOST_DIGITS else None
    if number is None or not kind.least <= number <= kind.most:
        message = f"{label} must be {_range(kind)}, found {shown(node.text)}"
        raise Refused(message, kind.hint)
    return number


def _range(kind: Whole) -> str:
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
