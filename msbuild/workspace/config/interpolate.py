"""Puts environment variables into the few values of a config that may have them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msbuild.workspace.config.problems import shown
from msbuild.workspace.config.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMS = "`${NAME}`, `${NAME:-default}`, and `$$` for a dollar"
_DOLLAR = re.compile(
    r"\$(?:"
    r"(?P<dollar>\$)"
    r"|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^{}$]*))?\}"
    r"|(?P<wrong>\{[^}\s]*\}?|\w*)"
    r")"
)


def interpolate(text: str, environment: Mapping[str, str]) -> str:
    """The text with its variables replaced.

    Raises:
        Refused: a variable is not set and has no default, or the form is unknown.
    """
    if "$" not in text:
        return text
    return _DOLLAR.sub(lambda match: _value(match, environment), text)


def _value(match: re.Match[str], environment: Mapping[str, str]) -> str:
    if match["dollar"]:
        return "$"
    name, default = match["name"], match["default"]
    if name is None:
        raise Refused(f"{shown(match[0])} stands for no variable", f"known are {FORMS}")
    value = environment.get(name, "")
    if default is not None:
        value = value or default
    elif name not in environment:
        raise Refused(
            f"the environment variable `{name}` is not set",
            f"set it, or give a default: `${{{name}:-default}}`",
        )
    if not value.isprintable():
        # among them the surrogates that stand for bytes that are no UTF-8
        raise Refused(
            f"the environment variable `{name}` holds unprintable characters", "set it anew"
        )
    return value
