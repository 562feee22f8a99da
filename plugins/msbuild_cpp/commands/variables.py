"""``set`` and its like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild_cpp.commands.processes import read_by
from msbuild_cpp.compile_flags import add_flags
from msbuild_cpp.scope import UNSET
from msbuild_cpp.values import absolute, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Command

# What these say counts for commands that never mention them.
_EVERYWHERE = ("CMAKE_", "BUILD_SHARED_LIBS")
_FLAGS = "_FLAGS"
_LAUNCHER = "_LAUNCHER"


def _set(frame: Frame, command: Command) -> None:
    words = [argument.text for argument in command.arguments if argument.kind == "plain"]
    for name in frame.values(command.arguments[:1]):
        rest = command.arguments[1:]
        if "CACHE" in words[1:]:
            end = next(i for i, each in enumerate(rest) if each.text == "CACHE")
            forced = "FORCE" in words or "INTERNAL" in words
            set_cache(frame, name, frame.scope.lists(rest[:end]), forced=forced)
        elif words[-1:] == ["PARENT_SCOPE"] and len(command.arguments) > 1:
            _set_parent(frame, name, frame.scope.lists(rest[:-1]) if len(rest) > 1 else [UNSET])
        else:
            choices = frame.scope.lists(rest) if rest else [UNSET]
            frame.assign(name, choices)
            if _FLAGS in name:
                for path in add_flags(frame, frame.directory.includes, choices):
                    frame.directory.named.setdefault(path, f"named by {frame.at(command)}")
                    frame.directory.templates.setdefault(path)
            elif name.endswith(_LAUNCHER):
                _launch(frame, command)


def _launch(frame: Frame, command: Command) -> None:
    """A command that runs each compiler, or linker."""
    read = read_by(frame, frame.values(command.arguments[1:]), (), f"run for {frame.at(command)}")
    for path, reason in read.files.items():
        frame.directory.named.setdefault(path, reason)
    for path, reason in read.taken.items():
        frame.directory.taken.setdefault(path, reason)


def set_cache(frame: Frame, name: str, choices: Sequence[str], *, forced: bool) -> None:
    """Set a variable for all scopes; without force, what is there stays."""
    if name.startswith(_EVERYWHERE):
        root = frame.world.project.directories[frame.world.project.root]
        root.needs.add(frame.directory.path)
    before = frame.scope.cache.get(name)
    may_stay = before is not None and not forced
    if before is not None and may_stay and UNSET not in before.choices:
        return
    owners = frozenset({frame.directory.path})
    uncertain = frame.uncertain or may_stay
    frame.scope.assign_cache(name, choices, uncertain=uncertain, owners=owners)
    if forced:
        frame.scope.values.pop(name, None)


def _set_parent(frame: Frame, name: str, choices: Sequence[str]) -> None:
    if frame.scope.parent is None:
        return
    owner = frame.directory.path
    if name.startswith(_EVERYWHERE) and frame.directory.parent is not None:
        frame.world.project.directories[frame.directory.parent].needs.add(owner)
    frame.scope.parent.assign(name, choices, uncertain=frame.uncertain, owners=frozenset({owner}))


def _unset(frame: Frame, command: Command) -> None:
    for name in frame.values(command.arguments[:1]):
        if frame.doubtful:
            frame.assign(name, (UNSET,))
        else:
            frame.scope.values.pop(name, None)
            if not frame.uncertain and "CACHE" in frame.values(command.arguments[1:]):
                frame.scope.cache.pop(name, None)


def _option(frame: Frame, command: Command) -> None:
    for name in frame.values(command.arguments[:1]):
        if name not in frame.scope.values:
            choices = frame.scope.lists(command.arguments[2:3]) or ["OFF"]
            set_cache(frame, name, choices, forced=False)


def _dependent_option(frame: Frame, command: Command) -> None:
    for name in frame.values(command.arguments[:1]):
        set_cache(frame, name, ("ON", "OFF"), forced=False)


def _project(frame: Frame, command: Command) -> None:
    values = frame.values(command.arguments)
    if not values:
        return
    here = absolute(frame.directory.path)
    build = frame.scope.choices("CMAKE_CURRENT_BINARY_DIR")
    owners = frozenset({frame.directory.path})
    version = values[values.index("VERSION") + 1 :][:1] if "VERSION" in values else []
    for name in ("PROJECT", values[0]):
        for part, choices in (("SOURCE_DIR", (here,)), ("BINARY_DIR", build), ("VERSION", version)):
            if name == "PROJECT":
                frame.assign(f"PROJECT_{part}", choices or (UNSET,))
            elif choices:
                frame.scope.assign_cache(f"{name}_{part}", choices, uncertain=False, owners=owners)
    frame.assign("PROJECT_NAME", (values[0],))
    _read_around(frame, command, values[0])
    if frame.directory.parent is None:
        frame.assign("CMAKE_PROJECT_NAME", (values[0],))


# Files of commands that variables have read by `project()`.
_READ_BY_PROJECT = (
    *("CMAKE_TOOLCHAIN_FILE", "CMAKE_PROJECT_TOP_LEVEL_INCLUDES", "CMAKE_USER_MAKE_RULES_OVERRIDE"),
    *("CMAKE_USER_MAKE_RULES_OVERRIDE_C", "CMAKE_USER_MAKE_RULES_OVERRIDE_CXX"),
    *("CMAKE_PROJECT_INCLUDE_BEFORE", "CMAKE_PROJECT_INCLUDE"),
)


def _read_around(frame: Frame, command: Command, project: str) -> None:
    """Read what is told to be read where a project begins."""
    own = (f"CMAKE_PROJECT_{project}_INCLUDE_BEFORE", f"CMAKE_PROJECT_{project}_INCLUDE")
    for name in (*_READ_BY_PROJECT, *own):
        for text in frame.scope.choices(name):
            for value in filter(None, text.split(";")):
                for path in frame.paths(value):
                    if path not in frame.directory.scripts or name in own:
                        reason = f"`{name}` has {frame.at(command)} read it"
                        frame.directory.scripts.setdefault(path, reason)
                        frame.world.read(path, frame)


def _parse_arguments(frame: Frame, command: Command) -> None:
    """``cmake_parse_arguments``: sorts the arguments of a function by keyword."""
    arguments = command.arguments
    if arguments and arguments[0].text == "PARSE_ARGV":
        start = frame.scope.substitute(arguments[1].text) if arguments[1:] else ""
        given = _from(frame, int(start) if start.isdecimal() else 0)
        words = arguments[2:6]
    else:
        words = arguments[:4]
        given = frame.scope.expand_all(arguments[4:])
    if not words:
        return
    prefix, *kinds = (frame.scope.substitute(each.text) for each in words)
    options, singles, lists = ([*map(plain, kind.split(";"))] for kind in (*kinds, "", "", "")[:3])
    found: dict[str, list[str]] = {}
    keyword = "UNPARSED_ARGUMENTS"
    for value in given:
        if value in options:
            found[value] = ["TRUE"]
            keyword = "UNPARSED_ARGUMENTS"
        elif value in singles or value in lists:
            keyword = value
            found[keyword] = []
        else:
            found.setdefault(keyword, []).append(value)
            if keyword in singles:
                keyword = "UNPARSED_ARGUMENTS"
    for name in (*options, *singles, *lists, "UNPARSED_ARGUMENTS"):
        missing = "FALSE" if name in options else UNSET
        frame.assign(f"{prefix}_{name}", (";".join(found.get(name, [missing])),))


def _from(frame: Frame, start: int) -> list[str]:
    """The arguments of the function from number ``start`` on."""
    count = frame.scope.get("ARGC") or "0"
    numbers = range(start, int(count) if count.isdecimal() else 0)
    return [v for i in numbers for text in frame.scope.choices(f"ARGV{i}") for v in text.split(";")]


HANDLERS = {
    "set": _set,
    "unset": _unset,
    "option": _option,
    "cmake_dependent_option": _dependent_option,
    "project": _project,
    "cmake_parse_arguments": _parse_arguments,
}
