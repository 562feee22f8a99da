"""What a project says itself about how it is built, and what of that is not followed."""

from __future__ import annotations

import dataclasses
import json
import posixpath
from typing import TYPE_CHECKING

from msbuild_cpp.lexer import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msbuild.plugin.api import Sources
    from msbuild_cpp.settings import Settings

_PRESETS = ("CMakePresets.json", "CMakeUserPresets.json")
_BUILD_TYPE = "CMAKE_BUILD_TYPE"


def settled(settings: Settings, root: str, sources: Sources) -> Settings:
    """The settings for a project: a build type that nobody chose is the project's own.

    Args:
        settings: what the options come to.
        root: the directory of the top ``CMakeLists.txt``.
        sources: the source tree.
    """
    if settings.chosen or _BUILD_TYPE in dict(settings.given):
        return settings
    lists = (posixpath.join(root, "CMakeLists.txt"), *settings.scripts(root, sources))
    types = [
        each for path in lists if sources.exists(path) for each in sources.scan(path, own_types)
    ]
    if not types:
        return settings
    # nothing is passed to CMake: it comes to what the project says, whatever that depends on
    return dataclasses.replace(settings, build_type="", own_types=tuple(types))


def own_types(text: str) -> tuple[str, ...]:
    """The build types that commands set where none is given."""
    if _BUILD_TYPE not in text:
        return ()
    return tuple(
        command.arguments[1].text
        for command in parse(text)
        if command.name == "set"
        and command.arguments[1:]
        and command.arguments[0].text == _BUILD_TYPE
    )


def unused_presets(root: str, arguments: Sequence[str], sources: Sources) -> Iterator[str]:
    """Warnings of presets that are not followed, where no argument says what counts instead."""
    for name in _PRESETS:
        path = posixpath.join(root, name)
        if not arguments and sources.exists(path):
            names = sources.scan(path, presets)
            if names:
                yield (
                    f"`{path}` has presets ({', '.join(names[:5])}), and none of them is followed:"
                    " say what one sets as `-DNAME=VALUE` in `cmake_args`"
                )


def presets(text: str) -> tuple[str, ...]:
    """The names of the presets that configure a project."""
    try:
        found = json.loads(text)["configurePresets"]
        return tuple(each["name"] for each in found if not each.get("hidden"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()
