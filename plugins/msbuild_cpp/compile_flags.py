"""What flags of compilers and linkers say about files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msbuild_cpp.frame import is_computed
from msbuild_cpp.scope import SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild_cpp.frame import Frame
    from msbuild_cpp.project import Includes

_INCLUDING = r"(?:-I|-isystem|-iquote|-idirafter|-cxx-isystem|--embed-dir)"
_DIRECTORY = re.compile(rf"(?:^|\s){_INCLUDING}[\s=]*([^\s\"]+)")
_ONE_DIRECTORY = re.compile(rf"{_INCLUDING}[\s=]*(\S.*\s.*)", re.DOTALL)
_FORCED = re.compile(
    r"(?:^|\s)(?:-include-pch|-include|-imacros|--include|--imacros)[\s=]*[\"']?([^\s\"']+)"
)
_IN_TREE = re.compile(rf"{SOURCE}/[^\s\"';,:\\)>]+")
# Directories in which compilers and linkers look for whatever is there.
_TAKEN = re.compile(
    r"(?:-fprofile-(?:instr-)?use|-fauto-profile|--?sysroot|-isysroot|-B|-fprebuilt-module-path"
    rf"|-fprofile-dir|-iplugindir|-specs)[\s=]*({SOURCE}/[^\s\"';,]+)"
)
_LIBRARIES = re.compile(rf"(?:-L|-rpath-link[=,])[\s]*({SOURCE}/[^\s\"';,]+)")
_LIBRARY = re.compile(r"\.(?:a|o|so(?:\.[\d.]+)?|ld|lds|x)\Z")


def add_flags(frame: Frame, includes: Includes, values: Iterable[str]) -> list[str]:
    """Note the directories that flags name, and macros.

    Returns:
        The files of the tree that the flags name.
    """
    texts = [value.replace(";", " ").replace("SHELL:", " ") for value in values]
    text = " ".join(texts)
    spaced = [found[1] for each in texts if (found := _ONE_DIRECTORY.fullmatch(each))]
    add_directories(frame, includes, (*_DIRECTORY.findall(text), *spaced))
    includes.definitions.append(text)
    includes.forced.update(dict.fromkeys(_FORCED.findall(text)))
    files = [path for value in _IN_TREE.findall(text) for path in frame.paths(value)]
    # a path may have spaces in it
    files += [path for each in texts if SOURCE in each for path in _spaced(frame, each)]
    for value in _TAKEN.findall(text):
        for path in frame.paths(value, directories=True):
            files += frame.world.tree.files(path)
    for value in _LIBRARIES.findall(text):
        files += libraries_in(frame, value)
    return files


def libraries_in(frame: Frame, value: str) -> list[str]:
    """What a linker may find in a directory."""
    return [
        f"{path}/{name}"
        for path in frame.paths(value, directories=True)
        for name in frame.world.tree.names(path)
        if _LIBRARY.search(name)
    ]


def _spaced(frame: Frame, text: str) -> list[str]:
    path = text[text.index(SOURCE) :]
    return frame.paths(path) if re.search(r"\s", path) else []


def add_directories(frame: Frame, includes: Includes, values: Iterable[str]) -> None:
    """Note directories in which headers are looked for."""
    for value in values:
        if is_computed(value):
            includes.unclear = f"only CMake knows where `{frame.file}` has headers looked for"
        for path in frame.paths(value, directories=True):
            includes.directories.setdefault(path)
