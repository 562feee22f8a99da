"""Which files a ``//go:embed`` pattern stands for."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.plugin.api import Sources

_PIECE = re.compile(r"\\(.)|(\*)|(\?)|\[(\^?)((?:\\.|[^\]\\])+)\]|(.)", re.DOTALL)
# These mean something in the sets of Python, or will.
_SET_OPERATORS = re.compile(r"[\[&~|]")
_ALL = "all:"


def embedded(directory: str, pattern: str, sources: Sources) -> Iterator[str]:
    """The files that a pattern embeds into the package in ``directory``.

    A pattern names files, or directories with all they hold. Of those, names with a leading dot or
    underscore stay out unless the pattern starts with ``all:``; other Go modules always do.
    """
    top = _top(directory, pattern)
    candidates = (top,) if _is_file(top, sources) else sources.files(top)
    yield from _matching(directory, pattern, candidates)


def lost(directory: str, pattern: str, sources: Sources) -> Iterator[str]:
    """The files that a pattern would embed if ignore rules did not leave them out of the tree."""
    top = _top(directory, pattern)
    # a directory that is left out itself is none of the tree
    ignored = sources.ignored(top if sources.exists(top) else directory)
    yield from _matching(directory, pattern, ignored)


def _top(directory: str, pattern: str) -> str:
    """The file or directory below which all is that a pattern stands for."""
    return posixpath.join(directory, *_literal(_parts(pattern)))


def _parts(pattern: str) -> list[str]:
    return pattern.removeprefix(_ALL).strip("/").split("/")


def _matching(directory: str, pattern: str, candidates: tuple[str, ...]) -> Iterator[str]:
    hidden = pattern.startswith(_ALL)
    parts = _parts(pattern)
    modules = {f"{posixpath.dirname(path)}/" for path in candidates if _is_module(path)}
    modules.discard(f"{directory}/" if directory else "/")
    expressions = [_expression(part) for part in parts]
    for path in candidates:
        names = path.removeprefix(f"{directory}/" if directory else "").split("/")
        below = names[len(parts) :]
        if len(names) < len(parts) or path.startswith(tuple(modules)):
            continue
        if not hidden and any(name.startswith((".", "_")) for name in below):
            continue
        if all(each.fullmatch(name) for each, name in zip(expressions, names, strict=False)):
            yield path


def _literal(parts: list[str]) -> list[str]:
    """The leading parts that are no patterns."""
    for index, part in enumerate(parts):
        if any(sign in part for sign in "*?[\\"):
            return parts[:index]
    return parts


def _is_file(path: str, sources: Sources) -> bool:
    directory, name = posixpath.split(path)
    return name in sources.names(directory)


def _is_module(path: str) -> bool:
    return posixpath.basename(path) == "go.mod"


@lru_cache(maxsize=1024)
def _expression(part: str) -> re.Pattern[str]:
    """One part of a pattern as Go's ``path.Match`` reads it."""
    try:
        return re.compile("".join(map(_translated, _PIECE.finditer(part))), re.DOTALL)
    except re.error:
        # Go refuses it, or it matches nothing; too many files do no harm
        return re.compile(".*", re.DOTALL)


def _translated(piece: re.Match[str]) -> str:
    escaped, star, question, negated, members, plain = piece.groups()
    if members:
        return f"[{negated}{_SET_OPERATORS.sub(_escape, members)}]"
    if star:
        return ".*"
    return "." if question else re.escape(escaped or plain)


def _escape(found: re.Match[str]) -> str:
    return f"\\{found[0]}"
