"""Reads a CMake project by running its commands, without CMake."""

from __future__ import annotations

import dataclasses
import posixpath
from typing import TYPE_CHECKING

from msbuild.plugin.api import remembered
from msbuild_cpp.commands import HANDLERS, unknown_command
from msbuild_cpp.control_flow import Loop, holds, loop_of
from msbuild_cpp.frame import Frame, Function, Interpreter
from msbuild_cpp.project import Directory, Project
from msbuild_cpp.syntax import CMAKELISTS, Block, Command, read_blocks
from msbuild_cpp.tree import Tree
from msbuild_cpp.values import BUILD_ROOT, FOUND, Scope, Variable, absolute, is_known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild.plugin.api import Sources
    from msbuild_cpp.syntax import Node

# Deeper than any real project: recursion must end.
_DEEPEST = 60
# More commands than any real project runs: loops must end.
MOST_STEPS = 200_000
_CHARACTERS_A_STEP = 200
# Slow operations count as several commands.
_STEPS_OF_A_FILE = 40
_STEPS_OF_A_CALL = 4
_LEAVING = ("return", "break", "continue")


def read_project(
    root: str, defines: tuple[tuple[str, str], ...], scripts: tuple[str, ...], sources: Sources
) -> Project:
    """Read everything that a top ``CMakeLists.txt`` adds.

    Args:
        root: its directory.
        defines: the variables that CMake starts with.
        scripts: files of commands that CMake reads first, by its arguments.
        sources: the source tree.
    """
    question = (root, defines, scripts)
    return remembered(sources, question, lambda: _read_project(*question, sources))


def _read_project(
    root: str, defines: tuple[tuple[str, str], ...], scripts: tuple[str, ...], sources: Sources
) -> Project:
    project = Project(root, Tree(sources, root))
    cache = {name: Variable((value,)) for name, value in defines}
    interpreter = Interpreter(project, project.tree, _read_file, _run_text, _enter)
    directory = Directory(root, None)
    project.directories[root] = directory
    scope = Scope(cache, directory.needs)
    scope.assign("CMAKE_SOURCE_DIR", (absolute(root),))
    scope.assign("CMAKE_BINARY_DIR", (f"{BUILD_ROOT}/{root}".rstrip("/"),))
    frame = Frame(interpreter, scope, directory, posixpath.join(root, CMAKELISTS))
    for script in scripts:
        directory.scripts[script] = "named in `cmake_args`"
        _read_file(script, frame)
    try:
        _run_directory(frame)
    except RecursionError:
        directory.widened[root] = "its commands are nested too deeply"
    for added in project.directories.values():
        added.needs.discard(added.path)
    return project


def _enter(path: str, frame: Frame) -> None:
    """Run the ``CMakeLists.txt`` of a directory that ``frame`` adds."""
    project = frame.interpreter.project
    if path in project.directories or frame.depth > _DEEPEST:
        return
    directory = Directory(path, frame.directory.path)
    project.directories[path] = directory
    inner = dataclasses.replace(
        frame,
        scope=frame.scope.inner(directory.needs),
        directory=directory,
        own_scope=True,
        file=posixpath.join(path, CMAKELISTS),
        depth=frame.depth + 1,
    )
    _run_directory(inner)


def _run_directory(frame: Frame) -> None:
    path = frame.directory.path
    build = f"{BUILD_ROOT}/{path}".rstrip("/")
    frame.scope.assign("CMAKE_CURRENT_SOURCE_DIR", (absolute(path),))
    frame.scope.assign("CMAKE_CURRENT_BINARY_DIR", (build,))
    if frame.tree.is_file(frame.file):
        _read_file(frame.file, frame)


def _read_file(path: str, frame: Frame) -> None:
    """Run the commands in a file."""
    if frame.depth > _DEEPEST:
        return
    frame.interpreter.steps += _STEPS_OF_A_FILE
    names = ("CMAKE_CURRENT_LIST_FILE", "CMAKE_CURRENT_LIST_DIR")
    before = {name: frame.scope.values.get(name) for name in names}
    frame.scope.assign(names[0], (absolute(path),))
    frame.scope.assign(names[1], (absolute(posixpath.dirname(path)),))
    inner = dataclasses.replace(frame, file=path, depth=frame.depth + 1)
    _run(read_blocks(frame.tree.read(path)), inner)
    _restore(frame.scope, before)


def _run_text(text: str, frame: Frame) -> None:
    """Run the commands in a text."""
    if frame.depth <= _DEEPEST:
        _run(read_blocks(text), dataclasses.replace(frame, depth=frame.depth + 1))


def _run(nodes: Iterable[Node], frame: Frame) -> str:
    """Run commands in order; return the name of the command that is sure to leave early, if any."""
    for node in nodes:
        if _exhausted(frame):
            return "return"
        if isinstance(node, Block):
            left_by = _run_block(node, frame)
            if left_by and not frame.uncertain:
                return left_by
        elif node.name == "include_guard":
            if _is_guarded(node, frame):
                return "return"
        elif node.name in _LEAVING:
            # where leaving is uncertain, the next commands may run
            if not frame.uncertain:
                return node.name
        else:
            _call(node, frame)
    return ""


def _exhausted(frame: Frame) -> bool:
    """Whether too many commands have run; then every file of the project is an input."""
    frame.interpreter.steps += 1
    if frame.interpreter.steps + frame.scope.work[0] // _CHARACTERS_A_STEP <= MOST_STEPS:
        return False
    project = frame.interpreter.project
    project.directories[project.root].widened[project.root] = "it runs too many commands"
    return True


