"""Commands that count for all targets of a directory and below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild_cpp.compile_flags import add_directories, add_flags
from msbuild_cpp.values import without_conditions

if TYPE_CHECKING:
    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Command


def _include_directories(frame: Frame, command: Command) -> None:
    add_directories(frame, frame.directory.includes, frame.values(command.arguments))


def _options(frame: Frame, command: Command) -> None:
    values = frame.values(command.arguments)
    reason = f"named by {frame.at(command)}"
    for path in add_flags(frame, frame.directory.includes, values):
        frame.directory.named.setdefault(path, reason)
        frame.directory.templates.setdefault(path)


def _link_libraries(frame: Frame, command: Command) -> None:
    for value in frame.values(command.arguments):
        frame.directory.links.update(dict.fromkeys(without_conditions(value)))
        frame.name_files([value], f"linked by {frame.at(command)}")


HANDLERS = {
    "include_directories": _include_directories,
    "link_libraries": _link_libraries,
    **dict.fromkeys(
        ("add_compile_options", "add_compile_definitions", "add_definitions", "add_link_options"),
        _options,
    ),
}
