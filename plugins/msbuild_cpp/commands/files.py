"""Commands that read, list or find files when CMake configures."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msbuild_cpp.commands.includes import prefixes
from msbuild_cpp.commands.processes import read_by
from msbuild_cpp.commands.targets import add_directories
from msbuild_cpp.headers import scan
from msbuild_cpp.scripts import listed_by
from msbuild_cpp.tree import glob
from msbuild_cpp.values import (
    COMPUTED,
    FOUND,
    MOST_CHOICES,
    UNSET,
    absolute,
    expression,
    generated,
    is_known,
    is_quick,
    partial_path,
    path_of,
    plain,
)

if TYPE_CHECKING:
    from msbuild_cpp.frame import Frame
    from msbuild_cpp.syntax import Command

_RESULTS = {"RELATIVE_PATH": 1, "REAL_PATH": 2, "TO_CMAKE_PATH": 2, "READ": 2, "STRINGS": 2}
_WRITES = ("WRITE", "APPEND", "MAKE_DIRECTORY", "REMOVE", "REMOVE_RECURSE", "TOUCH", "LOCK")
_PROBES = (
    *("check_include_file", "check_include_files", "check_include_file_cxx", "check_type_size"),
    *("check_c_source_compiles", "check_cxx_source_compiles", "check_source_compiles"),
    *("check_c_source_runs", "check_cxx_source_runs", "check_source_runs"),
    *("check_symbol_exists", "check_cxx_symbol_exists", "check_struct_has_member"),
    *("check_prototype_definition", "check_function_exists", "check_library_exists"),
)
_COPIES = ("COPY", "INSTALL")
# Longer files are data, not lists.
_LONGEST_LIST = 20_000
# Options that select parts of a file; not supported.
_SELECTS = ("OFFSET", "LIMIT", "HEX", "LENGTH_MAXIMUM", "LENGTH_MINIMUM", "LIMIT_INPUT")


def _file(frame: Frame, command: Command) -> None:
    values = frame.scope.expand_all(command.arguments)
    action = values[0] if values[1:] else "REMOVE"
    if action in ("GLOB", "GLOB_RECURSE"):
        _glob(frame, values)
    elif action in _WRITES:
        _write(frame, command, action, values)
    else:
        reason = f"read by {frame.at(command)}"
        frame.add_reads(map(plain, values[1:]), reason)
        if action in ("GENERATE", "CONFIGURE"):
            _add_templates(frame, values[1:])
            frame.add_listed_reads(values, command)
        if action in _COPIES:
            _add_copied_directories(frame, values[1:], reason)
        positions = frame.positions(command.arguments)
        index = _RESULTS.get(action, 2 if action.startswith(("SHA", "MD5")) else len(positions))
        for name in (name for names in positions[index : index + 1] for name in names):
            _set_result(frame, action, [value for choices in positions for value in choices], name)


def _write(frame: Frame, command: Command, action: str, values: list[str]) -> None:
    """Record what is written, because CMake may later read it as commands."""
    if action in ("WRITE", "APPEND"):
        frame.add_listed_reads(values[2:], command)
        for place in generated(values[1], frame.directory.path):
            texts = frame.interpreter.written.setdefault(place, [])
            if len(texts) < MOST_CHOICES:
                texts.append("".join(values[2:]))


def _set_result(frame: Frame, action: str, values: list[str], name: str) -> None:
    if action == "RELATIVE_PATH":
        start, path = (path_of(value, "") for value in (*values[2:4], "", "")[:2])
        if start is not None and path is not None:
            frame.assign(name, (posixpath.relpath(path or ".", start or "."),))
            return
    if action in ("READ", "STRINGS") and (texts := contents(frame, action, values)):
        frame.assign(name, texts)
        return
    if action in ("REAL_PATH", "TO_CMAKE_PATH"):
        frame.assign(name, (values[1],))
    else:
        frame.compute(name)


def _glob(frame: Frame, values: list[str]) -> None:
    name, words = plain(values[1]), iter(values[2:])
    recursive = values[0] == "GLOB_RECURSE"
    base, directories, paths = "", not recursive, list[str]()
    for word in words:
        if word == "RELATIVE":
            base = next(words, "")
        elif word == "LIST_DIRECTORIES":
            directories = next(words, "").upper() in ("TRUE", "1", "ON", "YES")
        elif word not in ("CONFIGURE_DEPENDS", "FOLLOW_SYMLINKS"):
            directory = frame.directory.path
            path = path_of(word, directory) if is_known(word) else partial_path(word, directory)
            if path is not None:
                tree = frame.tree
                paths += glob(path, tree, recursive=recursive, directories=directories)
    relative = path_of(base, frame.directory.path) if base else None
    frame.assign(name, (";".join(_listed_value(path, relative) for path in dict.fromkeys(paths)),))


def _listed_value(path: str, relative: str | None) -> str:
    text = absolute(path) if relative is None else posixpath.relpath(path, relative or ".")
    return f"{FOUND}{text}"


def _add_copied_directories(frame: Frame, values: list[str], reason: str) -> None:
    """Add all files of directories that are copied."""
    for value in values[: values.index("DESTINATION") if "DESTINATION" in values else None]:
        for path in frame.paths(plain(value), directories=True):
            if path and "/" in value:
                frame.directory.widened.setdefault(path, reason)


def _add_templates(frame: Frame, values: list[str]) -> None:
    for value in values:
        frame.directory.templates.update(dict.fromkeys(frame.paths(plain(value))))


def _configure_file(frame: Frame, command: Command) -> None:
    values = frame.values(command.arguments[:1])
    frame.add_reads(values, f"configured by {frame.at(command)}")
    _add_templates(frame, values)
    for path in (path for value in values for path in frame.paths(value)):
        text = frame.tree.scan(path, _variables)
        for name in text:
            frame.add_listed_reads(frame.scope.choices(name), command)
        for output in frame.values(command.arguments[1:2]):
            for place in generated(output, frame.directory.path):
                frame.interpreter.configured.setdefault(place, path)


def _variables(text: str) -> tuple[str, ...]:
    """The variables that a template uses."""
    matches = re.findall(
        r"@([\w.+-]+)@|\$\{([\w.+-]+)\}|^[ \t]*#cmakedefine\w*[ \t]+(\w+)", text, re.MULTILINE
    )
    return tuple(dict.fromkeys(name for groups in matches for name in groups if name))


def _find(frame: Frame, command: Command) -> None:
    """Run ``find_path`` and similar commands, which may find files of the tree."""
    values = frame.values(command.arguments)
    if not values:
        return
    results: dict[str, None] = {}
    hints = [path for value in values[1:] for path in frame.paths(value, directories=True) if path]
    package = posixpath.basename(frame.file).removeprefix("Find").removesuffix(".cmake")
    hints = list(dict.fromkeys((*hints, *prefixes(frame, package))))
    for hint in hints:
        for path in frame.tree.files(hint):
            if posixpath.basename(path) in values or any(
                path.endswith(f"/{value}") for value in values
            ):
                frame.directory.reads.setdefault(path, f"searched for by {frame.at(command)}")
                results[absolute(posixpath.dirname(path))] = None
        results[absolute(hint)] = None
        for path in frame.tree.files(hint) if command.name == "find_program" else ():
            if posixpath.basename(path) in values:
                results[absolute(path)] = None
        if command.name == "find_library":
            reason = f"{frame.at(command)} searches its directory for a library"
            for path in frame.tree.files(hint):
                if re.search(r"\.(?:a|so[\d.]*|lib|ld)\Z", path):
                    frame.directory.reads.setdefault(path, reason)
    frame.assign(values[0], (UNSET, *results) if len(results) < MOST_CHOICES else (COMPUTED,))


def _execute_process(frame: Frame, command: Command) -> None:
    """Run ``execute_process`` or ``try_compile``, which may read their arguments."""
    values = frame.values(command.arguments)
    homes: list[str] = []
    words = list(values)
    if "WORKING_DIRECTORY" in words[:-1]:
        at = words.index("WORKING_DIRECTORY")
        homes = frame.paths(words[at + 1], directories=True)
        del words[at : at + 2]
    # by default it runs in the directory of CMake, the root of the source tree
    homes = homes or [""]
    reads = read_by(frame, words, homes, f"run by {frame.at(command)}")
    reads.add_to(frame.directory.reads, frame.directory.widened)
    for keyword in ("OUTPUT_VARIABLE", "RESULT_VARIABLE", "ERROR_VARIABLE", "RESULTS_VARIABLE"):
        if keyword in values[:-1]:
            frame.compute(values[values.index(keyword) + 1])


def _try_compile(frame: Frame, command: Command) -> None:
    """Run ``try_compile``, which sets the variable that its first argument names."""
    _execute_process(frame, command)
    values = frame.values(command.arguments)
    for path in (path for value in values for path in frame.paths(value)):
        frame.directory.templates.setdefault(path)
    for value in values:
        for text in re.findall(r"INCLUDE_DIRECTORIES(?::\w+)?=(.*)", value):
            add_directories(frame, frame.directory.includes, text.split(";"))
    for name in values[:1]:
        frame.compute(name)


def _check_headers(frame: Frame, command: Command) -> None:
    """Run ``check_include_file`` and similar commands, which test whether headers exist."""
    values = frame.values(command.arguments)
    code = [f"#include <{word}>" for value in values for word in value.split(";") if ".h" in word]
    scanned = scan("\n".join([*values, *code]))
    places = [
        path
        for name in ("CMAKE_REQUIRED_INCLUDES", "CMAKE_REQUIRED_FLAGS")
        for text in frame.scope.choices(name)
        for value in re.split(r"[;\s]+(?:-I|-isystem)?|^-I", text)
        for path in frame.paths(value, directories=True)
    ]
    for include in scanned.includes:
        for place in places:
            for path in frame.paths(f"{absolute(place)}/{include.name}"):
                frame.directory.reads.setdefault(path, f"searched for by {frame.at(command)}")
                frame.directory.templates.setdefault(path)
                frame.directory.includes.directories.setdefault(place)
    for value in values:
        if re.fullmatch(r"\w+", value):
            frame.compute(value)


def _aux_source_directory(frame: Frame, command: Command) -> None:
    """``aux_source_directory``: every source of a directory."""
    values = frame.values(command.arguments)
    if not values[1:]:
        return
    paths = [
        f"{FOUND}{absolute(posixpath.join(path, name))}"
        for path in frame.paths(values[0], directories=True)
        for name in frame.tree.names(path)
        if name.endswith((".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".cu", ".m", ".mm", ".s"))
    ]
    frame.assign(values[1], (";".join(paths) if paths else COMPUTED,))


HANDLERS = {
    "aux_source_directory": _aux_source_directory,
    "file": _file,
    "configure_file": _configure_file,
    "configure_package_config_file": _configure_file,
    "execute_process": _execute_process,
    **dict.fromkeys(_PROBES, _check_headers),
    "try_compile": _try_compile,
    "try_run": _try_compile,
    **dict.fromkeys(("find_path", "find_file", "find_library", "find_program"), _find),
}


def contents(frame: Frame, action: str, values: list[str]) -> list[str]:
    """The possible values of a variable that a file is read into; none if they are unknown.

    The files that the file names are recorded, even if the value is unknown.
    """
    paths = frame.paths(plain(values[1]))
    for path in paths:
        for file in listed_by(
            path, (frame.directory.path, frame.interpreter.project.root), frame.tree
        ):
            if file not in frame.directory.reads:
                frame.directory.listed.setdefault(file, f"named by {path}")
    if not is_known(values[1]) or len(paths) != 1 or set(values) & {*_SELECTS}:
        return []
    text = frame.tree.read(paths[0])
    if len(text) > _LONGEST_LIST or "\0" in text:
        return []
    if action == "READ":
        return [text]
    lines = [line.replace(";", "\\;") for line in text.splitlines() if line]
    if "REGEX" in values[:-1]:
        pattern = expression(values[values.index("REGEX") + 1])
        if pattern is None:
            return []
        if not all(is_quick(pattern.pattern, line) for line in lines):
            return []
        lines = [line for line in lines if pattern.search(line)]
    return [";".join(lines)]
