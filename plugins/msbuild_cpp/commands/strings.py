"""``string`` and other commands that compute a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msbuild_cpp.patterns import expression, is_quick
from msbuild_cpp.values import is_known, plain

if TYPE_CHECKING:
    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Command

# Which argument names the variable that is set, where it is not the last one.
_RESULTS = {
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
# In a loop over files these count them, or write down their names.
_COUNTS = ("APPEND", "PREPEND", "CONCAT")
_HASHES = ("MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA3_256", "SHA3_512")


def _string(frame: Frame, command: Command) -> None:
    texts = [frame.scope.substitute(argument.text) for argument in command.arguments]
    if not texts[1:]:
        return
    action = texts[0]
    frame.name_found(texts[2:], command)
    if action in _COUNTS:
        frame.name_found(frame.listed, command)
    if action in ("APPEND", "PREPEND"):
        _extend(frame, texts[1], "".join(texts[2:]), after=action == "APPEND")
        return
    index = _REGEX_RESULTS.get(texts[1], -1) if action == "REGEX" else _RESULTS.get(action, -1)
    index = 1 if action in _HASHES else index
    if index >= len(texts):
        return
    result = _regex(texts) if action == "REGEX" else _value(action, texts)
    out = plain(texts[index])
    if result is not None and all(is_known(text) for text in texts):
        frame.assign(out, (result,))
    else:
        frame.compute(out)


def _extend(frame: Frame, name: str, text: str, *, after: bool) -> None:
    old = ["" if frame.scope.get(name) is None else each for each in frame.scope.choices(name)]
    frame.assign(name, [f"{each}{text}" if after else f"{text}{each}" for each in old])


def _value(action: str, texts: list[str]) -> str | None:
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
        return "".join(each if each.isalnum() else "_" for each in plain(texts[1]))
    return None


def _regex(texts: list[str]) -> str | None:
    """``string(REGEX …)``, where the expression is one that is quick to match."""
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
        return pattern.sub(lambda found: _filled(parts, found), text)
    found = [each[0] for each in pattern.finditer(text) if each[0]]
    return ";".join(found[:1] if mode == "MATCH" else found)


def _filled(parts: list[str], found: re.Match[str]) -> str:
    return "".join((found[int(p)] or "") if i % 2 else p for i, p in enumerate(parts))


def _math(frame: Frame, command: Command) -> None:
    frame.name_found(frame.listed, command)
    for name in frame.values(command.arguments[1:2]):
        frame.compute(name)


def _first(frame: Frame, command: Command) -> None:
    """Sets what its first argument names to what only CMake knows."""
    for name in frame.values(command.arguments[:1]):
        frame.compute(name)


HANDLERS = {
    "string": _string,
    "math": _math,
    "cmake_host_system_information": _math,
    "get_cmake_property": _first,
    "separate_arguments": _first,
    "get_source_file_property": _first,
    "get_test_property": _first,
}
