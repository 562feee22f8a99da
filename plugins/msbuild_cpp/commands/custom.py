"""Custom commands and targets: what they make, and what they may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild_cpp.commands.processes import read_by
from msbuild_cpp.project import Target
from msbuild_cpp.values import generated, is_known, plain, without_conditions

if TYPE_CHECKING:
    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Command

_OUTPUTS = ("OUTPUT", "BYPRODUCTS")
_KEYWORDS = (
    *_OUTPUTS,
    "COMMAND",
    "ARGS",
    "DEPENDS",
    "MAIN_DEPENDENCY",
    "IMPLICIT_DEPENDS",
    "WORKING_DIRECTORY",
    "COMMENT",
    "DEPFILE",
    "SOURCES",
    "TARGET",
    "PRE_BUILD",
    "PRE_LINK",
    "POST_BUILD",
    "VERBATIM",
    "APPEND",
    "USES_TERMINAL",
    "COMMAND_EXPAND_LISTS",
    "JOB_POOL",
    "ALL",
)
_DEPENDS = ("DEPENDS", "MAIN_DEPENDENCY", "IMPLICIT_DEPENDS", "SOURCES")
_COMMANDS = ("COMMAND", "ARGS", "")


def _custom_command(frame: Frame, command: Command) -> None:
    parts = _parts(frame, command)
    names = parts.get("TARGET", [])
    rule = frame.target(names[0]) if names else None
    if names and rule is None:
        return
    if rule is None:
        rule = Target(frame.at(command), "rule", frame.directory.path)
        rule.directories.add(frame.directory.path)
        frame.world.project.rules.append(rule)
    _fill(frame, rule, parts, frame.at(command))


def _custom_target(frame: Frame, command: Command) -> None:
    names = frame.values(command.arguments[:1])
    if names and is_known(names[0]):
        target = frame.target(names[0], "custom")
        if target is not None:
            _fill(frame, target, _parts(frame, command, skip=1), frame.at(command))


def _parts(frame: Frame, command: Command, skip: int = 0) -> dict[str, list[str]]:
    """The arguments by the keyword before them."""
    found: dict[str, list[str]] = {}
    keyword = ""
    for argument in command.arguments[skip:]:
        if argument.kind == "plain" and argument.text in _KEYWORDS:
            keyword = argument.text
            found.setdefault(keyword, [])
        else:
            found.setdefault(keyword, []).extend(map(plain, frame.scope.expand(argument)))
    return found


def _fill(frame: Frame, rule: Target, parts: dict[str, list[str]], where: str) -> None:
    here = frame.directory.path
    for value in (value for keyword in _OUTPUTS for value in parts.get(keyword, [])):
        rule.outputs.update(generated(value, here))
        if not is_known(value):
            rule.unclear = "only CMake knows what it makes"
    homes = [
        path
        for value in parts.get("WORKING_DIRECTORY", [])
        for path in frame.paths(value, directories=True)
    ]
    rule.places.update(homes)
    for value in parts.get("SOURCES", []):
        rule.asked.update(frame.paths(value))
    reason = f"used by {where}"
    for keyword in (*_COMMANDS, *_DEPENDS):
        for value in parts.get(keyword, []):
            _needs(frame, rule, value)
    words = [value for keyword in (*_COMMANDS, *_DEPENDS) for value in parts.get(keyword, [])]
    read = read_by(frame, words, homes, reason)
    for path, why in read.files.items():
        rule.sources.setdefault(path, why)
    for path, why in read.taken.items():
        rule.taken.setdefault(path, why)


def _needs(frame: Frame, rule: Target, value: str) -> None:
    """Targets, and files that other rules make."""
    rule.links.update(dict.fromkeys(without_conditions(value)))
    rule.generated.update(
        each for part in without_conditions(value) for each in generated(part, frame.directory.path)
    )


HANDLERS = {
    "add_custom_command": _custom_command,
    "add_custom_target": _custom_target,
}
