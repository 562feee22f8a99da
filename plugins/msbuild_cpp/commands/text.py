"""Commands that compute text: strings, lists and paths."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msbuild_cpp.values import (
    COMPUTED,
    FOUND,
    MOST_CHOICES,
    UNSET,
    absolute,
    expression,
    is_known,
    is_quick,
    path_of,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from msbuild_cpp.frame import Frame
    from msbuild_cpp.syntax import Command

# The index of the argument that names the output variable, if it is not the last one.
_STRING_RESULTS = {
    "FIND": 3,
    "REPLACE": 3,
    "CONCAT": 1,
    "JOIN": 2,
    "TIMESTAMP": 1,
    "CONFIGURE": 2,
    "UUID": 1,
    "JSON": 1,
}
_REGEX_RESULTS = {"MATCH": 3, "MATCHALL": 3, "REPLACE": 4}
# In a loop over files, these count the files or collect their names.
_COUNTS = ("APPEND", "PREPEND", "CONCAT")
_HASHES = ("MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA3_256", "SHA3_512")
# The index of the argument that names the output variable, counted from the action.
_LIST_RESULTS = {"LENGTH": 2, "GET": -1, "JOIN": 3, "SUBLIST": -1, "FIND": 3}


def _string(frame: Frame, command: Command) -> None:
    texts = [frame.scope.substitute(argument.text) for argument in command.arguments]
    if not texts[1:]:
        return
    action = texts[0]
    frame.add_listed_reads(texts[2:], command)
    if action in _COUNTS:
        frame.add_listed_reads(frame.listed, command)
    if action in ("APPEND", "PREPEND"):
        _append_text(frame, texts[1], "".join(texts[2:]), after=action == "APPEND")
        return
    index = (
        _REGEX_RESULTS.get(texts[1], -1) if action == "REGEX" else _STRING_RESULTS.get(action, -1)
    )
    index = 1 if action in _HASHES else index
    if index >= len(texts):
        return
    result = _regex_result(texts) if action == "REGEX" else _string_result(action, texts)
    out = plain(texts[index])
    if result is not None and all(is_known(text) for text in texts):
        frame.assign(out, (result,))
    else:
        frame.compute(out)


def _append_text(frame: Frame, name: str, text: str, *, after: bool) -> None:
    old = ["" if frame.scope.get(name) is None else value for value in frame.scope.choices(name)]
    frame.assign(name, [f"{value}{text}" if after else f"{text}{value}" for value in old])


def _string_result(action: str, texts: list[str]) -> str | None:
    if action in ("TOLOWER", "TOUPPER", "STRIP"):
        text = texts[1]
        return {"TOLOWER": text.lower(), "TOUPPER": text.upper(), "STRIP": text.strip()}[action]
    if action == "CONCAT":
        return "".join(texts[2:])
    if action == "JOIN":
        return texts[1].join(texts[3:])
    if action == "REPLACE" and texts[1]:
        return "".join(texts[4:]).replace(texts[1], texts[2])
    if action == "MAKE_C_IDENTIFIER":
        return "".join(character if character.isalnum() else "_" for character in plain(texts[1]))
    return None


def _regex_result(texts: list[str]) -> str | None:
    """The result of ``string(REGEX …)``; ``None`` if matching may be slow."""
    mode, rest = texts[1], texts[2:]
    start = 3 if mode == "REPLACE" else 2
    if not rest[start - 1 :] or mode not in ("MATCH", "MATCHALL", "REPLACE"):
        return None
    pattern, text = expression(rest[0]), "".join(rest[start:])
    if pattern is None or not is_quick(rest[0], text):
        return None
    if mode == "REPLACE":
        parts = re.split(r"\\(\d)", rest[1])
        if any(int(part) > pattern.groups for part in parts[1::2]):
            return None
        return pattern.sub(lambda match: _replacement(parts, match), text)
    matches = [match[0] for match in pattern.finditer(text) if match[0]]
    return ";".join(matches[:1] if mode == "MATCH" else matches)


def _replacement(parts: list[str], match: re.Match[str]) -> str:
    return "".join(
        (match[int(part)] or "") if index % 2 else part for index, part in enumerate(parts)
    )


def _math(frame: Frame, command: Command) -> None:
    frame.add_listed_reads(frame.listed, command)
    for name in frame.values(command.arguments[1:2]):
        frame.compute(name)


def _set_unknown(frame: Frame, command: Command) -> None:
    """Set the variable that the first argument names to an unknown value."""
    for name in frame.values(command.arguments[:1]):
        frame.compute(name)


def _list(frame: Frame, command: Command) -> None:
    values = frame.scope.expand_all(command.arguments)
    action, name = (*map(plain, values[:2]), "", "")[:2]
    rest = values[2:]
    if action in ("APPEND", "PREPEND", "INSERT"):
        _append_items(frame, name, rest[1:] if action == "INSERT" else rest)
    elif action == "REMOVE_ITEM":
        gone = {plain(value) for value in rest if is_known(value)}
        _keep_items(frame, name, lambda value: plain(value) not in gone)
    elif action == "FILTER":
        _filter(frame, name, rest)
    elif action == "TRANSFORM":
        _transform(frame, name, rest)
    elif action in _LIST_RESULTS:
        for out in values[_LIST_RESULTS[action] :][:1]:
            _result(frame, action, name, plain(out))
    elif action.startswith("POP_"):
        for out in rest:
            _result(frame, action, name, plain(out))


def _append_items(frame: Frame, name: str, values: list[str]) -> None:
    old = frame.scope.choices(name)
    added = ";".join(values)
    grown = [";".join(filter(None, (text.replace(UNSET, ""), added))) for text in old]
    # if the command may not run, additional files do no harm, but the list may still be empty
    emptied = [text for text in old if frame.may_keep_old_values and not text.replace(UNSET, "")]
    frame.scope.assign(name, list(dict.fromkeys((*emptied, *grown))))


def _keep_items(frame: Frame, name: str, wanted: Callable[[str], bool]) -> None:
    def kept(text: str) -> str:
        return ";".join(value for value in text.split(";") if wanted(value))

    frame.assign(name, [kept(text) for text in frame.scope.choices(name)])


def _filter(frame: Frame, name: str, rest: list[str]) -> None:
    texts = [text for text in rest[2:3] if is_known(text)]
    pattern = expression(texts[0]) if texts else None
    if pattern is None:
        return
    found = pattern.search
    includes = rest[0] == "INCLUDE"
    # an unknown value may match or not
    _keep_items(
        frame,
        name,
        lambda value: (
            not is_known(value)
            or not is_quick(texts[0], value)
            or bool(found(plain(value))) == includes
        ),
    )


def _transform(frame: Frame, name: str, rest: list[str]) -> None:
    action = rest[0] if rest else ""
    out = rest[-1] if "OUTPUT_VARIABLE" in rest else name
    if action not in ("APPEND", "PREPEND", "STRIP", "GENEX_STRIP") or "AT" in rest or "FOR" in rest:
        frame.compute(plain(out))
        return
    before = rest[1] if action == "PREPEND" and rest[1:] else ""
    after = rest[1] if action == "APPEND" and rest[1:] else ""

    def changed(text: str) -> str:
        return ";".join(f"{before}{value.strip()}{after}" for value in text.split(";") if value)

    frame.assign(plain(out), [changed(text) for text in frame.scope.choices(name)])


def _result(frame: Frame, action: str, name: str, out: str) -> None:
    choices = frame.scope.choices(name)
    if action in ("GET", "SUBLIST") or action.startswith("POP_"):
        # the index is unknown: the result is any of the items
        values = [value for text in choices for value in text.split(";") if value] or [UNSET]
        if action == "SUBLIST":
            values = [";".join(values)]
        frame.assign(out, values if len(values) <= MOST_CHOICES else (COMPUTED,))
    else:
        frame.compute(out)


def _counted(frame: Frame, command: Command) -> None:
    """Run ``list``; if the result depends on the number or order of items, all are inputs."""
    words = frame.values(command.arguments[:2])
    if words[1:] and words[0] in ("LENGTH", "FIND", "JOIN", "GET", "SUBLIST"):
        frame.add_listed_reads(frame.scope.choices(words[1]), command)
    _list(frame, command)


def part(value: str, mode: str) -> str:
    """A part of a path; keeps the mark of a listed path."""
    if not is_known(value):
        return COMPUTED
    mark, text = (FOUND, plain(value)) if FOUND in value else ("", value)
    name = posixpath.basename(text)
    parts = {
        "DIRECTORY": posixpath.dirname(text),
        "PATH": posixpath.dirname(text),
        "PARENT_PATH": posixpath.dirname(text),
        "NAME": name,
        "FILENAME": name,
        "NAME_WE": name.split(".")[0],
        "NAME_WLE": posixpath.splitext(name)[0],
        "STEM": name.split(".")[0] or name,
        "EXT": f".{name.split('.', 1)[1]}" if "." in name else "",
        "EXTENSION": f".{name.split('.', 1)[1]}" if "." in name else "",
        "LAST_EXT": posixpath.splitext(name)[1],
    }
    return f"{mark}{parts[mode]}" if mode in parts else COMPUTED


def _filename_component(frame: Frame, command: Command) -> None:
    texts = [frame.scope.substitute(argument.text) for argument in command.arguments]
    if not texts[2:]:
        return
    name, _, mode, *rest = texts
    base = frame.directory.path
    if rest[:1] == ["BASE_DIR"] and rest[1:]:
        base = path_of(rest[1], base) or ""
    values = frame.scope.texts(command.arguments[1].text)
    if mode in ("ABSOLUTE", "REALPATH"):
        frame.assign(name, [_absolute(value, base) for value in values])
    else:
        frame.assign(name, [part(value, mode) for value in values])


def _absolute(value: str, base: str) -> str:
    path = path_of(value, base)
    if path is None:
        # an absolute path outside of the source tree is unchanged
        return value if is_known(value) and value.startswith("/") else COMPUTED
    return f"{FOUND if FOUND in value else ''}{absolute(path)}"


def _cmake_path(frame: Frame, command: Command) -> None:
    values = frame.scope.expand_all(command.arguments)
    if not values[1:]:
        return
    action, name = values[0], plain(values[1])
    out = (
        plain(values[values.index("OUTPUT_VARIABLE") + 1])
        if "OUTPUT_VARIABLE" in values[:-1]
        else name
    )
    if action == "GET":
        mode = next((word for word in values[2:-1] if word != "LAST_ONLY"), "")
        frame.assign(plain(values[-1]), [part(value, mode) for value in frame.scope.choices(name)])
    elif action == "SET":
        frame.assign(name, (posixpath.normpath(values[-1]),))
    elif action == "APPEND" and all(map(is_known, values)):
        end = values.index("OUTPUT_VARIABLE") if "OUTPUT_VARIABLE" in values else len(values)
        old = [value if is_known(value) else COMPUTED for value in frame.scope.choices(name)]
        frame.assign(out, [posixpath.join(value, *values[2:end]) for value in old])
    elif action == "ABSOLUTE_PATH":
        choices = frame.scope.choices(name)
        frame.assign(out, [_absolute(value, frame.directory.path) for value in choices])
    elif action == "NORMAL_PATH":
        frame.assign(out, frame.scope.choices(name))
    elif action in ("COMPARE", "HASH") or action.startswith(("HAS_", "IS_")):
        frame.compute(plain(values[-1]))
    else:
        frame.compute(out)


HANDLERS = {
    "string": _string,
    "math": _math,
    "cmake_host_system_information": _math,
    "get_cmake_property": _set_unknown,
    "separate_arguments": _set_unknown,
    "get_source_file_property": _set_unknown,
    "get_test_property": _set_unknown,
    "list": _counted,
    "cmake_path": _cmake_path,
    "get_filename_component": _filename_component,
}
