"""Follows ``#include`` and similar directives from the sources of a target."""

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
# Comments in place of spaces: `#include /* why */ "x.h"`.
_COMMENT = re.compile(r"/\*[^\n]*?\*/")
_DIRECTIVE = re.compile(
    r"^[ \t]*(?:/\*(?:(?!\*/)[^\n])*\*/[ \t]*)+(?:#|%:).*$|^[ \t]*(?:#|%:)[^\n]*/\*[^\n]*$",
    re.MULTILINE,
)
# A directive that names a file and continues after a backslash; and any line that continues.
_SPLIT = re.compile(
    r"(?:#|%:)[ \t]*(?:\w*\\\r?\n|(?:include|embed|import)\w*[ \t]*\\|define[ \t]+\w+[ \t]*\\)"
)
_CONTINUED = re.compile(r"^(?:[^\n]*\\\r?\n)+[^\n]*", re.MULTILINE)
# Directives that read files whose contents are not in preprocessed text.
_ASSEMBLED = re.compile(
    r"""(?i:incbin)|\.include(?:\\t|\s)*\\?["]|(?:\#|%:)[ \t]*embed\b|\b__has_embed\b""",
    re.MULTILINE | re.VERBOSE,
)
_NAME = re.compile(r"[\w./+@-]+")
_KINDS = {
    **dict.fromkeys(("angled", "has_angled", "depends_angled", "unit"), "angled"),
    "macro": "macro",
    "has_macro": "tested",
}
HEADER_SUFFIXES = (
    *(".h", ".hh", ".hpp", ".hxx", ".h++", ".cuh"),
    *(".inc", ".inl", ".ipp", ".tpp", ".txx", ".def"),
)
_COMPUTED = ("macro", "tested")
_NEVER_INCLUDED = (".md", ".rst", ".txt", ".cmake", ".py", ".sh", ".json", ".yaml", ".yml")
BINARY_SUFFIXES = (".a", ".so", ".o", ".lib", ".bin", ".png", ".jpg", ".gz", ".zip", ".ttf", ".dat")


@dataclass(frozen=True, slots=True)
class Include:
    """A file name in a source file.

    Attributes:
        name: the name as written, or the macro that expands to it.
        kind: ``quoted``, ``angled``, ``macro``, or ``tested`` for a macro in ``__has_include``.
        line: the line, counted from 1.
    """

    name: str
    kind: str
    line: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """The file names in a source file.

    Attributes:
        includes: includes in order, regardless of their conditions.
        defines: macros that may expand to a file name, each with the name.
        aliases: macros that expand to another macro.
        assembles: whether an assembler or ``#embed`` reads files that are not in preprocessed text;
            any macro may name one, and a compiler cache does not track it.
    """

    includes: tuple[Include, ...]
    defines: tuple[tuple[str, str], ...]
    aliases: tuple[tuple[str, str], ...] = ()
    assembles: bool = False


# Services share most of their headers: each file is read once for all of them.
@lru_cache(maxsize=1 << 15)
def scan(text: str) -> Scanned:
    """Find the file names in a source file."""
    joined = _joined(text)
    includes: list[Include] = []
    line, position = 1, 0
    for match in _INCLUDE.finditer(joined):
        line += joined.count("\n", position, match.start())
        position = match.start()
        kind = match.lastgroup or ""
        includes.append(Include(match[kind], _KINDS.get(kind, "quoted"), line))
    defines: list[tuple[str, str]] = []
    aliases: list[tuple[str, str]] = []
    for name, quoted, angled, alias, bare in _DEFINE.findall(joined):
        if alias:
            aliases.append((name, alias))
        else:
            # without quotes: another macro adds them
            defines.append((name, quoted or angled or bare))
    assembles = bool(_ASSEMBLED.search(joined))
    return Scanned(tuple(includes), tuple(defines), tuple(aliases), assembles)


def possible_file_names(text: str) -> tuple[str, ...]:
    """The words of a source file that may be file names, for macros to expand to."""
    words = dict.fromkeys(_NAME.findall(text))
    return tuple(
        word
        for word in words
        if ("." in word.strip(".") or "/" in word.strip("/")) and re.search(r"[^\W\d]", word)
    )


def _joined(text: str) -> str:
    """The text with each directive on one line and without comments; line numbers stay correct."""
    if "\\\n" in text or "\\\r\n" in text:
        text = _CONTINUED.sub(_on_one_line, text) if _SPLIT.search(text) else text
    if "/*" in text:
        text = _DIRECTIVE.sub(lambda match: _COMMENT.sub(" ", match[0]), text)
    return text


def _on_one_line(match: re.Match[str]) -> str:
    lines = re.split(r"\\\r?\n", match[0])
    return "".join(lines) + "\n" * (len(lines) - 1)


@dataclass(frozen=True, slots=True)
class Headers:
    """The files that sources include.

    Attributes:
        files: the files, each with the reason.
        widened: directories whose headers may all be included, each with the reason.
        assembling: files that read others whose contents are not in preprocessed text.
    """

    files: dict[str, str] = field(default_factory=dict)
    widened: dict[str, str] = field(default_factory=dict)
    assembling: dict[str, None] = field(default_factory=dict)


