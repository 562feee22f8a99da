"""Commands that define targets, and set their sources and options."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msbuild_cpp.frame import is_computed
from msbuild_cpp.project import Includes
from msbuild_cpp.values import (
    SOURCE_ROOT,
    UNSET,
    absolute,
    generated,
    is_blank,
    is_false,
    is_known,
    without_conditions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild_cpp.frame import Frame
    from msbuild_cpp.project import Target
    from msbuild_cpp.syntax import Command

_KINDS = ("STATIC", "SHARED", "MODULE", "OBJECT", "INTERFACE", "UNKNOWN", "IMPORTED", "GLOBAL")
_LIBRARY_TYPES = ("STATIC", "SHARED", "MODULE", "OBJECT", "INTERFACE", "UNKNOWN")
_FLAGS = ("WIN32", "MACOSX_BUNDLE", "EXCLUDE_FROM_ALL")
_VISIBLE = ("PUBLIC", "INTERFACE")
# These apply to every target that is defined while they are set.
_VARIABLES = tuple(
    f"CMAKE_{name}{build}"
    for name in (
        *("C_FLAGS", "CXX_FLAGS", "ASM_FLAGS", "EXE_LINKER_FLAGS", "SHARED_LINKER_FLAGS"),
        *("MODULE_LINKER_FLAGS", "STATIC_LINKER_FLAGS", "C_STANDARD_LIBRARIES"),
        "CXX_STANDARD_LIBRARIES",
    )
    for build in ("", "_INIT", "_RELEASE", "_DEBUG", "_RELWITHDEBINFO", "_MINSIZEREL")
)
_STEPS_OF_A_TARGET = 8
_SCOPES = (*_VISIBLE, "PRIVATE")
_SUFFIXES = (".c", ".C", ".c++", ".cc", ".cpp", ".cxx", ".cu", ".m", ".mm", ".h", ".hpp", ".in")
_INCLUDING = r"(?:-I|-isystem|-iquote|-idirafter|-cxx-isystem|--embed-dir)"
_DIRECTORY = re.compile(rf"(?:^|\s){_INCLUDING}[\s=]*([^\s\"]+)")
_ONE_DIRECTORY = re.compile(rf"{_INCLUDING}[\s=]*(\S.*\s.*)", re.DOTALL)
_FORCED = re.compile(
    r"(?:^|\s)(?:-include-pch|-include|-imacros|--include|--imacros)[\s=]*[\"']?([^\s\"']+)"
)
_IN_TREE = re.compile(rf"{SOURCE_ROOT}/[^\s\"';,:\\)>]+")
# Directories in which compilers and linkers may read any file.
_SEARCHED = re.compile(
    r"(?:-fprofile-(?:instr-)?use|-fauto-profile|--?sysroot|-isysroot|-B|-fprebuilt-module-path"
    rf"|-fprofile-dir|-iplugindir|-specs)[\s=]*({SOURCE_ROOT}/[^\s\"';,]+)"
)
_LIBRARIES = re.compile(rf"(?:-L|-rpath-link[=,])[\s]*({SOURCE_ROOT}/[^\s\"';,]+)")
_LIBRARY = re.compile(r"\.(?:a|o|so(?:\.[\d.]+)?|ld|lds|x)\Z")


def _add_target(frame: Frame, command: Command) -> None:
    values = frame.values(command.arguments)
    if not values:
        return
    if "ALIAS" in values[1:2] and values[2:]:
        frame.interpreter.project.aliases[values[0]] = values[2]
        frame.directory.required_targets.setdefault(values[2])
        return
    kind = "executable" if command.name == "add_executable" else "library"
    target = frame.target(values[0], kind)
    if target is not None:
        frame.interpreter.steps += _STEPS_OF_A_TARGET
        _apply_defaults(frame, target)
        target.defined_at = target.defined_at or frame.at(command)
        types = {value for value in values[1:] if value in _LIBRARY_TYPES}
        target.library_types |= types or _default_types(frame)
        files = [value for value in values[1:] if value not in (*_KINDS, *_FLAGS)]
        add_sources(frame, target, files, f"source of target {target.name}")


def _is_set(text: str) -> bool:
    return text not in ("", UNSET)


def _default_types(frame: Frame) -> set[str]:
    """The types of a library that is defined without one."""
    shared = frame.scope.choices("BUILD_SHARED_LIBS")
    return {"STATIC"} if all(is_false(value) for value in shared) else set()


def _apply_defaults(frame: Frame, target: Target) -> None:
    """Apply the variables that set defaults for new targets."""
    if frame.scope.choices("CMAKE_INCLUDE_CURRENT_DIR") not in (("OFF",), ("\1",)):
        target.own.directories.setdefault(frame.directory.path)
    for name in _VARIABLES:
        for text in filter(_is_set, frame.scope.choices(name)):
            for path in add_flags(frame, target.own, [text]):
                target.sources.setdefault(path, f"named by `{name}`")


def add_sources(frame: Frame, target: Target, values: Iterable[str], reason: str) -> None:
    """Add sources of a target: files, and targets whose objects it takes."""
    for value in values:
        if is_computed(value):
            target.incomplete = f"CMake computes some sources of target `{target.name}`"
        if is_blank(value):
            continue
        paths = frame.paths(value)
        home = absolute(target.home)
        if not paths and "/@" not in value:
            # the path may be relative to the directory that defines the target
            paths = frame.paths(f"{home}/{value}") or _with_suffix(frame, value)
        for path in paths:
            target.sources.setdefault(path, reason)
        if not paths:
            parts = without_conditions(value)
            target.generated.update(
                path for part in parts for path in generated(part, frame.directory.path)
            )
        if "$<" in value:
            target.links.update(dict.fromkeys(without_conditions(value)))


def _with_suffix(frame: Frame, value: str) -> list[str]:
    if posixpath.splitext(value)[1] or not is_known(value):
        return []
    return [path for suffix in _SUFFIXES for path in frame.paths(f"{value}{suffix}")]


def _with_scopes(values: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each value with the ``PUBLIC``, ``PRIVATE`` or ``INTERFACE`` that applies to it."""
    scope = "PUBLIC"
    for value in values:
        if value in _SCOPES:
            scope = value
        else:
            yield scope, value


