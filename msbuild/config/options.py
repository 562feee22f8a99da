"""Checks the options of builders and services against what their language declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_origin

from msbuild.config import formats
from msbuild.config.kinds import Flag, Key, ListOf, Text, Whole
from msbuild.config.problems import Meant, listed, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.config.given import Given
    from msbuild.config.kinds import Kind
    from msbuild.config.problems import Problems
    from msbuild.config.reader import Reader
    from msbuild.plugin_api import Option

# A version as an option is the classic: `1.20` without quotes is no 1.2 here.
_TEXT = Text(formats.SCRIPT, unquoted=("number", "boolean"))
_LARGEST = 10**15
_KINDS: Mapping[type, Kind] = {
    str: _TEXT,
    bool: Flag(),
    int: Whole(-_LARGEST, _LARGEST),
    list: ListOf(_TEXT, single=True),
}


def keys_of(options: Sequence[Option]) -> tuple[Key, ...]:
    """The options a language declares, as keys like those of our own."""
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
    declared: Sequence[Option],
    plugin: str,
    reader: Reader,
    problems: Problems,
) -> Mapping[str, Any]:
    """The value of every declared option, given or default; lists become tuples.

    Args:
        given: what stands under ``options:``.
        declared: the options there are.
        plugin: the language, for messages.
        reader: reads the values.
        problems: where unknown options and wrong values are noted.
    """
    keys = {key.name: key for key in keys_of(declared)}
    values = {name: _frozen(key.default) for name, key in keys.items()}
    for name, option in given.items() if given else ():
        if name in keys:
            values[name] = reader.read(option.value, keys[name].kind, f"`{name}`").stripped()
        else:
            known = f"known are {listed(keys)}" if keys else "it has no options here"
            problems.add(
                option.key,
                f"plugin `{plugin}` has no option {shown(name)} here",
                known,
                Meant(name, keys),
            )
    return values


def _frozen(default: Any) -> Any:
    return tuple(default) if isinstance(default, list) else default