def headers_of(sources: Iterable[str], includes: Includes, tree: Tree) -> Headers:
    """The files that sources include, directly or not, regardless of conditions.

    Args:
        sources: the sources.
        includes: the includes of their target.
        tree: the source tree.
    """
    walk = _Walk(includes, tree)
    waiting = [path for path in sources if not path.endswith(BINARY_SUFFIXES)]
    seen = set(waiting)
    forced = walk.forced() if waiting else []
    while waiting or walk.computed or forced:
        path = waiting.pop() if waiting and not forced else ""
        found_headers = forced or (walk.read(path) if path else walk.resolve_computed())
        forced = []
        for header, reason in found_headers:
            walk.headers.files.setdefault(header, reason)
            if header not in seen and not header.endswith(BINARY_SUFFIXES):
                seen.add(header)
                waiting.append(header)
        if not waiting and not walk.computed and walk.assembles:
            walk.assembles = False
            forced = walk.named_by_macros(seen)
    return walk.headers


def headers_below(directory: str, tree: Tree) -> list[str]:
    """All headers in and below a directory."""
    return [path for path in tree.files(directory) if path.endswith(HEADER_SUFFIXES)]


class _Walk:
    """Finds headers as a compiler does.

    Attributes:
        computed: includes of macros, each with the including file.
        assembles: whether an assembler reads a file, so that any macro may name one.
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
        """The files that a file includes, each with the reason."""
        scanned = self._tree.scan(path, scan)
        for macro, name in scanned.defines:
            self._defines.setdefault(macro, set()).add(name)
        for macro, alias in scanned.aliases:
            self._aliases.setdefault(macro, set()).add(alias)
        if scanned.assembles:
            self.assembles = True
            self.headers.assembling.setdefault(path)
        self.computed += [
            (path, include) for include in scanned.includes if include.kind in _COMPUTED
        ]
        return [
            (file, f"included by {path}:{include.line}")
            for include in scanned.includes
            if include.kind not in _COMPUTED
            for file in self._find(path, include)
        ]

    def resolve_computed(self) -> list[tuple[str, str]]:
        """The files that includes of macros name, by the definitions of the macros."""
        computed, self.computed = self.computed, []
        definitions = " ".join(self._includes.definitions)
        headers: list[tuple[str, str]] = []
        for path, include in computed:
            candidates = self._expansions(include.name, definitions)
            if not candidates and include.kind == "macro":
                candidates = self._any_path(definitions)
                reason = f"`{path}` line {include.line} includes a file whose name is computed"
                headers += [(file, reason) for file in self._widen(path, reason)]
            for name in sorted(candidates):
                files = self._find(path, Include(name, "quoted", include.line))
                headers += [(file, f"included by {path}:{include.line}") for file in files]
        return headers

    def _expansions(self, macro: str, definitions: str) -> set[str]:
        """The file names that a macro may expand to, directly or through other macros."""
        names: set[str] = set()
        waiting, seen = [macro], {macro}
        while waiting:
            name = waiting.pop()
            pattern = rf"\b{re.escape(name)}=[\\\"'<]*([^\\\"'>\s;]+)"
            names |= self._defines.get(name, set()) | set(re.findall(pattern, definitions))
            others = self._aliases.get(name, set()) - seen
            seen |= others
            waiting += others
        return names

    def _any_path(self, definitions: str) -> set[str]:
        """The paths that any macro expands to: the computed name may be built from one."""
        values = {name for names in self._defines.values() for name in names}
        values.update(re.findall(r"=[\\\"'<]*([^\\\"'>\s;]+)", definitions))
        return {value for value in values if "/" in value or value.endswith(HEADER_SUFFIXES)}

    def forced(self) -> list[tuple[str, str]]:
        """The files that flags include into every source."""
        return [
            (file, f"`{name.strip('<>')}` is included in every source")
            for name in self._includes.forced
            # an absolute path is a source already, added with the flag
            if not name.startswith("/")
            for file in self._find(
                "", Include(name.strip("<>"), "angled" if "<" in name else "quoted", 0)
            )
        ]

    def named_by_macros(self, seen: Iterable[str]) -> list[tuple[str, str]]:
        """The files that an assembler may read through macros that get the names as arguments."""
        reasons: dict[str, str] = {}
        for path in sorted(seen):
            if path.endswith(BINARY_SUFFIXES):
                continue
            home = posixpath.dirname(path)
            for name in self._tree.scan(path, possible_file_names):
                places = (
                    _join(directory, name) for directory in (home, *self._includes.directories, "")
                )
                for place in places:
                    if place and self._tree.has_file(place):
                        reasons.setdefault(
                            place, f"named by {path}, which makes the assembler read files"
                        )
        return list(reasons.items())

    def _widen(self, path: str, reason: str) -> list[str]:
        directories = (posixpath.dirname(path), *self._includes.directories)
        self.headers.widened.update(dict.fromkeys(directories, reason))
        return [
            file
            for directory in directories
            for file in self._tree.files(directory)
            if not file.endswith((*BINARY_SUFFIXES, *_NEVER_INCLUDED))
        ]

    def _find(self, path: str, include: Include) -> list[str]:
        """The files that an include may name."""
        if include.kind == "quoted":
            beside = _join(posixpath.dirname(path), include.name)
            if beside is not None and self._tree.is_file(beside):
                return [beside]
        if include.name not in self._places:
            places = (_join(directory, include.name) for directory in self._includes.directories)
            self._places[include.name] = [
                place for place in places if place and self._tree.is_file(place)
            ]
        files = self._places[include.name]
        if files or (include.kind == "angled" and not self._includes.incomplete):
            return files
        # it is generated, or an include directory is unknown: use every file with that name
        return self._tree.paths_ending_in(include.name)


def _join(directory: str, name: str) -> str | None:
    if name.startswith("/"):
        return None
    path = posixpath.normpath(posixpath.join(directory, name))
    return None if path.startswith("..") else path
