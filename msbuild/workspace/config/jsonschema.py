"""The schema as JSON Schema, for completion and checks in editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msbuild.workspace.config.kinds import (
    Flag,
    Key,
    Kind,
    ListOf,
    MapOf,
    OneOf,
    PluginOptions,
    Record,
    Text,
    Whole,
)
from msbuild.workspace.config.schema import CONFIG

if TYPE_CHECKING:
    from collections.abc import Sequence

Schema = dict[str, Any]
# The draft that most editors support.
DRAFT = "http://json-schema.org/draft-07/schema#"


def json_schema() -> Schema:
    """JSON Schema, draft 7, of a config.

    It covers structure and formats, but not what must exist or fit together. Plugin options may
    have any type that an option can have.
    """
    definitions: Schema = {}
    root = _record(CONFIG, definitions)
    return {
        "$schema": DRAFT,
        "title": "msbuild.yaml",
        **root,
        "definitions": dict(sorted(definitions.items())),
    }


def _of(kind: Kind, definitions: Schema) -> Schema:  # noqa: PLR0911 - one for each kind
    match kind:
        case Text():
            return _text(kind)
        case Flag():
            return {"type": "boolean"}
        case Whole(least=least, most=most):
            return {"type": "integer", "minimum": least, "maximum": most}
        case ListOf():
            return _list(kind, definitions)
        case MapOf():
            return _map(kind, definitions)
        case OneOf():
            return {"anyOf": [_text(kind.text), _of(kind.record, definitions)]}
        case PluginOptions():
            return _options()
        case Record():
            return _reference(kind, definitions)


def _text(kind: Text) -> Schema:
    shape: Schema = {"type": ["string", *kind.unquoted] if kind.unquoted else "string"}
    # the values of variables are unknown while editing
    shape["pattern"] = rf"\$|{kind.format.pattern}" if kind.env else kind.format.pattern
    shape["maxLength"] = kind.format.longest
    if kind.format.numbers:
        shape["type"] = ["string", "integer"]
        shape["minimum"], shape["maximum"] = kind.format.numbers
    return shape


def _list(kind: ListOf, definitions: Schema) -> Schema:
    item = _of(kind.item, definitions)
    shape: Schema = {"type": "array", "items": item}
    if kind.least:
        shape["minItems"] = kind.least
    return {"anyOf": [shape, item]} if kind.single else shape


def _map(kind: MapOf, definitions: Schema) -> Schema:
    shape: Schema = {
        "type": "object",
        "propertyNames": {"pattern": kind.key.pattern, "maxLength": kind.key.longest},
        "additionalProperties": _of(kind.value, definitions),
    }
    if kind.least:
        shape["minProperties"] = kind.least
    return shape


def _options() -> Schema:
    scalars = ["string", "number", "boolean"]
    return {
        "type": "object",
        "additionalProperties": {"type": [*scalars, "array"], "items": {"type": scalars}},
    }


def _reference(record: Record, definitions: Schema) -> Schema:
    name = record.title.lower().replace(" ", "-")
    if name not in definitions:
        definitions[name] = {}  # reserve the name before nested records look for it
        definitions[name] = _record(record, definitions)
    return {"$ref": f"#/definitions/{name}"}


def _record(record: Record, definitions: Schema) -> Schema:
    shape: Schema = {
        "type": "object",
        "description": record.doc,
        "additionalProperties": False,
        "properties": {key.name: _key(key, definitions) for key in record.keys},
    }
    if required := [key.name for key in record.keys if key.required]:
        shape["required"] = required
    for word, names in (("oneOf", record.one_of), ("anyOf", record.any_of)):
        if names:
            shape[word] = _each_required(names)
    return shape


def _each_required(names: Sequence[str]) -> list[Schema]:
    return [{"required": [name]} for name in names]


def _key(key: Key, definitions: Schema) -> Schema:
    shape = _of(key.kind, definitions)
    # draft 7 ignores all siblings of a `$ref`
    if "$ref" in shape:
        shape = {"allOf": [shape]}
    description = key.doc if key.absent is None else f"{key.doc} Default: {key.absent}."
    shape = {"description": description, **shape}
    if key.default is not None and not isinstance(key.default, tuple):
        shape["default"] = key.default
    return shape
