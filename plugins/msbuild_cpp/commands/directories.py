"""Commands that count for all targets of a directory and below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild_cpp.compile_flags import add_directories, add_flags, libraries_in
from msbuild_cpp.values import without_conditions

if TYPE_CHECKING:
    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Command


def _include_directories(frame: Frame, command: Command) -> None:
    add_directories(frame, frame.directory.includes, frame.values(command.arguments))


def _options(frame: Frame, command: Command) -> None:
    frame.name_found(frame.scope.expand_all(command.arguments), command)
    values = frame.values(command.arguments)
    reason = f"named by {frame.at(command)}"
    for path in add_flags(frame, frame.directory.includes, values):
        frame.directory.named.setdefault(path, reason)
        frame.directory.templates.setdefault(path)


def _link_libraries(frame: Frame, command: Command) -> None:
    for value in frame.values(command.arguments):
        frame.directory.links.update(dict.fromkeys(without_conditions(value)))
        frame.name_files([value], f"linked by {frame.at(command)}")


def _link_directories(frame: Frame, command: Command) -> None:
    for value in frame.values(command.arguments):
        for path in libraries_in(frame, value):
            frame.directory.named.setdefault(path, f"may be linked by {frame.at(command)}")


HANDLERS = {
    "link_directories": _link_directories,
    "include_directories": _include_directories,
    "link_libraries": _link_libraries,
    **dict.fromkeys(
        ("add_compile_options", "add_compile_definitions", "add_definitions", "add_link_options"),
        _options,
    ),
}
