"""What ``file(READ)`` and ``file(STRINGS)`` give: lists of sources may stand in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild_cpp.patterns import expression, is_quick
from msbuild_cpp.script_files import listed_by
from msbuild_cpp.values import is_known, plain

if TYPE_CHECKING:
    from msbuild_cpp.frame import Frame

# Longer files are data and no lists.
_LONGEST = 20_000
# Words that change what is read; what they do is not worth following.
_SELECTS = ("OFFSET", "LIMIT", "HEX", "LENGTH_MAXIMUM", "LENGTH_MINIMUM", "LIMIT_INPUT")


def contents(frame: Frame, action: str, values: list[str]) -> list[str]:
    """The values that a variable may get; none where only CMake can tell.

    The files that a list names count, even where nothing can be said of its value.
    """
    paths = frame.paths(plain(values[1]))
    for path in paths:
        for file in listed_by(
            path, (frame.directory.path, frame.world.project.root), frame.world.tree
        ):
            if file not in frame.directory.named:
                frame.directory.listed.setdefault(file, f"named by {path}")
    if not is_known(values[1]) or len(paths) != 1 or set(values) & {*_SELECTS}:
        return []
    text = frame.world.tree.read(paths[0])
    if len(text) > _LONGEST or "\0" in text:
        return []
    if action == "READ":
        return [text]
    lines = [line.replace(";", "\\;") for line in text.splitlines() if line]
    if "REGEX" in values[:-1]:
        wanted = expression(values[values.index("REGEX") + 1])
        if wanted is None:
            return []
        if not all(is_quick(wanted.pattern, line) for line in lines):
            return []
        lines = [line for line in lines if wanted.search(line)]
    return [";".join(lines)]
