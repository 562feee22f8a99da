"""CMake's patterns: globs of files, and regular expressions."""

from __future__ import annotations

import posixpath
import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

from msbuild_cpp.values import UNKNOWN

if TYPE_CHECKING:
    from msbuild_cpp.tree import Tree

_GLOB = re.compile(rf"(\*|\?|\[[^\]]*\]|{UNKNOWN.pattern[1:-1]})")


_LONGEST = 500
# A repeated group with a repetition or a choice in it: matching may take for ever.
_SLOW = re.compile(r"[*+?|][^()]*(?:\)[^()]*)*\)[*+]")
# How long a text may be for so many repetitions: each of them may be tried at every place.
_SHORT_ENOUGH = (20_000, 10_000, 200, 60, 25)


@lru_cache(maxsize=1024)
def expression(text: str) -> re.Pattern[str] | None:
    """A regular expression as Python has it; ``None`` if it cannot be read, or may be slow."""
    if len(text) > _LONGEST or _SLOW.search(text):
        return None
    try:
        # CMake knows no counts: a brace is a brace
        return _compiled(re.sub(r"(?<!\\)([{}])", r"\\\1", text))
    except (re.error, OverflowError, RecursionError):
        return None


def is_quick(text: str, searched: str) -> bool:
    """Whether an expression is known to be matched at once.

    Args:
        text: the expression.
        searched: what it is matched with.
    """
    repeated = min(len(re.findall(r"[*+?]", text)), len(_SHORT_ENOUGH) - 1)
    return len(searched) <= _SHORT_ENOUGH[repeated]


def glob(pattern: str, tree: Tree, *, recursive: bool, directories: bool) -> list[str]:
    """The paths that match ``file(GLOB …)``, sorted.

    Args:
        pattern: a path from the source root, with wildcards and parts that are not known.
        tree: the source tree.
        recursive: whether the last part matches at any depth.
        directories: whether directories match, too.
    """
    folder, last = posixpath.split(pattern)
    between = "(?:.*/)?" if recursive else ""
    try:
        wanted = _compiled(
            f"{_translate(folder)}{'/' if folder else ''}{between}{_translate(last)}"
        )
    except re.error:
        return []
    fixed = posixpath.dirname(_GLOB.split(pattern)[0])
    is_flat = fixed == folder and not (recursive or directories or UNKNOWN.search(last))
    if is_flat and (folder or not tree.root):
        # large projects ask for thousands of patterns, and most look right in one directory
        files = tree.files_in(folder)
    else:
        files = tree.files(fixed) if fixed else tree.of_project()
    found = {path for path in files if wanted.fullmatch(path)}
    if directories:
        found |= {above for above in _above(files) if wanted.fullmatch(above)}
    return sorted(found)


# With more wildcards a name that does not match may be tried in very many ways.
_MOST_WILDCARDS = 6


def _translate(pattern: str) -> str:
    pattern = re.sub(r"\*+", "*", pattern)
    if len(_GLOB.findall(pattern)) > _MOST_WILDCARDS:
        return f"{re.escape(_GLOB.split(pattern)[0])}.*"
    parts = _GLOB.split(pattern)
    return "".join(_wildcard(p) if i % 2 else re.escape(p) for i, p in enumerate(parts))


def _compiled(text: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        # Python warns of sets within sets, which CMake does not know and this Python neither
        warnings.simplefilter("ignore", FutureWarning)
        return re.compile(text)


def _wildcard(text: str) -> str:
    if UNKNOWN.match(text):
        return ".*"
    if text in "*?":
        return "[^/]*" if text == "*" else "[^/]"
    inside = text[1:-1].replace("\\", r"\\").replace("[", r"\[")
    return f"[^{inside[1:]}]" if inside.startswith(("!", "^")) else f"[{inside}]"


def _above(files: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    for path in files:
        above = posixpath.dirname(path)
        while above and above not in found:
            found.add(above)
            above = posixpath.dirname(above)
    return found
