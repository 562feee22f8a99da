"""The source tree with quick answers: which files there are."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator

    from msbuild.plugin.api import Sources

Answer = TypeVar("Answer")


class Tree:
    """Files and directories of the source tree.

    Args:
        sources: the source tree.
        root: the directory of the project, below which is looked for what is known in parts.
    """

    def __init__(self, sources: Sources, root: str) -> None:
        self._sources = sources
        self.root = root
        self._names: dict[str, frozenset[str]] = {}
        self._by_name: dict[str, list[str]] | None = None
        self._project: tuple[str, ...] | None = None
        self._everything: tuple[frozenset[str], frozenset[str]] | None = None
        self._called: frozenset[str] = frozenset()

    def is_file(self, path: str) -> bool:
        """Whether there is a file at ``path``."""
        directory, name = posixpath.split(path)
        return name in self._names_in(directory)

    def _names_in(self, directory: str) -> frozenset[str]:
        if directory not in self._names:
            self._names[directory] = frozenset(self._sources.names(directory or "."))
        return self._names[directory]

    def files_in(self, directory: str) -> tuple[str, ...]:
        """Every file right in a directory."""
        names = self._names_in(directory)
        return tuple(posixpath.join(directory, name) for name in names)

    def is_directory(self, path: str) -> bool:
        """Whether there is a directory at ``path``."""
        return path == "" or (self._sources.exists(path) and not self.is_file(path))

    def has_file(self, path: str) -> bool:
        """Whether there is a file at ``path``: quick where very many are asked for."""
        return path in self._all()[0]

    def has_directory(self, path: str) -> bool:
        """Whether there is a directory at ``path``, likewise."""
        return path in self._all()[1]

    def has_name(self, name: str) -> bool:
        """Whether any file or directory is called so."""
        if not self._called:
            paths = (path for some in self._all() for path in some)
            self._called = frozenset(map(posixpath.basename, paths))
        return name in self._called

    def _all(self) -> tuple[frozenset[str], frozenset[str]]:
        if self._everything is None:
            files = frozenset(self._sources.files("."))
            found = {"."}
            for path in files:
                while (path := posixpath.dirname(path)) and path not in found:
                    found.add(path)
            self._everything = files, frozenset(found)
        return self._everything

    def read(self, path: str) -> str:
        """The text of a file."""
        return self._sources.read(path)

    def scan(self, path: str, scanner: Callable[[str], Answer]) -> Answer:
        """What a function makes of the text of a file."""
        return self._sources.scan(path, scanner)

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files right in a directory."""
        return self._sources.names(directory or ".")

    def files(self, directory: str) -> tuple[str, ...]:
        """Every file below a directory."""
        return self._sources.files(directory or ".")

    def of_project(self) -> tuple[str, ...]:
        """Every file of the project."""
        if self._project is None:
            self._project = self.files(self.root)
        return self._project

    def called(self, name: str) -> list[str]:
        """The files of the project whose paths end in ``name``."""
        if self._by_name is None:
            self._by_name = {}
            for path in self.of_project():
                self._by_name.setdefault(posixpath.basename(path), []).append(path)
        end = posixpath.normpath(name).lstrip("./")
        candidates = self._by_name.get(posixpath.basename(name), [])
        return [path for path in candidates if f"/{path}".endswith(f"/{end}")]

    def directories(self) -> Iterator[str]:
        """Every directory of the project that holds something, once."""
        seen: set[str] = set()
        for path in self.of_project():
            while (path := posixpath.dirname(path)) and path not in seen:
                seen.add(path)
                yield path

    def matching(
        self, pattern: re.Pattern[str], *, directories: bool = False, outside: bool = False
    ) -> list[str]:
        """The files, or directories, of the project whose whole path matches.

        Args:
            pattern: what is known of the path.
            directories: directories instead of files.
            outside: look in all of the source tree, if the project has none.
        """
        candidates: Iterable[str] = self.directories() if directories else self.of_project()
        found = [path for path in candidates if pattern.match(path)]
        if not found and outside:
            candidates = self._all()[1] if directories else self._all()[0]
            found = sorted(path for path in candidates if pattern.match(path) and path != ".")
        return found
