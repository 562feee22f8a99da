"""Cargo's TOML files: read, parsed, and checked for the types of their values."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msbuild.plugin.api import ConfigError, remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild.plugin.api import Sources

Table = dict[str, Any]

# Cargo itself refuses more than 80 levels.
_DEEPEST = 128
_HEADER = re.compile(r"\s*(\[\[?)([^\]]*)\]")
_WORD = re.compile(r"'[^']*'|\"[^\"]*\"|[\w-]+")
# A type, alternatives in a tuple, a table (`*` is any other key), or a list with the shape of its
# items. ``None`` accepts anything.
Shape = Any

_NAMES = {
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    dict: "a table",
    list: "a list",
}

_DEPENDENCY = (
    str,
    {
        "path": str,
        "package": str,
        "features": [str],
        "optional": bool,
        "default-features": bool,
        "default_features": bool,
        "workspace": bool,
    },
)
_DEPENDENCIES = {"*": _DEPENDENCY}
_KINDS = {
    key: _DEPENDENCIES
    for part in ("dependencies", "build-dependencies", "dev-dependencies")
    for key in (part, part.replace("-", "_"))
}
_INHERITED = {"workspace": bool}
_PACKAGE = {
    "name": str,
    "version": (str, _INHERITED),
    "workspace": str,
    "build": (str, bool, [str]),
    "autobins": bool,
    "resolver": str,
    "edition": (str, _INHERITED),
}
_TARGETS = [{"name": str, "path": str}]
_PATCHES = {"*": _DEPENDENCIES}
MANIFEST: Shape = {
    "package": _PACKAGE,
    "project": _PACKAGE,
    "lib": {"name": str, "path": str, "proc-macro": bool, "proc_macro": bool},
    **dict.fromkeys(("bin", "test", "bench", "example"), _TARGETS),
    **_KINDS,
    "target": {"*": _KINDS},
    "features": {"*": [str]},
    "patch": _PATCHES,
    "replace": _DEPENDENCIES,
    "profile": {"*": {}},
    "workspace": {
        "members": [str],
        "default-members": [str],
        "exclude": [str],
        "resolver": str,
        "package": {"version": str},
        "dependencies": _DEPENDENCIES,
    },
}
LOCK_FILE: Shape = {
    "package": [
        {"name": str, "version": str, "source": str, "checksum": str, "dependencies": [str]}
    ],
    "metadata": {"*": str},
}
_FLAGS = (str, [str])
CARGO_CONFIG: Shape = {
    "include": [(str, {"path": str, "optional": bool})],
    "paths": [str],
    "build": {"rustflags": _FLAGS, "target": _FLAGS, "rustc-wrapper": str},
    "target": {"*": {"rustflags": _FLAGS, "linker": str}},
    "env": {"*": (str, {"value": str, "relative": bool, "force": bool})},
    "source": {"*": {"directory": str, "local-registry": str, "replace-with": str}},
    "patch": _PATCHES,
    "profile": {"*": {}},
}
TOOLCHAIN: Shape = {
    "toolchain": {
        "channel": str,
        "path": str,
        "profile": str,
        "components": [str],
        "targets": [str],
    }
}


def read_toml(path: str, sources: Sources, shape: Shape) -> Table:
    """The content of a TOML file of a shape. Raises as ``read_manifest`` does."""
    return remembered(sources, path, lambda: _checked(path, sources, shape))


def read_text(path: str, sources: Sources) -> str:
    """The text of a file that must exist."""
    try:
        return sources.read(path)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        problem = "is not a file" if sources.exists(path) else "does not exist in the source tree"
        raise ConfigError(f"`{path}` {problem}") from error


def _checked(path: str, sources: Sources, shape: Shape) -> Table:
    text = read_text(path, sources)
    table = parse_toml(path, text)
    check(path, text, table, shape)
    return table


def parse_toml(path: str, text: str) -> Table:
    """The content of a TOML file."""
    try:
        return toml_table(text)
    except ValueError as error:
        raise ConfigError(
            f"`{path}` is not valid TOML: {error}",
            hint="correct the file; after a merge, look for conflict markers",
        ) from error


# each service of a workspace reads the same files
@lru_cache(maxsize=4096)
def toml_table(text: str) -> Table:
    """The content of a TOML text.

    Raises:
        ValueError: it is not valid TOML, or nested so deeply that cargo refuses it, too.
    """
    try:
        table = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    values: list[object] = [table]
    for _ in range(_DEEPEST):
        values = [inner for value in values for inner in _inside(value)]
        if not values:
            return table
    raise ValueError("nested too deeply")


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def check(path: str, text: str, table: Mapping[str, Any], shape: Shape) -> None:
    """Raise a ``ConfigError`` for the first value of a file that has the wrong type.

    Args:
        path: the file.
        text: its content.
        table: its parsed content.
        shape: the expected types.
    """
    for keys, expected in _type_errors(table, shape, ()):
        name = ".".join(keys)
        raise ConfigError(
            f"{place(path, text, *keys)}: `{name}` must be {expected}",
            hint="correct the value; cargo rejects it, too",
        )


def place(path: str, text: str, *keys: str) -> str:
    """A file and the line that sets a key, if it can be found."""
    number = line_of(text, *keys)
    return f"{path}:{number}" if number else path


def line_of(text: str, *keys: str) -> int:
    """The line that sets a key; 0 if it cannot be found.

    Args:
        text: a TOML file.
        keys: the names of tables and the key; the entries of a list count from 1.
    """
    table: list[str] = []
    entries: Counter[str] = Counter()
    best = (0, 0)
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            entries[header[2]] += 1
            table = [*_words(header[2]), *([str(entries[header[2]])] if header[1] == "[[" else [])]
            keys_here = table
        elif "=" in line:
            keys_here = [*table, *_words(line.partition("=")[0])]
        else:
            continue
        if len(keys_here) > best[0] and keys_here == list(keys[: len(keys_here)]):
            best = (len(keys_here), number)
    return best[1]


def _words(names: str) -> list[str]:
    return [word.strip("'\"") for word in _WORD.findall(names)]


def _type_errors(
    value: object, shape: Shape, keys: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    if shape is None:
        return
    options = shape if isinstance(shape, tuple) else (shape,)
    fitting = next((option for option in options if isinstance(value, _kind(option))), None)
    if fitting is None or (isinstance(value, bool) and _kind(fitting) is not bool):
        yield keys, " or ".join(dict.fromkeys(_NAMES[_kind(option)] for option in options))
    elif isinstance(fitting, dict) and isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _type_errors(inner, fitting.get(key, fitting.get("*")), (*keys, key))
    elif isinstance(fitting, list) and isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            yield from _type_errors(inner, fitting[0], (*keys, str(number)))


def _kind(shape: Shape) -> type:
    return shape if isinstance(shape, type) else type(shape)
