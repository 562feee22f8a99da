"""Commands that read files when CMake configures, or look for them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild_cpp.patterns import glob
from msbuild_cpp.scope import COMPUTED, FOUND, MOST_CHOICES, UNSET
from msbuild_cpp.values import absolute, is_known, partial_path, path_of, plain

if TYPE_CHECKING:
    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Command

_RESULTS = {"RELATIVE_PATH": 1, "REAL_PATH": 2, "TO_CMAKE_PATH": 2, "READ": 2, "STRINGS": 2}
_WRITES = ("WRITE", "APPEND", "MAKE_DIRECTORY", "REMOVE", "REMOVE_RECURSE", "TOUCH", "LOCK")
_COPIES = ("COPY", "INSTALL")


def _file(frame: Frame, command: Command) -> None:
    values = frame.scope.expand_all(command.arguments)
    action = values[0] if values[1:] else "REMOVE"
    if action in ("GLOB", "GLOB_RECURSE"):
        _glob(frame, values)
    elif action not in _WRITES:
        reason = f"read by {frame.at(command)}"
        frame.name_files(map(plain, values[1:]), reason)
        if action == "GENERATE":
            _templates(frame, values[1:])
        if action in _COPIES:
            _take(frame, values[1:], reason)
        index = _RESULTS.get(action, 2 if action.startswith(("SHA", "MD5")) else len(values))
        if index < len(values):
            _result(frame, action, values, plain(values[index]))


def _result(frame: Frame, action: str, values: list[str], name: str) -> None:
    if action == "RELATIVE_PATH":
        start, path = (path_of(value, "") for value in (*values[2:4], "", "")[:2])
        if start is not None and path is not None:
            frame.assign(name, (posixpath.relpath(path or ".", start or "."),))
            return
    if action in ("REAL_PATH", "TO_CMAKE_PATH"):
        frame.assign(name, (values[1],))
    else:
        frame.compute(name)


def _glob(frame: Frame, values: list[str]) -> None:
    name, rest = plain(values[1]), values[2:]
    recursive = values[0] == "GLOB_RECURSE"
    base, directories, found = "", not recursive, list[str]()
    words = iter(rest)
    for word in words:
        if word == "RELATIVE":
            base = next(words, "")
        elif word == "LIST_DIRECTORIES":
            directories = next(words, "").upper() in ("TRUE", "1", "ON", "YES")
        elif word not in ("CONFIGURE_DEPENDS", "FOLLOW_SYMLINKS"):
            here = frame.directory.path
            path = path_of(word, here) if is_known(word) else partial_path(word, here)
            if path is not None:
                tree = frame.world.tree
                found += glob(path, tree, recursive=recursive, directories=directories)
    relative = path_of(base, frame.directory.path) if base else None
    frame.assign(name, (";".join(_shown(path, relative) for path in dict.fromkeys(found)),))


def _shown(path: str, relative: str | None) -> str:
    text = absolute(path) if relative is None else posixpath.relpath(path, relative or ".")
    return f"{FOUND}{text}"


def _take(frame: Frame, values: list[str], reason: str) -> None:
    """Directories that are copied are taken whole."""
    for value in values[: values.index("DESTINATION") if "DESTINATION" in values else None]:
        for path in frame.paths(plain(value), directories=True):
            if path and "/" in value:
                frame.directory.taken.setdefault(path, reason)


def _templates(frame: Frame, values: list[str]) -> None:
    for value in values:
        frame.directory.templates.update(dict.fromkeys(frame.paths(plain(value))))


def _configure_file(frame: Frame, command: Command) -> None:
    values = frame.values(command.arguments[:1])
    frame.name_files(values, f"configured by {frame.at(command)}")
    _templates(frame, values)


def _find(frame: Frame, command: Command) -> None:
    """``find_path`` and its like: what is asked for may be in the tree."""
    values = frame.values(command.arguments)
    if not values:
        return
    found: dict[str, None] = {}
    hints = [path for value in values[1:] for path in frame.paths(value, directories=True) if path]
    for hint in hints:
        for path in frame.world.tree.files(hint):
            if posixpath.basename(path) in values or any(path.endswith(f"/{v}") for v in values):
                frame.directory.named.setdefault(path, f"looked for by {frame.at(command)}")
                found[absolute(posixpath.dirname(path))] = None
        found[absolute(hint)] = None
        if command.name == "find_library":
            reason = f"{frame.at(command)} looks for a library there"
            frame.directory.taken.setdefault(hint, reason)
    frame.assign(values[0], (UNSET, *found) if len(found) < MOST_CHOICES else (COMPUTED,))


def _execute(frame: Frame, command: Command) -> None:
    """``execute_process`` and ``try_compile``: what they are given may be read."""
    values = frame.values(command.arguments)
    reason = f"run by {frame.at(command)}"
    frame.name_files(values, reason)
    for value in values:
        for path in frame.paths(value):
            if posixpath.splitext(path)[1] in (".py", ".sh", ".pl", ".rb", ".js", ".cmake"):
                where = posixpath.dirname(path)
                if where not in ("", frame.world.project.root):
                    frame.directory.taken.setdefault(where, f"`{path}` is {reason}")
    for keyword in ("OUTPUT_VARIABLE", "RESULT_VARIABLE", "ERROR_VARIABLE", "RESULTS_VARIABLE"):
        if keyword in values[:-1]:
            frame.compute(values[values.index(keyword) + 1])


def _check(frame: Frame, command: Command) -> None:
    """``try_compile``: sets its first argument."""
    _execute(frame, command)
    for name in frame.values(command.arguments[:1]):
        frame.compute(name)


HANDLERS = {
    "file": _file,
    "configure_file": _configure_file,
    "configure_package_config_file": _configure_file,
    "execute_process": _execute,
    "try_compile": _check,
    "try_run": _check,
    **dict.fromkeys(("find_path", "find_file", "find_library", "find_program"), _find),
}
