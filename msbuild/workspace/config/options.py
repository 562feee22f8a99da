"""Checks the options of builders and services against those that their language declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_origin

from msbuild.workspace.config import formats
from msbuild.workspace.config.kinds import Flag, Key, ListOf, Text, Whole
from msbuild.workspace.config.problems import Meant, listed, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from msbuild.plugin.api import Language, Option
    from msbuild.workspace.config.given import Given
    from msbuild.workspace.config.kinds import Kind
    from msbuild.workspace.config.problems import Problems
    from msbuild.workspace.config.reader import Reader

# Versions are common options: unquoted `1.20` must not become 1.2.
_TEXT = Text(formats.SCRIPT, unquoted=("number", "boolean"))
_LARGEST = 10**15
_KINDS: Mapping[type, Kind] = {
    str: _TEXT,
    bool: Flag(),
    int: Whole(-_LARGEST, _LARGEST),
    list: ListOf(_TEXT, single=True),
}


def keys_of(options: Sequence[Option]) -> tuple[Key, ...]:
    """The options that a language declares, as schema keys."""
    return tuple(
        Key(
            option.name,
            _KINDS[get_origin(option.type) or option.type],
            option.doc,
            default=option.default,
        )
        for option in options
    )


def read_options(
    given: Given | None,
    language: Language,
    of: Literal["builders", "services"],
    reader: Reader,
    problems: Problems,
) -> Mapping[str, Any]:
    """The value of every declared option, given or default; lists become tuples.

    Args:
        given: the value of ``options:``.
        language: declares the options.
        of: whether the options are those of a builder or a service.
        reader: reads the values.
        problems: receives unknown options and invalid values.
    """
    keys = {key.name: key for key in keys_of(_declared(language)[of])}
    values = {name: _frozen(key.default) for name, key in keys.items()}
    for name, option in given.items() if given else ():
        if name in keys:
            values[name] = reader.read(option.value, keys[name].kind, f"`{name}`").stripped()
        else:
            message = f"plugin `{language.name}` has no option {shown(name)} for {of}"
            problems.add(option.key, message, _known(name, language, keys), Meant(name, keys))
    return values


def _declared(language: Language) -> Mapping[str, Sequence[Option]]:
    return {"builders": language.builder_options, "services": language.service_options}


def _known(name: str, language: Language, keys: Collection[str]) -> str:
    for of, options in _declared(language).items():
        if name in {option.name for option in options}:
            return f"it is an option for {of}"
    return f"known options: {listed(keys)}" if keys else "it has no options"


def _frozen(default: Any) -> Any:
    return tuple(default) if isinstance(default, list) else default
