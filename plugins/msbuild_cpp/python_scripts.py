"""Follows the imports of Python scripts that make sources."""

from __future__ import annotations

import ast
import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild_cpp.tree import Tree

SUFFIX = ".py"
# With these a script can find out where it lies, and so read what lies beside it, or run more.
_OPEN = re.compile(
    r"""\b__(?:file|path|spec|loader|import)__\b | \bsys\.path\b
    | \bargv\s*\[\s*0 | =\s*(?:sys\.)?argv\b(?!\s*\[)
    | \b(?:exec|eval|execfile|importlib|imp|inspect|pkgutil|runpy|zipimport|modulefinder)\b""",
    re.VERBOSE,
)

# But not so: its name in a message, and its own directory, where it looks for modules anyway.
_HARMLESS = re.compile(
    r"""(?: \.format\( | %\s* | \bbasename\( ) (?:sys\.)?argv\[0\]
    | \bsys\.path\.(?:append\(|insert\(\s*\d+\s*,)\s*
      (?:os\.path\.)?dirname\((?:os\.path\.)?(?:abspath|realpath)\(__file__\)\)\)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Script:
    """What a script is run from.

    Attributes:
        files: itself and the modules of the tree that it imports, each with why.
        closed: whether it reads nothing else but what it is told to.
    """

    files: dict[str, str]
    closed: bool


def script_of(path: str, reason: str, tree: Tree) -> Script:
    """Follow what a script imports from beside itself.

    Args:
        path: the script.
        reason: why it is needed.
        tree: the source tree.
    """
    home = posixpath.dirname(path)
    files, closed, waiting = {path: reason}, True, [path]
    while waiting:
        module = waiting.pop()
        names = _imports(tree.read(module))
        closed = closed and names is not None
        for found in _places(module, names or (), home):
            if found not in files and tree.is_file(found):
                files[found] = f"imported by {module}"
                waiting.append(found)
    return Script(files, closed)


# An import: how many dots stand before it, and the name.
_Import = tuple[int, str]


@lru_cache(maxsize=1024)
def _imports(text: str) -> tuple[_Import, ...] | None:
    """What a text imports; ``None`` where it may read or run something else."""
    if _OPEN.search(_HARMLESS.sub("", text)):
        return None
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # of another release of Python
        return None
    found: list[_Import] = []
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found += [(0, each.name) for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            found.append((node.level, base))
            found += [(node.level, f"{base}.{each.name}".strip(".")) for each in node.names]
    return tuple(found)


def _places(module: str, imports: tuple[_Import, ...], home: str) -> Iterator[str]:
    """Where imported modules may be."""
    for level, name in imports:
        place = module if level else f"{home}/x"
        for _ in range(level or 1):
            place = posixpath.dirname(place)
        for part in name.split(".") if name else ():
            place = posixpath.join(place, part)
            yield f"{place}{SUFFIX}"
            yield posixpath.join(place, f"__init__{SUFFIX}")
        if not name:
            yield posixpath.join(place, f"__init__{SUFFIX}")
