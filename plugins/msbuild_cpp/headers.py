"""Follows ``#include`` from the sources of a target."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild_cpp.project import Includes
    from msbuild_cpp.tree import Tree

_INCLUDE = re.compile(
    r"""
      ^[ \t]*(?:\#|%:|\?\?=)[ \t]*(?:include|include_next|import|embed)\b[ \t]*
        (?: "(?P<quoted>[^"\n]+)" | <(?P<angled>[^>\n]+)> | (?P<macro>[A-Za-z_]\w*) )
    | \b__has_(?:include|embed)(?:_next)?[ \t]*\([ \t]*
        (?: "(?P<has_quoted>[^"\n]+)" | <(?P<has_angled>[^>\n]+)> | (?P<has_macro>[A-Za-z_]\w*) )
    | \.inc(?:lude|bin)[ \t]+\\?"(?P<assembled>[^"\\\n]+)\\?"
    | ^[ \t]*(?:\#[ \t]*pragma[ \t]+|_Pragma[ \t]*\([ \t]*"[ \t]*)
        GCC[ \t]+(?:dependency|pch_preprocess)[ \t]+
        (?: \\?"(?P<depends>[^"\\\n]+) | <(?P<depends_angled>[^>\n]+)> )
    | ^[ \t]*(?:export[ \t]+)?import[ \t]*(?: <(?P<unit>[^>\n]+)> | "(?P<unit_quoted>[^"\n]+)" )
    | ^[ \t]*%?(?:import|include|incbin)[ \t]+(?:public[ \t]+|weak[ \t]+)?
        ["'](?P<schema>[^"'\n]+)["'][ \t]*(?:;|$)
    """,
    re.MULTILINE | re.VERBOSE,
)
_DEFINE = re.compile(
    r"""^[ \t]*(?:\#|%:)[ \t]*define[ \t]+(\w+)[ \t]+
    (?:"([^"\n]+)"|<([^>\n]+)>|([A-Za-z_]\w*)[ \t]*(?:/[/*].*)?$
        |([A-Za-z_.][\w.+-]*[./][\w./+-]*)[ \t]*$)""",
    re.MULTILINE | re.VERBOSE,
)
# Comments that stand where spaces may: `#include /* why */ "x.h"`.
_COMMENT = re.compile(r"/\*[^\n]*?\*/")
_DIRECTIVE = re.compile(
    r"^[ \t]*(?:/\*(?:(?!\*/)[^\n])*\*/[ \t]*)+(?:#|%:).*$|^[ \t]*(?:#|%:)[^\n]*/\*[^\n]*$",
    re.MULTILINE,
)
# A directive that names a file and goes on behind a backslash; and any line that does.
_SPLIT = re.compile(
    r"(?:#|%:)[ \t]*(?:\w*\\\r?\n|(?:include|embed|import)\w*[ \t]*\\|define[ \t]+\w+[ \t]*\\)"
)
_CONTINUED = re.compile(r"^(?:[^\n]*\\\r?\n)+[^\n]*", re.MULTILINE)
# What compilers and assemblers read that no preprocessed text shows.
_ASSEMBLED = re.compile(
    r"""(?i:incbin)|\.include(?:\\t|\s)*\\?["]|(?:\#|%:)[ \t]*embed\b|\b__has_embed\b""",
    re.MULTILINE | re.VERBOSE,
)
_NAME = re.compile(r"[\w./+@-]+")
_KINDS = {
    **dict.fromkeys(("angled", "has_angled", "depends_angled", "unit"), "angled"),
    "macro": "macro",
    "has_macro": "asked",
}


