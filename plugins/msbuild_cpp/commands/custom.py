"""Custom commands and targets: what they make, and what they may read."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild_cpp.project import Target
from msbuild_cpp.python_scripts import SUFFIX, script_of
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
_READS = ("COMMAND", "ARGS", "DEPENDS", "MAIN_DEPENDENCY", "IMPLICIT_DEPENDS", "SOURCES", "")
_SCRIPTS = (".py", ".sh", ".pl", ".rb", ".js", ".lua", ".cmake", ".awk")


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
    homes = [here]
    for value in parts.get("WORKING_DIRECTORY", []):
        homes += frame.paths(value, directories=True)
    for value in parts.get("SOURCES", []):
        rule.asked.update(frame.paths(value))
    for keyword in _READS:
        for value in parts.get(keyword, []):
            _reads(frame, rule, value, homes, f"used by {where}")


def _reads(frame: Frame, rule: Target, value: str, homes: list[str], reason: str) -> None:
    rule.links.update(dict.fromkeys(without_conditions(value)))
    rule.generated.update(
        each for part in without_conditions(value) for each in generated(part, homes[0])
    )
    tree = frame.world.tree
    # `-Idir`, `--in=file`
    text = value.split("=", 1)[-1] if "=" in value else value.removeprefix("-I")
    candidates = [*frame.paths(value), *frame.paths(text)]
    candidates += [
        posixpath.normpath(posixpath.join(h, text)) for h in homes[1:] if "/@" not in text
    ]
    for path in candidates:
        if tree.is_file(path):
            rule.sources.setdefault(path, reason)
            if path.endswith(_SCRIPTS):
                _run_script(frame, rule, path, reason)
    for path in frame.paths(text, directories=True):
        # the directory itself, or one above, says only where to run
        if path and "/" in text and not f"{frame.directory.path}/".startswith(f"{path}/"):
            rule.taken.setdefault(path, reason)


def _run_script(frame: Frame, rule: Target, path: str, reason: str) -> None:
    """What a script may read that is not among its arguments: what lies beside it."""
    if path.endswith(SUFFIX):
        script = script_of(path, reason, frame.world.tree)
        for file, why in script.files.items():
            rule.sources.setdefault(file, why)
        if script.closed:
            return
    home = posixpath.dirname(path)
    if home not in ("", frame.world.project.root):
        rule.taken.setdefault(home, f"`{path}` is {reason}")


HANDLERS = {
    "add_custom_command": _custom_command,
    "add_custom_target": _custom_target,
}
