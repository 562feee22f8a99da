"""Commands that set variables and properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild_cpp.commands.processes import read_by
from msbuild_cpp.commands.targets import add_directories, add_flags, add_sources
from msbuild_cpp.values import COMPUTED, UNSET, absolute, generated, plain, without_conditions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild_cpp.frame import Frame
    from msbuild_cpp.project import Target
    from msbuild_cpp.syntax import Command

# These affect commands that do not mention them.
_EVERYWHERE = ("CMAKE_", "BUILD_SHARED_LIBS")
_FLAGS = "_FLAGS"
_LAUNCHER = "_LAUNCHER"
# Variables that name files of commands for `project()` to read.
_READ_BY_PROJECT = (
    *("CMAKE_TOOLCHAIN_FILE", "CMAKE_PROJECT_TOP_LEVEL_INCLUDES", "CMAKE_USER_MAKE_RULES_OVERRIDE"),
    *("CMAKE_USER_MAKE_RULES_OVERRIDE_C", "CMAKE_USER_MAKE_RULES_OVERRIDE_CXX"),
    *("CMAKE_PROJECT_INCLUDE_BEFORE", "CMAKE_PROJECT_INCLUDE"),
)
_LINKS = ("LINK_LIBRARIES", "INTERFACE_LINK_LIBRARIES", "MANUALLY_ADDED_DEPENDENCIES")
_INCLUDES = ("INCLUDE_DIRECTORIES", "INTERFACE_INCLUDE_DIRECTORIES")
# Parts of output names: they may look like file names, but no file is read for them.
_NAMES = ("VERSION", "SOVERSION", "MACHO_COMPATIBILITY_VERSION", "EXPORT_NAME", "FOLDER")
_NAMES_OF_OUTPUTS = ("OUTPUT_NAME", "PREFIX", "SUFFIX", "_POSTFIX")


def _set(frame: Frame, command: Command) -> None:
    words = [argument.text for argument in command.arguments if argument.kind == "plain"]
    for name in frame.values(command.arguments[:1]):
        arguments = command.arguments[1:]
        if "CACHE" in words[1:]:
            end = next(i for i, argument in enumerate(arguments) if argument.text == "CACHE")
            forced = "FORCE" in words or "INTERNAL" in words
            set_cache(frame, name, frame.scope.lists(arguments[:end]), forced=forced)
        elif words[-1:] == ["PARENT_SCOPE"] and len(command.arguments) > 1:
            _set_parent(
                frame, name, frame.scope.lists(arguments[:-1]) if len(arguments) > 1 else [UNSET]
            )
        else:
            choices = frame.scope.lists(arguments) if arguments else [UNSET]
            frame.assign(name, choices)
            if _FLAGS in name:
                for path in add_flags(frame, frame.directory.includes, choices):
                    frame.directory.reads.setdefault(path, f"named by {frame.at(command)}")
                    frame.directory.templates.setdefault(path)
            elif name.endswith(_LAUNCHER):
                _launch(frame, command)


def _launch(frame: Frame, command: Command) -> None:
    """Add the files that a launcher of compilers or linkers may read."""
    read = read_by(
        frame, frame.values(command.arguments[1:]), (), f"launcher set by {frame.at(command)}"
    )
    read.add_to(frame.directory.reads, frame.directory.widened)


def set_cache(frame: Frame, name: str, choices: Sequence[str], *, forced: bool) -> None:
    """Set a cache variable; without ``forced``, an existing value is kept."""
    if name.startswith(_EVERYWHERE):
        root = frame.interpreter.project.directories[frame.interpreter.project.root]
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
        frame.interpreter.project.directories[frame.directory.parent].needs.add(owner)
    frame.scope.parent.assign(name, choices, uncertain=frame.uncertain, owners=frozenset({owner}))


def _unset(frame: Frame, command: Command) -> None:
    for name in frame.values(command.arguments[:1]):
        if frame.may_keep_old_values:
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
    source_directory = absolute(frame.directory.path)
    build = frame.scope.choices("CMAKE_CURRENT_BINARY_DIR")
    owners = frozenset({frame.directory.path})
    version = values[values.index("VERSION") + 1 :][:1] if "VERSION" in values else []
    for name in ("PROJECT", values[0]):
        for part, choices in (
            ("SOURCE_DIR", (source_directory,)),
            ("BINARY_DIR", build),
            ("VERSION", version),
        ):
            if name == "PROJECT":
                frame.assign(f"PROJECT_{part}", choices or (UNSET,))
            elif choices:
                frame.scope.assign_cache(f"{name}_{part}", choices, uncertain=False, owners=owners)
    frame.assign("PROJECT_NAME", (values[0],))
    _read_for_project(frame, command, values[0])
    if frame.directory.parent is None:
        frame.assign("CMAKE_PROJECT_NAME", (values[0],))


def _read_for_project(frame: Frame, command: Command, project: str) -> None:
    """Read the files that variables make ``project()`` include."""
    own = (f"CMAKE_PROJECT_{project}_INCLUDE_BEFORE", f"CMAKE_PROJECT_{project}_INCLUDE")
    for name in (*_READ_BY_PROJECT, *own):
        for text in frame.scope.choices(name):
            for value in filter(None, text.split(";")):
                for path in frame.paths(value):
                    if path not in frame.directory.scripts or name in own:
                        reason = f"read by {frame.at(command)}: `{name}`"
                        frame.directory.scripts.setdefault(path, reason)
                        frame.interpreter.read(path, frame)


def _parse_arguments(frame: Frame, command: Command) -> None:
    """Run ``cmake_parse_arguments``, which sorts the arguments of a function by keyword."""
    arguments = command.arguments
    if arguments and arguments[0].text == "PARSE_ARGV":
        start = frame.scope.substitute(arguments[1].text) if arguments[1:] else ""
        values = _arguments_from(frame, int(start) if start.isdecimal() else 0)
        words = arguments[2:6]
    else:
        words = arguments[:4]
        values = frame.scope.expand_all(arguments[4:])
    if not words:
        return
    prefix, *kinds = (frame.scope.substitute(word.text) for word in words)
    options, singles, lists = ([*map(plain, kind.split(";"))] for kind in (*kinds, "", "", "")[:3])
    results: dict[str, list[str]] = {}
    keyword = "UNPARSED_ARGUMENTS"
    for value in values:
        if value in options:
            results[value] = ["TRUE"]
            keyword = "UNPARSED_ARGUMENTS"
        elif value in singles or value in lists:
            keyword = value
            results[keyword] = []
        else:
            results.setdefault(keyword, []).append(value)
            if keyword in singles:
                keyword = "UNPARSED_ARGUMENTS"
    for name in (*options, *singles, *lists, "UNPARSED_ARGUMENTS"):
        missing = "FALSE" if name in options else UNSET
        frame.assign(f"{prefix}_{name}", (";".join(results.get(name, [missing])),))


def _arguments_from(frame: Frame, start: int) -> list[str]:
    """The arguments of the function from number ``start`` on."""
    count = frame.scope.get("ARGC") or "0"
    numbers = range(start, int(count) if count.isdecimal() else 0)
    return [
        value
        for number in numbers
        for text in frame.scope.choices(f"ARGV{number}")
        for value in text.split(";")
    ]


def _set_target_properties(frame: Frame, command: Command) -> None:
    positions = frame.positions(command.arguments)
    if ["PROPERTIES"] not in positions:
        return
    middle = positions.index(["PROPERTIES"])
    pairs = positions[middle + 1 :]
    for name in (name for names in positions[:middle] for name in names):
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
        target.widened = {**read.widened, **target.widened}
    if key in ("SOURCES", "INTERFACE_SOURCES"):
        add_sources(frame, target, values, f"source of target {target.name}")
    depends(frame, target.generated, values)
    for path in (
        *(path for value in values for path in frame.paths(value)),
        *add_flags(frame, target.own, values),
    ):
        target.sources.setdefault(path, reason)


def _set_includes(frame: Frame, target: Target, values: list[str]) -> None:
    for includes in (target.own, target.interface):
        add_directories(frame, includes, values)
    for value in values:
        if "$<TARGET" in value:
            target.links.update(dict.fromkeys(without_conditions(value)))


def _set_property(frame: Frame, command: Command) -> None:
    values = frame.values(command.arguments)
    if "PROPERTY" not in values[:-1]:
        return
    middle = values.index("PROPERTY")
    scope, key, properties = values[0], values[middle + 1], values[middle + 2 :]
    if scope == "TARGET":
        for name in values[1:middle]:
            if name not in ("APPEND", "APPEND_STRING"):
                _set_on_target(frame, command, name, key, properties)
        return
    _add_named_files(frame, command, [text for value in properties for text in value.split(";")])
    if scope == "DIRECTORY" and key in _INCLUDES:
        add_directories(frame, frame.directory.includes, properties)
    if scope == "GLOBAL":
        _set_global(frame, key, properties, append="APPEND" in values[:middle])


def _set_global(frame: Frame, key: str, values: list[str], *, append: bool) -> None:
    """Set a global property: a variable of all scopes, whose readers need all its setters."""
    name = f"GLOBAL {key}"
    owners = frozenset({frame.directory.path})
    before = frame.scope.cache.get(name)
    if append and before is not None:
        owners |= before.owners
        values = [*(value for text in before.choices for value in text.split(";")), *values]
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
        frame.directory.required_targets.setdefault(values[2])
    else:
        frame.compute(out)


def _get_target_property(frame: Frame, command: Command) -> None:
    values = frame.values(command.arguments)
    if values[2:]:
        out, name, key = values[:3]
        # a user of this value depends on the target
        frame.assign(out, (f"$<TARGET_PROPERTY:{name},{key}>",))
        frame.directory.required_targets.setdefault(name)


def _get_directory_property(frame: Frame, command: Command) -> None:
    for name in frame.values(command.arguments[:1]):
        frame.assign(name, (COMPUTED,))


def _source_properties(frame: Frame, command: Command) -> None:
    """Add files that properties of sources name."""
    values = frame.values(command.arguments)
    properties = values[values.index("PROPERTIES") :] if "PROPERTIES" in values else []
    texts = [text for value in properties for text in value.split(";")]
    _add_named_files(frame, command, texts)


def _add_named_files(frame: Frame, command: Command, texts: list[str]) -> None:
    reason = f"named by {frame.at(command)}"
    frame.add_reads(texts, reason)
    depends(frame, frame.directory.depends, texts)
    for path in add_flags(frame, frame.directory.includes, texts):
        frame.directory.reads.setdefault(path, reason)
        frame.directory.templates.setdefault(path)


def depends(frame: Frame, files: set[str], values: list[str]) -> None:
    """Record generated files that a property names."""
    for value in values:
        for part in without_conditions(value):
            files.update(generated(part, frame.directory.path))


def _install(frame: Frame, command: Command) -> None:
    """Require the installed or exported targets to exist."""
    values = frame.values(command.arguments)
    if values[:1] in (["TARGETS"], ["EXPORT"]):
        for value in values[1:]:
            frame.directory.required_targets.setdefault(value)


HANDLERS = {
    "set": _set,
    "unset": _unset,
    "option": _option,
    "cmake_dependent_option": _dependent_option,
    "project": _project,
    "cmake_parse_arguments": _parse_arguments,
    "export": _install,
    "install": _install,
    "get_directory_property": _get_directory_property,
    "get_property": _get_property,
    "get_target_property": _get_target_property,
    "set_directory_properties": _source_properties,
    "set_property": _set_property,
    "set_source_files_properties": _source_properties,
    "set_target_properties": _set_target_properties,
}