def _is_guarded(command: Command, frame: Frame) -> bool:
    """Run ``include_guard``; true if the file was read before."""
    name = f"GUARD {frame.file}"
    if frame.scope.get(name) is not None and not frame.uncertain:
        return True
    frame.scope.assign(name, ("1",))
    if frame.values(command.arguments) == ["GLOBAL"]:
        frame.scope.cache[name] = Variable(("1",))
    return False


def _run_block(block: Block, frame: Frame) -> str:
    head, body = block.parts[0]
    if head.name == "if":
        return _run_if(block, frame)
    if head.name in ("function", "macro"):
        names = frame.values(head.arguments[:1])
        function = Function(head, body, frame.directory.path, frame.file)
        for name in names:
            others = frame.interpreter.functions.get(name.lower(), ()) if frame.uncertain else ()
            frame.interpreter.functions[name.lower()] = (*others, function)
        return ""
    if head.name == "foreach":
        return _run_loop(loop_of(head, frame), body, frame)
    if head.name == "while":
        # the number of iterations is unknown: variables may have the values after either of two
        for _ in range(2):
            _run(body, frame.maybe())
        return ""
    return _run(body, frame)


def _run_if(block: Block, frame: Frame) -> str:
    before = frame.scope.values
    ends: list[dict[str, Variable]] = []
    complete = False
    for command, body in block.parts:
        verdict = True if command.name == "else" else holds(command.arguments, frame)
        if verdict and not ends:
            return _run(body, frame)
        if verdict is not False:
            frame.scope.values = frame.scope.copied(before)
            _run(body, frame.branch())
            ends.append(frame.scope.values)
            frame.scope.values = before
        if verdict:
            complete = True
            break
    if ends:
        frame.scope.join(ends if complete and not frame.may_keep_old_values else [before, *ends])
    return ""


def _run_loop(loop: Loop, body: tuple[Node, ...], frame: Frame) -> str:
    inner = frame if loop.certain else frame.maybe()
    before = {name: frame.scope.values.get(name) for name in loop.names}
    left_by = ""
    for values in loop.iterations:
        for name, value in zip(loop.names, values, strict=False):
            frame.scope.assign(name, (value,))
        listed = tuple(value for value in values if FOUND in value)
        left_by = _run(body, dataclasses.replace(inner, listed=listed) if listed else inner)
        if left_by in ("break", "return"):
            break
    _restore(frame.scope, before)
    return left_by if left_by == "return" else ""


def _call(command: Command, frame: Frame) -> None:
    functions = frame.interpreter.functions.get(command.name, ())
    if functions:
        for function in functions if frame.depth < _DEEPEST else ():
            inner = frame if len(functions) == 1 else frame.maybe()
            _call_function(function, command, inner)
    elif command.name == "cmake_language":
        _call_language(command, frame)
    elif (name := _builtin(command.name)) in HANDLERS:
        HANDLERS[name](frame, dataclasses.replace(command, name=name))
    else:
        unknown_command(frame, command)


def _builtin(name: str) -> str:
    """The built-in command behind a name: once it is overridden, it starts with an underscore."""
    return name if name in HANDLERS else name.removeprefix("_")


def _call_language(command: Command, frame: Frame) -> None:
    """Run ``cmake_language``: call a command by a computed name, or run a text."""
    words = [argument.text for argument in command.arguments]
    if "CALL" in words:
        at = words.index("CALL") + 1
        for name in frame.values(command.arguments[at : at + 1]):
            rest = command.arguments[at + 1 :]
            if is_known(name) and name.lower() != "cmake_language":
                _call(Command(name.lower(), rest, command.line), frame)
    elif words[:2] == ["EVAL", "CODE"]:
        _run_text("\n".join(frame.values(command.arguments[2:])), frame)


def _call_function(function: Function, command: Command, frame: Frame) -> None:
    frame.directory.needs.add(function.directory)
    frame.interpreter.steps += _STEPS_OF_A_CALL
    choices = frame.scope.lists(command.arguments)
    for choice in choices:
        values = [value for value in choice.split(";") if value]
        _call_with(function, values, frame if len(choices) == 1 else frame.maybe())


def _call_with(function: Function, values: list[str], frame: Frame) -> None:
    parameters = frame.values(function.head.arguments[1:])
    bound = dict(zip(parameters, values, strict=False))
    bound |= {f"ARGV{index}": value for index, value in enumerate(values)}
    bound |= {"ARGV": ";".join(values), "ARGC": str(len(values))}
    bound["ARGN"] = ";".join(values[len(parameters) :])
    is_function = function.head.name == "function"
    if is_function:
        bound["CMAKE_CURRENT_FUNCTION_LIST_FILE"] = absolute(function.file)
        bound["CMAKE_CURRENT_FUNCTION_LIST_DIR"] = absolute(posixpath.dirname(function.file))
    scope = frame.scope.inner() if is_function else frame.scope
    before = {name: scope.values.get(name) for name in bound}
    for name, value in bound.items():
        scope.assign(name, (value,))
    own_scope = is_function or frame.own_scope
    inner = dataclasses.replace(frame, scope=scope, own_scope=own_scope, depth=frame.depth + 1)
    _run(function.body, inner)
    _restore(scope, before)


def _restore(scope: Scope, before: dict[str, Variable | None]) -> None:
    for name, variable in before.items():
        if variable is None:
            scope.values.pop(name, None)
        else:
            scope.values[name] = variable
