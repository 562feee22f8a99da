"""Commands that take paths apart."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild_cpp.scope import COMPUTED, FOUND
from msbuild_cpp.values import absolute, is_known, path_of, plain

if TYPE_CHECKING:
    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Command


def part(value: str, mode: str) -> str:
    """A part of a path; keeps the mark of a path that was found."""
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
        # a path elsewhere stays what it is
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
        frame.assign(plain(values[-1]), [part(each, mode) for each in frame.scope.choices(name)])
    elif action == "SET":
        frame.assign(name, (posixpath.normpath(values[-1]),))
    elif action == "APPEND" and all(map(is_known, values)):
        end = values.index("OUTPUT_VARIABLE") if "OUTPUT_VARIABLE" in values else len(values)
        old = [each if is_known(each) else COMPUTED for each in frame.scope.choices(name)]
        frame.assign(out, [posixpath.join(each, *values[2:end]) for each in old])
    elif action == "ABSOLUTE_PATH":
        choices = frame.scope.choices(name)
        frame.assign(out, [_absolute(each, frame.directory.path) for each in choices])
    elif action == "NORMAL_PATH":
        frame.assign(out, frame.scope.choices(name))
    elif action in ("COMPARE", "HASH") or action.startswith(("HAS_", "IS_")):
        frame.compute(plain(values[-1]))
    else:
        frame.compute(out)


HANDLERS = {
    "cmake_path": _cmake_path,
    "get_filename_component": _filename_component,
}
