"""Commands that read other files of commands: ``include``, ``add_subdirectory`` and others."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msbuild_cpp.frame import is_computed
from msbuild_cpp.syntax import CMAKELISTS
from msbuild_cpp.values import (
    COMPUTED,
    FOUND,
    UNSET,
    generated,
    is_blank,
    is_known,
    pattern_of,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild_cpp.frame import Frame
    from msbuild_cpp.syntax import Command

# A variable in a template.
_AT = re.compile(r"@([\w.+-]+)@")
# CMake searches these for packages, headers, libraries and programs.
_PREFIXES = (
    *("CMAKE_PREFIX_PATH", "CMAKE_FIND_ROOT_PATH", "CMAKE_INCLUDE_PATH", "CMAKE_LIBRARY_PATH"),
    *("CMAKE_PROGRAM_PATH", "CMAKE_FRAMEWORK_PATH", "CMAKE_SYSROOT", "CMAKE_STAGING_PREFIX"),
    *("CMAKE_SYSTEM_PREFIX_PATH", "CMAKE_INSTALL_PREFIX", "CMAKE_MODULE_PATH"),
)


def _include(frame: Frame, command: Command) -> None:
    reason = f"included by {frame.at(command)}"
    for value in frame.values(command.arguments[:1]):
        if is_blank(value):
            _add_any_script(frame, reason)
        paths = frame.paths(value)
        _read_generated(frame, value)
        if not paths and is_known(value):
            paths = _on_module_path(frame, f"{value}.cmake")
        for path in paths:
            _read_commands(frame, path, reason)
    if "RESULT_VARIABLE" in (words := frame.values(command.arguments)):
        for name in words[words.index("RESULT_VARIABLE") + 1 :][:1]:
            frame.compute(name)


def _read_generated(frame: Frame, value: str) -> None:
    """Run the commands of a file that CMake writes or configures earlier."""
    for place in generated(value, frame.directory.path) if is_known(value) else ():
        for text in frame.interpreter.written.get(place, ()):
            frame.interpreter.run(text, frame)
        if place in frame.interpreter.configured:
            text = frame.tree.read(frame.interpreter.configured[place])
            frame.interpreter.run(_AT.sub(r"${\1}", text), frame)


def _add_any_script(frame: Frame, reason: str) -> None:
    """Add every script of the project."""
    for path in frame.tree.project_files():
        if path.endswith(".cmake"):
            frame.directory.scripts.setdefault(path, f"may be {reason}")


def _read_commands(frame: Frame, path: str, reason: str) -> None:
    frame.directory.scripts.setdefault(path, reason)
    frame.interpreter.read(path, frame)


def prefixes(frame: Frame, package: str = "") -> list[str]:
    """The directories of the tree in which CMake searches for packages and files."""
    names = [*_PREFIXES]
    for name in (package, package.upper()):
        names += [f"{name}_{end}" for end in ("DIR", "ROOT", "ROOT_DIR", "PREFIX", "PATH", "HOME")]
    values = (
        value for name in names for text in frame.scope.choices(name) for value in text.split(";")
    )
    directories = dict.fromkeys(
        path for value in values for path in frame.paths(value, directories=True)
    )
    return [path for path in directories if path]


def _on_module_path(frame: Frame, name: str) -> list[str]:
    """The scripts with a name on the module path."""
    choices = frame.scope.choices("CMAKE_MODULE_PATH")
    homes = dict.fromkeys(home for text in choices for home in text.split(";") if home)
    paths = [path for home in homes for path in frame.paths(f"{home}/{name}")]
    return paths[:1] if all(map(is_known, homes)) else paths


def _find_package(frame: Frame, command: Command) -> None:
    for name in frame.values(command.arguments[:1]):
        if not is_known(name):
            continue
        reason = f"found by {frame.at(command)}"
        for path in _on_module_path(frame, f"Find{name}.cmake"):
            _read_commands(frame, path, reason)
        for path in _package_configs(frame, name, frame.values(command.arguments[1:])):
            frame.directory.widened.setdefault(posixpath.dirname(path), reason)
            frame.interpreter.read(path, frame.maybe())


def _package_configs(frame: Frame, name: str, words: list[str]) -> list[str]:
    """The package configuration files that may be found: in the project, or below a prefix."""
    names = [name]
    if "NAMES" in words:
        names += words[words.index("NAMES") + 1 :]
    files = [f"{name}Config.cmake" for name in names]
    files += [f"{name.lower()}-config.cmake" for name in names]
    if "CONFIGS" in words:
        files += words[words.index("CONFIGS") + 1 :]
    places = [
        *prefixes(frame, name),
        *(path for word in words for path in frame.paths(word, directories=True)),
    ]
    candidates = dict.fromkeys(frame.tree.project_files())
    for place in places:
        candidates.update(dict.fromkeys(frame.tree.files(place)))
    return [path for path in candidates if posixpath.basename(path) in files]


def _add_subdirectory(frame: Frame, command: Command) -> None:
    for value in frame.scope.expand_all(command.arguments[:1]):
        named = FOUND not in value
        if is_known(value):
            path = frame.path(value)
            if path is not None:
                _add_directory(frame, path, named=named)
        elif value != UNSET:
            for path in _matching_directories(frame, plain(value)):
                _add_directory(frame, path, named=named)


def _add_directory(frame: Frame, path: str, *, named: bool) -> None:
    if path == frame.directory.path:
        return
    children = frame.directory.children
    children[path] = named or children.get(path, False)
    frame.interpreter.enter(path, frame)


def _matching_directories(frame: Frame, value: str) -> list[str]:
    """The directories that a partly known value may name."""
    directory = frame.directory.path
    pattern = None if is_computed(value) else pattern_of(value, directory)
    below = f"{directory}/" if directory else ""
    homes = (posixpath.dirname(path) for path in frame.tree.project_files() if _is_list(path))
    if pattern is not None:
        return [home for home in homes if pattern.match(home)]
    return [home for home in homes if home.startswith(below) and home != directory]


def _is_list(path: str) -> bool:
    return posixpath.basename(path) == CMAKELISTS


def _subdirs(frame: Frame, command: Command) -> None:
    """Run ``subdirs``, the old form of ``add_subdirectory``."""
    for value in frame.values(command.arguments):
        path = frame.path(value)
        if path is not None and is_known(value):
            _add_directory(frame, path, named=True)


def _fetchcontent_declare(frame: Frame, command: Command) -> None:
    values = frame.values(command.arguments)
    if not values:
        return
    frame.add_reads(values[1:], f"fetched by {frame.at(command)}")
    if "SOURCE_DIR" in values[:-1]:
        frame.interpreter.fetched[values[0].lower()] = values[values.index("SOURCE_DIR") + 1]
    if "SOURCE_SUBDIR" in values[:-1]:
        below = values[values.index("SOURCE_SUBDIR") + 1]
        frame.interpreter.fetched[f"{values[0].lower()}/"] = below


def _fetchcontent_makeavailable(frame: Frame, command: Command) -> None:
    _add_fetched(frame, frame.values(command.arguments))


def _add_fetched(frame: Frame, names: Iterable[str]) -> None:
    for name in names:
        below = frame.interpreter.fetched.get(f"{name.lower()}/", "")
        for value in _sources_of(frame, name):
            path = frame.path(f"{value}/{below}".rstrip("/"))
            if path is not None:
                _add_directory(frame, path, named=True)


def _sources_of(frame: Frame, name: str) -> list[str]:
    """The source directories of fetched content; sets the variables that CMake sets."""
    choices = frame.scope.choices(f"FETCHCONTENT_SOURCE_DIR_{name.upper()}")
    values = [value for value in choices if value and value != UNSET]
    values = values or [frame.interpreter.fetched.get(name.lower(), COMPUTED)]
    frame.assign(f"{name.lower()}_SOURCE_DIR", values)
    frame.assign(f"{name.lower()}_POPULATED", ("1",))
    return values


def _fetchcontent_populate(frame: Frame, command: Command) -> None:
    """Run ``FetchContent_Populate`` or ``…_GetProperties``, which do not add the directory."""
    for name in frame.values(command.arguments[:1]):
        for value in _sources_of(frame, name):
            if command.name == "fetchcontent_getproperties":
                frame.assign(f"{name.lower()}_POPULATED", ("0", "1"))
            path = frame.path(value)
            if path:
                reason = f"fetched by {frame.at(command)}"
                frame.directory.widened.setdefault(path, reason)


HANDLERS = {
    "include": _include,
    "find_package": _find_package,
    "add_subdirectory": _add_subdirectory,
    "subdirs": _subdirs,
    "fetchcontent_populate": _fetchcontent_populate,
    "fetchcontent_getproperties": _fetchcontent_populate,
    "fetchcontent_declare": _fetchcontent_declare,
    "fetchcontent_makeavailable": _fetchcontent_makeavailable,
}
