"""Stages as JSON values and back: nouns of ``model`` by the names of classes and fields."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from msbuild import model

if TYPE_CHECKING:
    from msbuild.model import Stage

_TYPE = ""
"""The key of an object under which its class stands; no field has this name."""

_NOUNS: dict[str, type[Any]] = {
    noun.__name__: noun
    for noun in (
        *(model.Stage, model.ImageRef, model.StageRef, model.HostTool, model.CacheMount),
        *(model.Copy, model.CopyArtifact, model.Run, model.Packages, model.Certificates),
        *(model.AddUser, model.User, model.Runtime, model.Healthcheck),
    )
}


def encode(stage: Stage) -> Any:
    """A stage as JSON values; fields with their defaults are left out."""
    return _encoded(stage)


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


def _encoded(value: Any) -> Any:
    if isinstance(value, model.StageKind):
        return {_TYPE: "StageKind", "value": value.value}
    if isinstance(value, tuple | list):
        return [_encoded(each) for each in value]
    if isinstance(value, dict):
        return {_TYPE: "dict", "items": [[key, _encoded(each)] for key, each in value.items()]}
    if type(value).__name__ in _NOUNS:
        given = {each.name: getattr(value, each.name) for each in fields(value)}
        defaults = {each.name: each.default for each in fields(value)}
        return {
            _TYPE: type(value).__name__,
            **{
                name: _encoded(one)
                for name, one in given.items()
                if defaults[name] is MISSING or one != defaults[name]
            },
        }
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decoded(each) for each in value)
    if not isinstance(value, dict):
        return value
    match value[_TYPE]:
        case "StageKind":
            return model.StageKind(value["value"])
        case "dict":
            return {key: _decoded(each) for key, each in value["items"]}
        case name:
            given = {key: _decoded(each) for key, each in value.items() if key != _TYPE}
            return _NOUNS[name](**given)
