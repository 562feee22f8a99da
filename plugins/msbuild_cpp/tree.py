"""The files and directories of the source tree, and which of them patterns and words name."""

from __future__ import annotations

import posixpath
import re
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from msbuild.plugin.api import remembered
from msbuild_cpp.values import UNKNOWN, compile_quietly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from msbuild.plugin.api import Sources

Answer = TypeVar("Answer")

_GLOB = re.compile(rf"(\*|\?|\[[^\]]*\]|{UNKNOWN.pattern[1:-1]})")
# With more wildcards, detecting a mismatch may take a very long time.
_MOST_WILDCARDS = 6
_NAME_CHARACTER = re.compile(r"[^./]")
_WILD = re.compile(r"[*?]|\[[^\]]+\]")


class Tree:
    """Files and directories of the source tree.

    Args:
        sources: the source tree.
        root: the directory of the project, in which partly known paths are searched.
    """

    def __init__(self, sources: Sources, root: str) -> None:
        # projects are remembered with the source tree, and must not keep it alive
        self._reference = weakref.ref(sources)
        self.root = root

    @property
    def sources(self) -> Sources:
        """The source tree."""
        sources = self._reference()
        if sources is None:
            raise AssertionError("the source tree no longer exists")
        return sources

    def is_file(self, path: str) -> bool:
        """Whether there is a file at ``path``."""
        directory, name = posixpath.split(path)
        return name in self._names_in(directory)

    def _names_in(self, directory: str) -> frozenset[str]:
        sources = self.sources
        return remembered(
            sources, ("names", directory), lambda: frozenset(sources.names(directory or "."))
        )

    def files_in(self, directory: str) -> tuple[str, ...]:
        """The files directly in a directory."""
        names = self._names_in(directory)
        return tuple(posixpath.join(directory, name) for name in names)

    def is_directory(self, path: str) -> bool:
        """Whether there is a directory at ``path``."""
        return path == "" or (self.sources.exists(path) and not self.is_file(path))

    def has_file(self, path: str) -> bool:
        """Whether there is a file at ``path``; fast for very many paths."""
        return path in self._all()[0]

    def has_directory(self, path: str) -> bool:
        """Whether there is a directory at ``path``; fast for very many paths."""
        return path in self._all()[1]

    def has_name(self, name: str) -> bool:
        """Whether any file or directory in the tree has a name."""
        return name in remembered(
            self.sources,
            "all names",
            lambda: frozenset(posixpath.basename(path) for some in self._all() for path in some),
        )

    def _all(self) -> tuple[frozenset[str], frozenset[str]]:
        """Every file and every directory of the source tree."""
        return remembered(self.sources, "all", lambda: _files_and_directories(self.sources))

    def read(self, path: str) -> str:
        """The text of a file."""
        return self.sources.read(path)

    def scan(self, path: str, scanner: Callable[[str], Answer]) -> Answer:
        """The result of a function on the text of a file."""
        return self.sources.scan(path, scanner)

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files directly in a directory."""
        return self.sources.names(directory or ".")

    def files(self, directory: str) -> tuple[str, ...]:
        """Every file below a directory."""
        return self.sources.files(directory or ".")

    def project_files(self) -> tuple[str, ...]:
        """Every file of the project."""
        return self.files(self.root)

    def paths_ending_in(self, name: str) -> list[str]:
        """The files of the project whose paths end in ``name``."""
        by_name = remembered(self.sources, ("by name", self.root), self._by_name)
        end = posixpath.normpath(name).lstrip("./")
        candidates = by_name.get(posixpath.basename(name), [])
        return [path for path in candidates if f"/{path}".endswith(f"/{end}")]

    def _by_name(self) -> dict[str, list[str]]:
        """The files of the project by their names."""
        found: dict[str, list[str]] = {}
        for path in self.project_files():
            found.setdefault(posixpath.basename(path), []).append(path)
        return found

    def directories(self) -> Iterator[str]:
        """Every directory of the project that has files in or below it, once."""
        seen: set[str] = set()
        for path in self.project_files():
            while (path := posixpath.dirname(path)) and path not in seen:
                seen.add(path)
                yield path

    def matching(
        self, pattern: re.Pattern[str], *, directories: bool = False, outside: bool = False
    ) -> list[str]:
        """The files, or directories, of the project whose path matches.

        Args:
            pattern: the known parts of the path.
            directories: find directories instead of files.
            outside: search the entire source tree if the project has no match.
        """
        candidates: Iterable[str] = self.directories() if directories else self.project_files()
        paths = [path for path in candidates if pattern.match(path)]
        if not paths and outside:
            candidates = self._all()[1] if directories else self._all()[0]
            paths = sorted(path for path in candidates if pattern.match(path) and path != ".")
        return paths


def _files_and_directories(sources: Sources) -> tuple[frozenset[str], frozenset[str]]:
    files = frozenset(sources.files("."))
    found = {"."}
    for path in files:
        while (path := posixpath.dirname(path)) and path not in found:
            found.add(path)
    return files, frozenset(found)


def glob(pattern: str, tree: Tree, *, recursive: bool, directories: bool) -> list[str]:
    """The paths that match ``file(GLOB …)``, sorted.

    Args:
        pattern: a path from the source root, with wildcards and unknown parts.
        tree: the source tree.
        recursive: whether the last part matches at any depth.
        directories: whether directories match as well.
    """
    folder, name = posixpath.split(pattern)
    between = "(?:.*/)?" if recursive else ""
    try:
        wanted = compile_quietly(
            f"{_translate(folder)}{'/' if folder else ''}{between}{_translate(name)}"
        )
    except re.error:
        return []
    fixed = posixpath.dirname(_GLOB.split(pattern)[0])
    is_flat = fixed == folder and not (recursive or directories or UNKNOWN.search(name))
    if is_flat and (folder or not tree.root):
        # large projects have thousands of patterns, most of them for a single directory
        files = tree.files_in(folder)
    else:
        files = tree.files(fixed) if fixed else tree.project_files()
    paths = {path for path in files if wanted.fullmatch(path)}
    if directories:
        paths |= {above for above in _parents_of(files) if wanted.fullmatch(above)}
    return sorted(paths)


def _translate(pattern: str) -> str:
    pattern = re.sub(r"\*+", "*", pattern)
    if len(_GLOB.findall(pattern)) > _MOST_WILDCARDS:
        return f"{re.escape(_GLOB.split(pattern)[0])}.*"
    parts = _GLOB.split(pattern)
    return "".join(
        _wildcard(part) if index % 2 else re.escape(part) for index, part in enumerate(parts)
    )


def _wildcard(text: str) -> str:
    if UNKNOWN.match(text):
        return ".*"
    if text in "*?":
        return "[^/]*" if text == "*" else "[^/]"
    inside = text[1:-1].replace("\\", r"\\").replace("[", r"\[")
    return f"[^{inside[1:]}]" if inside.startswith(("!", "^")) else f"[{inside}]"


def _parents_of(files: tuple[str, ...]) -> set[str]:
    directories: set[str] = set()
    for path in files:
        above = posixpath.dirname(path)
        while above and above not in directories:
            directories.add(above)
            above = posixpath.dirname(above)
    return directories


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text.

    Attributes:
        text: the word, with ``*`` for a part that is known only at run time.
        whole: whether it is an entire literal or argument, and so more likely to be a name.
    """

    text: str
    whole: bool