def _changed_target(frame: Frame, command: Command) -> tuple[Target | None, list[str]]:
    """The target that a command changes, if there is one, and the arguments after its name."""
    name, *values = frame.values(command.arguments) or [""]
    return frame.target(name), values


def _target_sources(frame: Frame, command: Command) -> None:
    target, values = _changed_target(frame, command)
    if target is None:
        return
    keyword = ""
    for _, value in _with_scopes(values):
        if value in ("FILE_SET", "TYPE", "BASE_DIRS", "FILES"):
            keyword = value
        elif keyword == "BASE_DIRS":
            for includes in (target.own, target.interface):
                add_directories(frame, includes, [value])
        elif keyword not in ("FILE_SET", "TYPE"):
            add_sources(frame, target, [value], f"source of target {target.name}")
    if keyword and "BASE_DIRS" not in values:
        for includes in (target.own, target.interface):
            includes.directories.setdefault(frame.directory.path)


def _target_link_libraries(frame: Frame, command: Command) -> None:
    target, values = _changed_target(frame, command)
    if target is None:
        return
    for _, value in _with_scopes(values):
        target.links.update(dict.fromkeys(without_conditions(value)))
        for path in (*frame.paths(value), *add_flags(frame, Includes(), [value])):
            target.sources.setdefault(path, f"linked into target {target.name}")


def _target_include_directories(frame: Frame, command: Command) -> None:
    target, values = _changed_target(frame, command)
    if target is None:
        return
    for scope, value in _with_scopes(values):
        if value in ("SYSTEM", "BEFORE", "AFTER"):
            continue
        add_directories(frame, target.own, [value])
        if scope in _VISIBLE:
            add_directories(frame, target.interface, [value])
        if "$<TARGET" in value:
            target.links.update(dict.fromkeys(without_conditions(value)))


def _target_options(frame: Frame, command: Command) -> None:
    frame.add_listed_reads(frame.scope.expand_all(command.arguments), command)
    target, values = _changed_target(frame, command)
    if target is None:
        return
    own = [value for _, value in _with_scopes(values)]
    offered = [value for scope, value in _with_scopes(values) if scope in _VISIBLE]
    for includes, texts in ((target.own, own), (target.interface, offered)):
        for path in add_flags(frame, includes, texts):
            target.sources.setdefault(path, f"named by {frame.at(command)}")


def _target_link_directories(frame: Frame, command: Command) -> None:
    target, values = _changed_target(frame, command)
    if target is None:
        return
    for value in values:
        for path in libraries_in(frame, value):
            target.sources.setdefault(path, f"may be linked by {frame.at(command)}")


