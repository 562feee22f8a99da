"""Commands that read other commands: ``include``, ``find_package``, ``add_subdirectory``."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild_cpp.frame import is_computed
from msbuild_cpp.scope import COMPUTED, FOUND, UNSET
from msbuild_cpp.values import is_blank, is_known, pattern_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Command

_NAME = "CMakeLists.txt"


def _include(frame: Frame, command: Command) -> None:
    reason = f"included by {frame.at(command)}"
    for value in frame.values(command.arguments[:1]):
        if is_blank(value):
            _any_script(frame, reason)
        paths = frame.paths(value)
        if not paths and is_known(value):
            paths = _modules(frame, f"{value}.cmake")
        for path in paths:
            _read(frame, path, reason)
    if "RESULT_VARIABLE" in (words := frame.values(command.arguments)):
        frame.compute(words[words.index("RESULT_VARIABLE") + 1 :][0])


def _any_script(frame: Frame, reason: str) -> None:
    """It may be any script of the project."""
    for path in frame.world.tree.of_project():
        if path.endswith(".cmake"):
            frame.directory.scripts.setdefault(path, f"may be {reason}")


def _read(frame: Frame, path: str, reason: str) -> None:
    frame.directory.scripts.setdefault(path, reason)
    frame.world.read(path, frame)


def _modules(frame: Frame, name: str) -> list[str]:
    """Where on the module path a script may be."""
    choices = frame.scope.choices("CMAKE_MODULE_PATH")
    homes = dict.fromkeys(home for text in choices for home in text.split(";") if home)
    found = [path for home in homes for path in frame.paths(f"{home}/{name}")]
    return found[:1] if all(map(is_known, homes)) else found


def _find_package(frame: Frame, command: Command) -> None:
    for name in frame.values(command.arguments[:1]):
        if not is_known(name):
            continue
        reason = f"found by {frame.at(command)}"
        for path in _modules(frame, f"Find{name}.cmake"):
            _read(frame, path, reason)
        configs = (f"{name}Config.cmake", f"{name.lower()}-config.cmake")
        for path in frame.world.tree.of_project():
            if posixpath.basename(path) in configs:
                frame.directory.taken.setdefault(posixpath.dirname(path), reason)
                frame.world.read(path, frame.maybe())


def _add_subdirectory(frame: Frame, command: Command) -> None:
    for value in frame.scope.expand_all(command.arguments[:1]):
        named = FOUND not in value
        if is_known(value):
            path = frame.path(value)
            if path is not None:
                _add(frame, path, named=named)
        elif value != UNSET:
            for path in _any_directory(frame, plain(value)):
                _add(frame, path, named=named)


def _add(frame: Frame, path: str, *, named: bool) -> None:
    if path == frame.directory.path:
        return
    children = frame.directory.children
    children[path] = named or children.get(path, False)
    frame.world.enter(path, frame)


def _any_directory(frame: Frame, value: str) -> list[str]:
    """The directories that a value may mean that only CMake knows in full."""
    here = frame.directory.path
    pattern = None if is_computed(value) else pattern_of(value, here)
    below = f"{here}/" if here else ""
    homes = (posixpath.dirname(p) for p in frame.world.tree.of_project() if _is_list(p))
    if pattern is not None:
        return [home for home in homes if pattern.match(home)]
    return [home for home in homes if home.startswith(below) and home != here]


def _is_list(path: str) -> bool:
    return posixpath.basename(path) == _NAME


def _fetch_declare(frame: Frame, command: Command) -> None:
    values = frame.values(command.arguments)
    if values and "SOURCE_DIR" in values[:-1]:
        frame.world.fetched[values[0].lower()] = values[values.index("SOURCE_DIR") + 1]


def _fetch(frame: Frame, command: Command) -> None:
    _add_fetched(frame, frame.values(command.arguments))


def _add_fetched(frame: Frame, names: Iterable[str]) -> None:
    for name in names:
        path = frame.path(frame.world.fetched.get(name.lower(), COMPUTED))
        if path is not None:
            _add(frame, path, named=True)


HANDLERS = {
    "include": _include,
    "find_package": _find_package,
    "add_subdirectory": _add_subdirectory,
    "fetchcontent_declare": _fetch_declare,
    "fetchcontent_makeavailable": _fetch,
}