@dataclass(slots=True)
class Named:
    """The files and directories that words name.

    Attributes:
        files: files, including those that match a pattern.
        directories: directories.
        patterns: patterns that match files.
    """

    files: dict[str, None] = field(default_factory=dict)
    directories: dict[str, None] = field(default_factory=dict)
    patterns: dict[str, None] = field(default_factory=dict)

    def add(self, named: Named) -> None:
        """Add the files that other words name."""
        self.files |= named.files
        self.directories |= named.directories
        self.patterns |= named.patterns


def named_by(
    words: Iterable[Word], homes: Iterable[str], tree: Tree, *, only_files: bool = False
) -> Named:
    """The files and directories that words name, relative to any of several directories.

    Args:
        words: the words.
        homes: directories that the words may be relative to.
        tree: the source tree.
        only_files: ignore directories and patterns.
    """
    named = Named()
    places = tuple(dict.fromkeys(homes))
    for word in words:
        if not _NAME_CHARACTER.search(word.text) or not _may_be_there(word.text, tree):
            continue
        for home in places:
            path = posixpath.normpath(posixpath.join(home, word.text))
            if path.startswith("..") or path == ".":
                continue
            if tree.has_file(path):
                named.files.setdefault(path)
            elif only_files:
                continue
            elif tree.has_directory(path):
                if word.whole or "/" in word.text:
                    named.directories.setdefault(path)
            elif _WILD.search(path):
                _match(path, word, named, tree)
    return named


def _may_be_there(text: str, tree: Tree) -> bool:
    """Whether the last part of a word is a name in the tree: a quick test that most words fail."""
    name = text.rsplit("/", 1)[-1]
    return name in ("", ".", "..") or bool(_WILD.search(name)) or tree.has_name(name)


def _match(path: str, word: Word, named: Named, tree: Tree) -> None:
    """Add the files that match a pattern, unless it has no fixed part."""
    fixed = posixpath.dirname(_WILD.split(path)[0])
    if not re.search(r"\w", word.text) or not tree.has_directory(fixed or "."):
        return
    recursive = "**" in path
    matches = glob(path.replace("**/", ""), tree, recursive=recursive, directories=False)
    named.files.update(dict.fromkeys(matches))
    if matches:
        named.patterns.setdefault(word.text)
