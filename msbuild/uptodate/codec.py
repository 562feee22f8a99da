"""Stages as JSON values and back: nouns of ``model`` by the names of classes and fields."""

from __future__ import annotations

import os
import re
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from msbuild import model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.model import Stage

_TYPE = ""
"""The key of an object under which its class stands; no field has this name."""

_VARIABLES = "variables"
# Where the config puts values of variables, as they are or as a language joins them with others.
_TELLING = {"env", "facts", "script"}

_NOUNS: dict[str, type[Any]] = {
    noun.__name__: noun
    for noun in (
        *(model.Stage, model.ImageRef, model.StageRef, model.HostTool, model.CacheMount),
        *(model.Copy, model.CopyArtifact, model.Run, model.Packages, model.Certificates),
        *(model.AddUser, model.User, model.Runtime, model.Healthcheck),
    )
}


def encode(stage: Stage, variables: Mapping[str, str] | None = None) -> Any:
    """A stage as JSON values; fields with their defaults are left out.

    Args:
        stage: the stage.
        variables: of the environment, with their values: which are not told, only their names.
    """
    return _encoded(stage, _Redactor(variables or {}))


class _Redactor:
    """Replaces the values of variables in texts by their names."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        # of two variables with one value either will do: they still have it when it is read
        self._names = {value: name for name, value in variables.items() if value}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile(f"({'|'.join(map(re.escape, longest_first))})")

    def over(self, value: Any) -> Any:
        """A value, its texts in parts where they hold the value of a variable."""
        if not self._names:
            return value
        if isinstance(value, list):
            return [self.over(each) for each in value]
        if isinstance(value, dict):
            return {name: self.over(each) for name, each in value.items()}
        if not isinstance(value, str) or not self._pattern.search(value):
            return value
        parts = self._pattern.split(value)
        told = [[self._names[part]] if place % 2 else part for place, part in enumerate(parts)]
        return {_TYPE: _VARIABLES, "parts": told}


def decode(value: Any) -> Stage:
    """The stage that ``encode`` was given.

    Raises:
        ValueError: it makes no sense.
    """
    try:
        stage = _decoded(value)
    except (KeyError, TypeError) as error:
        raise ValueError("no stage") from error
    if not isinstance(stage, model.Stage):
        raise ValueError("no stage")  # noqa: TRY004 - a file that makes no sense, not a mistake
    return stage


def _encoded(value: Any, veil: _Redactor) -> Any:
    if isinstance(value, model.StageKind):
        return {_TYPE: "StageKind", "value": value.value}
    if isinstance(value, tuple | list):
        return [_encoded(each, veil) for each in value]
    if isinstance(value, dict):
        items = [[key, _encoded(each, veil)] for key, each in value.items()]
        return {_TYPE: "dict", "items": items}
    if type(value).__name__ in _NOUNS:
        given = {each.name: getattr(value, each.name) for each in fields(value)}
        defaults = {each.name: each.default for each in fields(value)}
        encoded = {
            name: _encoded(one, veil)
            for name, one in given.items()
            if defaults[name] is MISSING or one != defaults[name]
        }
        for name in _TELLING & encoded.keys():
            encoded[name] = veil.over(encoded[name])
        return {_TYPE: type(value).__name__, **encoded}
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decoded(each) for each in value)
    if not isinstance(value, dict):
        return value
    match value[_TYPE]:
        case "StageKind":
            return model.StageKind(value["value"])
        case "variables":
            parts = value["parts"]
            return "".join(p if isinstance(p, str) else os.environ[p[0]] for p in parts)
        case "dict":
            return {key: _decoded(each) for key, each in value["items"]}
        case name:
            given = {key: _decoded(each) for key, each in value.items() if key != _TYPE}
            return _NOUNS[name](**given)