def _target_precompile_headers(frame: Frame, command: Command) -> None:
    target, values = _changed_target(frame, command)
    if target is None:
        return
    if "REUSE_FROM" in values:
        target.links.update(dict.fromkeys(values))
    reason = f"precompiled for target {target.name}"
    headers = [value for _, value in _with_scopes(values) if value]
    target.own.forced.update(dict.fromkeys(value.strip('"') for value in headers))
    add_sources(frame, target, [value for value in headers if value[0] != "<"], reason)


def _add_dependencies(frame: Frame, command: Command) -> None:
    target, values = _changed_target(frame, command)
    for value in values:
        frame.directory.required_targets.setdefault(value)
        if target is not None:
            target.links.setdefault(value)


def add_flags(frame: Frame, includes: Includes, values: Iterable[str]) -> list[str]:
    """Add the include directories and macros of compiler and linker flags.

    Returns:
        The files of the source tree that the flags name.
    """
    texts = [value.replace(";", " ").replace("SHELL:", " ") for value in values]
    text = " ".join(texts)
    spaced = [match[1] for value in texts if (match := _ONE_DIRECTORY.fullmatch(value))]
    add_directories(frame, includes, (*_DIRECTORY.findall(text), *spaced))
    includes.definitions.append(text)
    includes.forced.update(dict.fromkeys(_FORCED.findall(text)))
    files = [path for value in _IN_TREE.findall(text) for path in frame.paths(value)]
    # a path may contain spaces
    files += [path for value in texts if SOURCE_ROOT in value for path in _spaced(frame, value)]
    for value in _SEARCHED.findall(text):
        for path in frame.paths(value, directories=True):
            files += frame.tree.files(path)
    for value in _LIBRARIES.findall(text):
        files += libraries_in(frame, value)
    return files


def libraries_in(frame: Frame, value: str) -> list[str]:
    """The libraries and linker scripts in a directory."""
    return [
        f"{path}/{name}"
        for path in frame.paths(value, directories=True)
        for name in frame.tree.names(path)
        if _LIBRARY.search(name)
    ]


def _spaced(frame: Frame, text: str) -> list[str]:
    path = text[text.index(SOURCE_ROOT) :]
    return frame.paths(path) if re.search(r"\s", path) else []


def add_directories(frame: Frame, includes: Includes, values: Iterable[str]) -> None:
    """Add include directories."""
    for value in values:
        if is_computed(value):
            includes.incomplete = f"CMake computes some include directories in `{frame.file}`"
        for path in frame.paths(value, directories=True):
            includes.directories.setdefault(path)


def _include_directories(frame: Frame, command: Command) -> None:
    add_directories(frame, frame.directory.includes, frame.values(command.arguments))


def _add_compile_options(frame: Frame, command: Command) -> None:
    frame.add_listed_reads(frame.scope.expand_all(command.arguments), command)
    values = frame.values(command.arguments)
    reason = f"named by {frame.at(command)}"
    for path in add_flags(frame, frame.directory.includes, values):
        frame.directory.reads.setdefault(path, reason)
        frame.directory.templates.setdefault(path)


def _link_libraries(frame: Frame, command: Command) -> None:
    for value in frame.values(command.arguments):
        frame.directory.links.update(dict.fromkeys(without_conditions(value)))
        frame.add_reads([value], f"linked by {frame.at(command)}")


def _link_directories(frame: Frame, command: Command) -> None:
    for value in frame.values(command.arguments):
        for path in libraries_in(frame, value):
            frame.directory.reads.setdefault(path, f"may be linked by {frame.at(command)}")


HANDLERS = {
    "add_executable": _add_target,
    "add_library": _add_target,
    "target_sources": _target_sources,
    "target_link_libraries": _target_link_libraries,
    "target_include_directories": _target_include_directories,
    "target_compile_options": _target_options,
    "target_compile_definitions": _target_options,
    "target_link_options": _target_options,
    "target_link_directories": _target_link_directories,
    "target_precompile_headers": _target_precompile_headers,
    "add_dependencies": _add_dependencies,
    "link_directories": _link_directories,
    "include_directories": _include_directories,
    "link_libraries": _link_libraries,
    **dict.fromkeys(
        ("add_compile_options", "add_compile_definitions", "add_definitions", "add_link_options"),
        _add_compile_options,
    ),
}
