"""Looks in the source tree, and beside it, for what a step asked for and did not find."""

from __future__ import annotations

import os
import posixpath
import re
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from msbuild.errors import Missing
from msbuild.execute.missing_paths import asked_for
from msbuild.sources.globs import files_of, is_glob

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.execute.missing_paths import Asked
    from msbuild.sources.tree import SourceTree

# A log may ask for anything: so many names are looked for, and in so many directories.
_NAMES = 500
_DIRECTORIES = 2000
_ALIKE = 3
_SANDBOX = "/work/"
_MODULE = re.compile(r"^module\s+\"?([^\s\"]+)", re.MULTILINE)
_VERSION_CONTROL = (".git", ".hg", ".svn")


class Search:
    """The search for what one step did not find.

    Args:
        seen: the paths that the step sees, relative to its working directory.
        sources: the source tree.
        home: a directory that paths may start at, the one of the service.
    """

    def __init__(self, seen: frozenset[str], sources: SourceTree, home: str) -> None:
        self._seen = seen
        self._sources = sources
        self._home = home
        self._directories = {above for path in seen for above in _above(path)}

    def missing(self, lines: Sequence[str]) -> list[Missing]:
        """What the lines ask for that is there, and that the step does not see; each once."""
        names = (each for each in asked_for(lines) if "\0" not in each.name)
        asked = islice(dict.fromkeys(names), _NAMES)
        found = dict.fromkeys(each for one in asked for each in self._meant(one))
        paths = {each.path for each in found}
        return [each for each in found if paths.isdisjoint(_above(each.path))]

    def _meant(self, asked: Asked) -> list[Missing]:
        if asked.package:
            directory = self._package(asked.name)
            return [] if directory is None else [*filter(None, [self._look(directory)])]
        for path in self._places(asked):
            if self._is_seen(path):
                return []
            if found := self._look(path):
                return [found]
        return self._alike(asked.name) if asked.anywhere else []

    def _places(self, asked: Asked) -> Iterator[str]:
        """Where in the tree a path may be that the output has."""
        name = asked.name.removeprefix("all:")
        if name.startswith("/"):
            yield from self._inside(name)
            return
        nested = [d for d in islice(sorted(self._directories), _DIRECTORIES) if d]
        near = [near for each in asked.near for near in self._nearby(each, nested)]
        for base in dict.fromkeys([*near, "", self._home, *nested]):
            path = posixpath.normpath(posixpath.join(base, name))
            if path != "." and not path.startswith(("../", "/")) and path != "..":
                yield path

    def _nearby(self, directory: str, known: Sequence[str]) -> list[str]:
        """The directories of the tree that a compiler means, which saw it from one of its own."""
        if directory.startswith("/"):
            return list(self._inside(directory))
        end = f"/{posixpath.normpath(directory)}"
        return [directory, *(each for each in known if directory and each.endswith(end))]

    def _inside(self, path: str) -> Iterator[str]:
        """An absolute path of a sandbox or of this machine, from the source root."""
        root = f"{self._sources.root}/"
        for start in (_SANDBOX, root):
            before, found, rest = path.partition(start)
            if found and rest and (start == _SANDBOX or not before):
                inner = posixpath.normpath(rest)
                if inner not in (".", "..") and not inner.startswith("../"):
                    yield inner

    def _is_seen(self, path: str) -> bool:
        return path in self._seen or path in self._directories

    def _look(self, path: str) -> Missing | None:
        """What keeps a path that is there from being seen; nothing where it is not there."""
        if link := self._link(path):
            return link
        if self._sources.exists(path):
            files = self._sources.files(path) or (path,)
            here = self._sources.is_directory(path) and files == (path,)
            return None if here or self._is_seen(path) else Missing(self._listing(path), "unlisted")
        if is_glob(path) and (files := files_of(path, self._sources)):
            return None if self._seen.intersection(files) else Missing(path, "unlisted")
        return self._beside(path)

    def _listing(self, path: str) -> str:
        """A hidden directory is what one tool reads: if it asks for one file, it wants them all."""
        directory = posixpath.dirname(path)
        hidden = posixpath.basename(directory).startswith(".") and not self._is_seen(directory)
        return directory if hidden else path

    def _beside(self, path: str) -> Missing | None:
        """A path that is on the disk, and no source."""
        if not os.path.lexists(f"{self._sources.root}/{path}"):
            return None
        if any(part in _VERSION_CONTROL for part in path.split("/")):
            return Missing(path, "version-control")
        return Missing(path, "ignored", self._sources.ignored_by(path))

    def _link(self, path: str) -> Missing | None:
        """A path that leads out of the source root, or nowhere."""
        root = os.path.realpath(self._sources.root)
        full = f"{root}/{path}"
        real = os.path.realpath(full)
        if real == full or not os.path.lexists(full):
            return None
        if os.path.commonpath([root, real]) != root:
            return Missing(path, "outside", real)
        return None if os.path.lexists(real) else Missing(path, "dangling")

    def _alike(self, name: str) -> list[Missing]:
        """Files of the tree whose path ends like the one that was asked for, if they are few."""
        name = re.sub(r"^(?:\.{1,2}/)+", "", name)
        if not name or name.startswith("/") or ".." in name.split("/"):
            return []
        known = self._by_name.get(posixpath.basename(name), ())
        found = [path for path in known if f"/{path}".endswith(f"/{name}")]
        if len(found) > _ALIKE or not self._seen.isdisjoint(found):
            return []
        return [Missing(path, "unlisted") for path in found]

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for path in self._everything:
            found.setdefault(posixpath.basename(path), []).append(path)
        return found

    @cached_property
    def _everything(self) -> tuple[str, ...]:
        return self._sources.files("")

    def _package(self, name: str) -> str | None:
        """The directory of a Go package of the tree."""
        modules = [module for module in self._modules if f"{name}/".startswith(f"{module}/")]
        if not modules:
            return None
        module = max(modules, key=len)
        rest = name.removeprefix(module).lstrip("/")
        return posixpath.normpath(posixpath.join(self._modules[module], rest))

    @cached_property
    def _modules(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for path in self._everything:
            if posixpath.basename(path) == "go.mod" and (
                module := _MODULE.search(self._sources.read(path))
            ):
                found.setdefault(module[1], posixpath.dirname(path))
        return found


def _above(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path
