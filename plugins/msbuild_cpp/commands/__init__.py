"""The handlers of CMake's commands, which change a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild_cpp.commands import files, includes, processes, targets, text, variables

if TYPE_CHECKING:
    from collections.abc import Callable

    from msbuild_cpp.frame import Frame
    from msbuild_cpp.syntax import Command

# They print, test, or set how CMake behaves: no program depends on them.
_IGNORED = (
    "add_test",
    "cmake_minimum_required",
    "cmake_policy",
    "enable_language",
    "enable_testing",
    "include_regular_expression",
    "mark_as_advanced",
    "message",
    "set_tests_properties",
    "site_name",
    "source_group",
    "variable_watch",
    "write_basic_package_version_file",
)


def _ignore(frame: Frame, command: Command) -> None:
    """Do nothing."""


HANDLERS: dict[str, Callable[[Frame, Command], None]] = {
    **dict.fromkeys(_IGNORED, _ignore),
    **files.HANDLERS,
    **includes.HANDLERS,
    **processes.HANDLERS,
    **targets.HANDLERS,
    **text.HANDLERS,
    **variables.HANDLERS,
}


def unknown_command(frame: Frame, command: Command) -> None:
    """Handle an unknown command, which may read any file among its arguments."""
    values = frame.values(command.arguments)
    frame.add_reads(values, f"named by {frame.at(command)}")
    # a file may be compiled, with its imports: a schema
    for value in values:
        frame.directory.templates.update(dict.fromkeys(frame.paths(value)))