@dataclass(frozen=True, slots=True)
class Include:
    """A file that another one names.

    Attributes:
        name: as it stands there, or the macro that holds the name.
        kind: ``quoted``, ``angled``, ``macro``, or ``asked`` for a macro in ``__has_include``.
        line: where it is named; counts from 1.
    """

    name: str
    kind: str
    line: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a source file names.

    Attributes:
        includes: files, in order, also those that a condition may hide from the compiler.
        defines: macros that may stand for a file, each with the file.
        aliases: macros that stand for another macro.
        assembles: whether files are read that preprocessed text does not hold, by an assembler or
            by ``#embed``; so that any macro may name one, and no compiler cache knows of it.
    """

    includes: tuple[Include, ...]
    defines: tuple[tuple[str, str], ...]
    aliases: tuple[tuple[str, str], ...] = ()
    assembles: bool = False


# Services share most of their headers: each file is read once for all of them.
@lru_cache(maxsize=1 << 15)
def scan(text: str) -> Scanned:
    """Read a source file."""
    joined = _joined(text)
    includes: list[Include] = []
    line, position = 1, 0
    for found in _INCLUDE.finditer(joined):
        line += joined.count("\n", position, found.start())
        position = found.start()
        kind = found.lastgroup or ""
        includes.append(Include(found[kind], _KINDS.get(kind, "quoted"), line))
    defines: list[tuple[str, str]] = []
    aliases: list[tuple[str, str]] = []
    for name, quoted, angled, other, bare in _DEFINE.findall(joined):
        if other:
            aliases.append((name, other))
        else:
            # without quotes: another macro puts them around it
            defines.append((name, quoted or angled or bare))
    assembles = bool(_ASSEMBLED.search(joined))
    return Scanned(tuple(includes), tuple(defines), tuple(aliases), assembles)


def possible_file_names(text: str) -> tuple[str, ...]:
    """The words of a source file that may be names of files, for macros to read."""
    found = dict.fromkeys(_NAME.findall(text))
    return tuple(
        word
        for word in found
        if ("." in word.strip(".") or "/" in word.strip("/")) and re.search(r"[^\W\d]", word)
    )


def _joined(text: str) -> str:
    """The text with directives on one line, and no comments in them; the count of lines stays."""
    if "\\\n" in text or "\\\r\n" in text:
        text = _CONTINUED.sub(_in_one, text) if _SPLIT.search(text) else text
    if "/*" in text:
        text = _DIRECTIVE.sub(lambda found: _COMMENT.sub(" ", found[0]), text)
    return text


def _in_one(found: re.Match[str]) -> str:
    lines = re.split(r"\\\r?\n", found[0])
    return "".join(lines) + "\n" * (len(lines) - 1)


SUFFIXES = (
    *(".h", ".hh", ".hpp", ".hxx", ".h++", ".cuh"),
    *(".inc", ".inl", ".ipp", ".tpp", ".txx", ".def"),
)
_COMPUTED = ("macro", "asked")
_NEVER_INCLUDED = (".md", ".rst", ".txt", ".cmake", ".py", ".sh", ".json", ".yaml", ".yml")
BINARY = (".a", ".so", ".o", ".lib", ".bin", ".png", ".jpg", ".gz", ".zip", ".ttf", ".dat")


@dataclass(frozen=True, slots=True)
class Headers:
    """What sources include.

    Attributes:
        files: each file, with why.
        widened: directories all of whose headers may be meant, each with why.
        assembling: files that have others read of which preprocessed text shows nothing.
    """

    files: dict[str, str] = field(default_factory=dict)
    widened: dict[str, str] = field(default_factory=dict)
    assembling: dict[str, None] = field(default_factory=dict)


def headers_of(sources: Iterable[str], includes: Includes, tree: Tree) -> Headers:
    """What sources include, and what that includes in turn, whatever conditions stand around it.

    Args:
        sources: files.
        includes: where their compiler looks.
        tree: the source tree.
    """
    walk = _Walk(includes, tree)
    waiting = [path for path in sources if not path.endswith(BINARY)]
    seen = set(waiting)
    forced = walk.forced() if waiting else []
    while waiting or walk.computed or forced:
        path = waiting.pop() if waiting and not forced else ""
        found = forced or (walk.read(path) if path else walk.resolve_computed())
        forced = []
        for header, reason in found:
            walk.headers.files.setdefault(header, reason)
            if header not in seen and not header.endswith(BINARY):
                seen.add(header)
                waiting.append(header)
        if not waiting and not walk.computed and walk.assembles:
            walk.assembles = False
            forced = walk.named_by_macros(seen)
    return walk.headers


def headers_below(directory: str, tree: Tree) -> list[str]:
    """All headers below a directory."""
    return [path for path in tree.files(directory) if path.endswith(SUFFIXES)]


class _Walk:
    """Finds headers as the compiler would.

    Attributes:
        computed: includes whose file is the value of a macro, each with its includer.
        assembles: whether an assembler is told to read a file, so that any macro may name one.
    """

    def __init__(self, includes: Includes, tree: Tree) -> None:
        self.headers = Headers()
        self.computed: list[tuple[str, Include]] = []
        self.assembles = False
        self._includes = includes
        self._tree = tree
        self._defines: dict[str, set[str]] = {}
        self._aliases: dict[str, set[str]] = {}
        self._places: dict[str, list[str]] = {}

    def read(self, path: str) -> list[tuple[str, str]]:
        """The files that a file includes, each with why."""
        scanned = self._tree.scan(path, scan)
        for macro, name in scanned.defines:
            self._defines.setdefault(macro, set()).add(name)
        for macro, other in scanned.aliases:
            self._aliases.setdefault(macro, set()).add(other)
        if scanned.assembles:
            self.assembles = True
            self.headers.assembling.setdefault(path)
        self.computed += [(path, each) for each in scanned.includes if each.kind in _COMPUTED]
        return [
            (found, f"included by {path}:{include.line}")
            for include in scanned.includes
            if include.kind not in _COMPUTED
            for found in self._find(path, include)
        ]

    def resolve_computed(self) -> list[tuple[str, str]]:
        """The files whose names are macros: what the macros are defined to be."""
        computed, self.computed = self.computed, []
        given = " ".join(self._includes.definitions)
        found: list[tuple[str, str]] = []
        for path, include in computed:
            meant_files = self._meant(include.name, given)
            if not meant_files and include.kind == "macro":
                meant_files = self._any_path(given)
                reason = f"`{path}` line {include.line} includes a file whose name is computed"
                found += [(each, reason) for each in self._widen(path, reason)]
            for name in sorted(meant_files):
                meant = self._find(path, Include(name, "quoted", include.line))
                found += [(each, f"included by {path}:{include.line}") for each in meant]
        return found

    def _meant(self, macro: str, given: str) -> set[str]:
        """The files that a macro may stand for, by itself or by another one."""
        names: set[str] = set()
        waiting, seen = [macro], {macro}
        while waiting:
            each = waiting.pop()
            pattern = rf"\b{re.escape(each)}=[\\\"'<]*([^\\\"'>\s;]+)"
            names |= self._defines.get(each, set()) | set(re.findall(pattern, given))
            others = self._aliases.get(each, set()) - seen
            seen |= others
            waiting += others
        return names

    def _any_path(self, given: str) -> set[str]:
        """What any macro stands for that is a path: one is given to a macro that makes the name."""
        values = {name for names in self._defines.values() for name in names}
        values.update(re.findall(r"=[\\\"'<]*([^\\\"'>\s;]+)", given))
        return {each for each in values if "/" in each or each.endswith(SUFFIXES)}

    def forced(self) -> list[tuple[str, str]]:
        """The files that flags have every source include."""
        return [
            (found, f"`{name.strip('<>')}` is included everywhere")
            for name in self._includes.forced
            # a flag that names it in full brings it as a file already
            if not name.startswith("/")
            for found in self._find(
                "", Include(name.strip("<>"), "angled" if "<" in name else "quoted", 0)
            )
        ]

    def named_by_macros(self, seen: Iterable[str]) -> list[tuple[str, str]]:
        """What the assembler may be told to read by a macro that is given the name."""
        found: dict[str, str] = {}
        for path in sorted(seen):
            if path.endswith(BINARY):
                continue
            home = posixpath.dirname(path)
            for name in self._tree.scan(path, possible_file_names):
                places = (_join(each, name) for each in (home, *self._includes.directories, ""))
                for place in places:
                    if place and self._tree.has_file(place):
                        found.setdefault(place, f"named by {path}, which has files assembled")
        return list(found.items())

    def _widen(self, path: str, reason: str) -> list[str]:
        directories = (posixpath.dirname(path), *self._includes.directories)
        self.headers.widened.update(dict.fromkeys(directories, reason))
        return [
            file
            for each in directories
            for file in self._tree.files(each)
            if not file.endswith((*BINARY, *_NEVER_INCLUDED))
        ]

    def _find(self, path: str, include: Include) -> list[str]:
        """The files that an include may mean."""
        if include.kind == "quoted":
            beside = _join(posixpath.dirname(path), include.name)
            if beside is not None and self._tree.is_file(beside):
                return [beside]
        if include.name not in self._places:
            places = (_join(each, include.name) for each in self._includes.directories)
            self._places[include.name] = [p for p in places if p and self._tree.is_file(p)]
        found = self._places[include.name]
        if found or (include.kind == "angled" and not self._includes.unclear):
            return found
        # it is generated, or a directory is missing from what is known: what is called so
        return self._tree.called(include.name)


def _join(directory: str, name: str) -> str | None:
    if name.startswith("/"):
        return None
    path = posixpath.normpath(posixpath.join(directory, name))
    return None if path.startswith("..") else path
