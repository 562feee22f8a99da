"""What conditions ask of the project: whether files, targets and commands are there."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild_cpp import conditions
from msbuild_cpp.commands import HANDLERS
from msbuild_cpp.scope import FOUND
from msbuild_cpp.values import path_of

if TYPE_CHECKING:
    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Argument


def holds(arguments: tuple[Argument, ...], frame: Frame) -> bool | None:
    """Whether the condition of an ``if`` holds; ``None`` where only CMake can tell."""
    tests: conditions.Tests = {
        "EXISTS": lambda value: _exists(value, frame),
        "IS_DIRECTORY": lambda value: _exists(value, frame),
        "TARGET": lambda value: _is_target(value, frame),
        "COMMAND": lambda value: _is_command(value, frame),
        "POLICY": lambda _: True,
        "IS_ABSOLUTE": lambda value: value.lstrip(FOUND).startswith("/"),
        "IS_SYMLINK": lambda _: None,
        "TEST": lambda _: None,
    }
    return conditions.evaluate(arguments, frame.scope, tests)


def _exists(value: str, frame: Frame) -> bool | None:
    """Whether a path is there; what is, must be there when CMake looks."""
    path = path_of(value, frame.directory.path)
    if path is None:
        return None
    tree = frame.world.tree
    if tree.is_file(path):
        if FOUND not in value and posixpath.basename(path) != "CMakeLists.txt":
            frame.directory.named.setdefault(path, f"looked for by {frame.file}")
        return True
    if not tree.is_directory(path):
        return False
    if FOUND not in value:
        frame.directory.present.add(path)
    return True


def _is_target(name: str, frame: Frame) -> bool | None:
    frame.directory.refers.setdefault(name)
    target = frame.world.project.target(name)
    return True if target is not None and target.certain else None


def _is_command(name: str, frame: Frame) -> bool | None:
    functions = frame.world.functions.get(name.lower(), ())
    frame.directory.needs.update(function.directory for function in functions)
    return bool(functions) or name in HANDLERS or None
