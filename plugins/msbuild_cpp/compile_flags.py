"""What flags of compilers say about headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msbuild_cpp.frame import is_computed
from msbuild_cpp.scope import SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild_cpp.frame import Frame
    from msbuild_cpp.project import Includes

_DIRECTORY = re.compile(r"(?:^|\s)(?:-I|-isystem|-iquote|-idirafter)[\s=]*([^\s\"]+)")
_IN_TREE = re.compile(rf"{SOURCE}/[^\s\"';,:\\)>]+")


def add_flags(frame: Frame, includes: Includes, values: Iterable[str]) -> list[str]:
    """Note the directories that flags name, and macros.

    Returns:
        The files of the tree that the flags name.
    """
    text = " ".join(value.replace(";", " ").replace("SHELL:", " ") for value in values)
    for value in _DIRECTORY.findall(text):
        add_directories(frame, includes, [value])
    includes.definitions.append(text)
    return [path for value in _IN_TREE.findall(text) for path in frame.paths(value)]


def add_directories(frame: Frame, includes: Includes, values: Iterable[str]) -> None:
    """Note directories in which headers are looked for."""
    for value in values:
        if is_computed(value):
            includes.unclear = f"only CMake knows where `{frame.file}` has headers looked for"
        for path in frame.paths(value, directories=True):
            includes.directories.setdefault(path)
