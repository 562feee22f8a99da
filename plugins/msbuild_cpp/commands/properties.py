"""Properties of targets, files and directories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild_cpp.commands.processes import read_by
from msbuild_cpp.commands.targets import add_sources
from msbuild_cpp.compile_flags import add_directories, add_flags
from msbuild_cpp.scope import COMPUTED
from msbuild_cpp.values import generated, without_conditions

if TYPE_CHECKING:
    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Command
    from msbuild_cpp.project import Target

_LINKS = ("LINK_LIBRARIES", "INTERFACE_LINK_LIBRARIES", "MANUALLY_ADDED_DEPENDENCIES")
_INCLUDES = ("INCLUDE_DIRECTORIES", "INTERFACE_INCLUDE_DIRECTORIES")
# Parts of the names of what is made: whatever they look like, nothing reads a file for them.
_NAMES = ("VERSION", "SOVERSION", "MACHO_COMPATIBILITY_VERSION", "EXPORT_NAME", "FOLDER")
_NAMES_OF_OUTPUTS = ("OUTPUT_NAME", "PREFIX", "SUFFIX", "_POSTFIX")


def _set_target_properties(frame: Frame, command: Command) -> None:
    positions = frame.positions(command.arguments)
    if ["PROPERTIES"] not in positions:
        return
    middle = positions.index(["PROPERTIES"])
    pairs = positions[middle + 1 :]
    for name in (each for names in positions[:middle] for each in names):
        for (key, *_), values in zip(pairs[::2], pairs[1::2], strict=False):
            texts = [text for value in values for text in value.split(";")]
            _set_on_target(frame, command, name, key, texts)


def _set_on_target(frame: Frame, command: Command, name: str, key: str, values: list[str]) -> None:
    target = frame.target(name)
    if target is None or key in _NAMES or key.endswith(_NAMES_OF_OUTPUTS):
        return
    if key.endswith("INCLUDE_DIRECTORIES") and (key in _INCLUDES or "SYSTEM" in key):
        _set_includes(frame, target, values)
    elif key in _LINKS:
        for value in values:
            target.links.update(dict.fromkeys(without_conditions(value)))
    reason = f"named by {frame.at(command)}"
    if "_LAUNCH" in key:
        read = read_by(frame, values, (), reason)
        target.sources = {**read.files, **target.sources}
        target.taken = {**read.taken, **target.taken}
    if key in ("SOURCES", "INTERFACE_SOURCES"):
        add_sources(frame, target, values, f"source of target {target.name}")
    depends(frame, target.generated, values)
    for path in (
        *(p for v in values for p in frame.paths(v)),
        *add_flags(frame, target.own, values),
    ):
        target.sources.setdefault(path, reason)


def _set_includes(frame: Frame, target: Target, values: list[str]) -> None:
    for includes in (target.own, target.offered):
        add_directories(frame, includes, values)
    for value in values:
        if "$<TARGET" in value:
            target.links.update(dict.fromkeys(without_conditions(value)))


def _set_property(frame: Frame, command: Command) -> None:
    values = frame.values(command.arguments)
    if "PROPERTY" not in values[:-1]:
        return
    middle = values.index("PROPERTY")
    scope, key, rest = values[0], values[middle + 1], values[middle + 2 :]
    if scope == "TARGET":
        for name in values[1:middle]:
            if name not in ("APPEND", "APPEND_STRING"):
                _set_on_target(frame, command, name, key, rest)
        return
    _name(frame, command, [each for value in rest for each in value.split(";")])
    if scope == "DIRECTORY" and key in _INCLUDES:
        add_directories(frame, frame.directory.includes, rest)
    if scope == "GLOBAL":
        _set_global(frame, key, rest, append="APPEND" in values[:middle])


def _set_global(frame: Frame, key: str, values: list[str], *, append: bool) -> None:
    """A global property is a variable that all scopes share; who reads it needs all who set it."""
    name = f"GLOBAL {key}"
    owners = frozenset({frame.directory.path})
    before = frame.scope.cache.get(name)
    if append and before is not None:
        owners |= before.owners
        values = [*(each for text in before.choices for each in text.split(";")), *values]
    uncertain = frame.uncertain
    frame.scope.assign_cache(name, (";".join(values),), uncertain=uncertain, owners=owners)


def _get_property(frame: Frame, command: Command) -> None:
    values = frame.values(command.arguments)
    if "PROPERTY" not in values[2:-1]:
        return
    out, scope, key = values[0], values[1], values[values.index("PROPERTY") + 1]
    if scope == "GLOBAL":
        frame.assign(out, frame.scope.choices(f"GLOBAL {key}"))
    elif scope == "TARGET":
        frame.assign(out, (f"$<TARGET_PROPERTY:{values[2]},{key}>",))
        frame.directory.refers.setdefault(values[2])
    else:
        frame.compute(out)


def _get_target_property(frame: Frame, command: Command) -> None:
    values = frame.values(command.arguments)
    if values[2:]:
        out, name, key = values[:3]
        # who uses it takes what the target has
        frame.assign(out, (f"$<TARGET_PROPERTY:{name},{key}>",))
        frame.directory.refers.setdefault(name)


def _get_directory_property(frame: Frame, command: Command) -> None:
    for name in frame.values(command.arguments[:1]):
        frame.assign(name, (COMPUTED,))


def _named(frame: Frame, command: Command) -> None:
    """Files that properties of sources name."""
    values = frame.values(command.arguments)
    rest = values[values.index("PROPERTIES") :] if "PROPERTIES" in values else []
    texts = [each for value in rest for each in value.split(";")]
    _name(frame, command, texts)


def _name(frame: Frame, command: Command, texts: list[str]) -> None:
    reason = f"named by {frame.at(command)}"
    frame.name_files(texts, reason)
    depends(frame, frame.directory.depends, texts)
    for path in add_flags(frame, frame.directory.includes, texts):
        frame.directory.named.setdefault(path, reason)
        frame.directory.templates.setdefault(path)


def depends(frame: Frame, made: set[str], values: list[str]) -> None:
    """Note files that rules may make, as a property names them."""
    for value in values:
        for part in without_conditions(value):
            made.update(generated(part, frame.directory.path))


def _install(frame: Frame, command: Command) -> None:
    """Targets that are installed must be there."""
    values = frame.values(command.arguments)
    if values[:1] in (["TARGETS"], ["EXPORT"]):
        for value in values[1:]:
            frame.directory.refers.setdefault(value)


HANDLERS = {
    "export": _install,
    "install": _install,
    "get_directory_property": _get_directory_property,
    "get_property": _get_property,
    "get_target_property": _get_target_property,
    "set_directory_properties": _named,
    "set_property": _set_property,
    "set_source_files_properties": _named,
    "set_target_properties": _set_target_properties,
}
