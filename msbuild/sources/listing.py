"""Lists the directories of a source tree, without the entries that git ignores."""

from __future__ import annotations

import os
import posixpath
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from msbuild.errors import ConfigError
from msbuild.sources.excludes import (
    Config,
    has_own_settings,
    read_config,
    record,
    rule_file,
    rule_files,
    variables,
)
from msbuild.sources.git import GIT, GitDirectories, Tracked, repository_around, repository_at
from msbuild.sources.ignore_rules import RuleFile
from msbuild.state.file_stat import DIRECTORY, FILE, LINK, StatCache, kind_of, names_digest, stat_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

IGNORE_FILE = ".gitignore"
# Never sources, regardless of ignore files.
_ALWAYS_IGNORED = {GIT, ".hg", ".svn", ".msbuild"}
_MOST_IGNORED = 1000


class _Context(NamedTuple):
    """The rules that decide which entries of a directory are ignored.

    Attributes:
        repository: the innermost repository around it.
        config: git's config there.
        here: the directory relative to the top of that repository, empty or with a trailing slash.
        rules: the ignore files that apply, lowest precedence first, each with its directory.
        ignored: the rule that ignores the directory itself: its files are sources only if git
            tracks them.
    """

    repository: GitDirectories | None
    config: Config
    here: bytes
    rules: tuple[tuple[bytes, RuleFile], ...]
    ignored: str = ""


class Listing:
    """Directories without their ignored entries.

    Files are ignored as in git: by the ignore files of the tree and of the directories above it up
    to the top of the repository, by ``info/exclude`` and by the user's own file. Tracked files are
    not ignored. All results are cached.

    Args:
        root: the source root, absolute.
        stat_cache: records the directories that are listed.
        read: returns the bytes of a file of the tree; raises ``OSError`` or ``ConfigError``.

    Attributes:
        outside: the files outside of the tree that results depend on.
        tracked: the files that git tracks.
        warnings: ignore files that cannot be used.
        repositories: the directories with a ``.git``.
    """

    def __init__(self, root: Path, stat_cache: StatCache, read: Callable[[str], bytes]) -> None:
        self.outside = StatCache()
        self.tracked = Tracked(root)
        self.warnings: list[str] = []
        self.repositories: set[str] = set()
        self._root = str(root)
        self._stat_cache = stat_cache
        self._read = read
        self._entries: dict[str, Mapping[str, int]] = {}
        self._left_out: dict[str, dict[str, tuple[int, str]]] = {}
        self._contexts: dict[str, _Context] = {}
        self._ignored_directories: dict[str, str] = {}

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that affect what is ignored."""
        return variables() if self._contexts else frozenset()

    def entries(self, directory: str) -> Mapping[str, int]:
        """The sorted entries of a directory, given without links, each with its kind."""
        if directory not in self._entries:
            self._entries[directory] = dict(sorted(self._scan(directory)))
        return self._entries[directory]

    @property
    def listed(self) -> Mapping[str, Mapping[str, int]]:
        """The directories that were listed, each with its entries."""
        return self._entries

    def ignored(self, directory: str) -> Iterator[str]:
        """The ignored files below a directory, up to a limit."""
        return islice(self._ignored_below(directory), _MOST_IGNORED)

    def rule_for(self, path: str) -> str:
        """The rule that ignores a path or a directory above it, as ``.gitignore:3``."""
        while path:
            directory, name = posixpath.split(path)
            if name in self._left_out.get(directory, {}):
                return self._left_out[directory][name][1]
            path = directory
        return ""

    def is_foreign(self, directory: str) -> bool:
        """Whether a directory is a clone or work tree that the repository around it does not track.

        It is not a submodule, and none of its files are committed.
        """
        around = self._contexts[posixpath.dirname(directory)].repository if directory else None
        full = f"{self._root}/{directory}"
        if around is None or not os.path.lexists(f"{full}/{GIT}") or repository_at(full) is None:
            return False
        return not self.tracked.has(directory)

    @cached_property
    def has_submodules(self) -> bool:
        """Whether the repository around the root declares submodules."""
        self.entries("")
        repository = self._contexts[""].repository
        return repository is not None and os.path.lexists(f"{repository.top}/.gitmodules")

    def is_missing_submodule(self, directory: str) -> bool:
        """Whether a directory is empty because a submodule is not checked out there."""
        return not self.entries(directory) and self._is_bare(directory)

    def missing_submodules(self, directory: str) -> Iterator[str]:
        """The submodules at or below a directory that are not checked out."""
        if not self.has_submodules:
            return
        if directory and self.is_missing_submodule(directory):
            yield directory
        for name, kind in self.entries(directory).items():
            if kind == DIRECTORY:
                yield from self.missing_submodules(posixpath.join(directory, name))

    def _is_bare(self, directory: str) -> bool:
        if self._contexts[posixpath.dirname(directory)].repository is None:
            return False
        with os.scandir(f"{self._root}/{directory}") as found:
            if any(found):
                return False
        return self.tracked.is_submodule(directory)

    def _ignored_below(self, directory: str) -> Iterator[str]:
        entries = self.entries(directory).items()
        for name, (kind, _) in sorted(self._left_out.get(directory, {}).items()):
            path = posixpath.join(directory, name)
            yield from self._files_on_disk(path) if kind == DIRECTORY else (path,)
        for name, kind in entries:
            if kind == DIRECTORY:
                yield from self._ignored_below(posixpath.join(directory, name))

    def _files_on_disk(self, directory: str) -> Iterator[str]:
        start = len(self._root) + 1
        for place, directories, names in os.walk(f"{self._root}/{directory}"):
            directories.sort()
            yield from (posixpath.join(place, name)[start:] for name in sorted(names))

    def _scan(self, directory: str) -> Iterator[tuple[str, int]]:
        full = f"{self._root}/{directory}"
        self._stat_cache.record(directory, stat_of(full))
        try:
            with os.scandir(full) as found:
                entries = {each.name: kind_of(each) for each in found}
        except (FileNotFoundError, NotADirectoryError):
            entries = {}
        except PermissionError as error:
            raise ConfigError(
                f"cannot read the directory `{directory or '.'}`: permission denied",
                hint="change its permissions, or add it to `.gitignore`",
            ) from error
        # an editor that replaces a file changes the directory's stat, but not its entries
        self._stat_cache.record_content(directory, names_digest(entries.items()))
        if GIT in entries:
            self.repositories.add(directory)
        context = self._contexts[directory] = self._context_of(directory, entries)
        for name, kind in entries.items():
            if name in _ALWAYS_IGNORED:
                continue
            rule = context.ignored or _rule(context, name, is_directory=kind == DIRECTORY)
            if rule:
                path = posixpath.join(directory, name)
                if not self.tracked.has_ignored(path):
                    self._left_out.setdefault(directory, {})[name] = (kind, rule)
                    continue
                if kind == DIRECTORY:
                    self._ignored_directories[path] = rule
            yield name, kind

    def _context_of(self, directory: str, entries: Mapping[str, int]) -> _Context:
        """The context of a directory: inherited from above, or that of its own repository."""
        if not directory:
            context = self._context_of_root()
        else:
            parent, name = posixpath.split(directory)
            self.entries(parent)
            above = self._contexts[parent]
            rule = self._ignored_directories.get(directory, "")
            here = above.here + os.fsencode(f"{name}/")
            context = above._replace(here=here, ignored=rule)
            if GIT in entries and (own := repository_at(f"{self._root}/{directory}")):
                context = self._context_of_repository(own, above.config)
        path = posixpath.join(directory, IGNORE_FILE)
        if entries.get(IGNORE_FILE) == FILE:
            context = self._with_file(context, path)
        elif entries.get(IGNORE_FILE) == LINK:
            self.warnings.append(
                f"`{path}` is a symbolic link: its rules are not applied, as in git"
            )
        return context

    def _with_file(self, context: _Context, path: str) -> _Context:
        try:
            data = self._read(path)
        except (OSError, ConfigError):
            # git also warns and continues
            self.warnings.append(f"cannot read `{path}`: its rules are not applied")
            return context
        rules = RuleFile(path, data, ignore_case=context.config.ignore_case)
        return context._replace(rules=(*context.rules, (context.here, rules))) if rules else context

    def _context_of_repository(self, repository: GitDirectories, config: Config) -> _Context:
        if os.path.isfile(f"{repository.top}/{GIT}"):  # noqa: PTH113
            record(f"{repository.top}/{GIT}", self.outside)
        if has_own_settings(repository, self.outside):
            config = read_config(repository.top, repository, self.outside)
        files = rule_files(config, repository, self._root, self.outside)
        return _Context(repository, config, b"", tuple((b"", each) for each in files))

    def _context_of_root(self) -> _Context:
        """The context of the root, from the directories outside of it."""
        repository = repository_around(self._root)
        for place in _up_to(self._root, repository.top if repository else "/"):
            # a new repository here would be another context
            if repository is None or place != repository.top:
                record(f"{place}/{GIT}", self.outside)
        if repository and os.path.isfile(f"{repository.top}/{GIT}"):  # noqa: PTH113
            record(f"{repository.top}/{GIT}", self.outside)
        config = read_config(self._root, repository, self.outside)
        files = rule_files(config, repository, self._root, self.outside)
        context = _Context(repository, config, b"", tuple((b"", each) for each in files))
        if repository is None:
            return context
        inside = os.path.relpath(self._root, repository.top)
        for name in inside.split("/") if inside != "." else ():
            context = self._below(context, name)
        if context.ignored and not self.tracked.any():
            # the repository ignores the root and tracks none of its files
            return _Context(None, config, b"", ())
        return context

    def _below(self, context: _Context, name: str) -> _Context:
        """The context one directory further down towards the root."""
        path = f"{context.repository.top if context.repository else ''}/{os.fsdecode(context.here)}"
        record(f"{path}{IGNORE_FILE}", self.outside)
        if os.path.islink(f"{path}{IGNORE_FILE}"):  # noqa: PTH114
            found = None
        else:
            found = rule_file(
                f"{path}{IGNORE_FILE}",
                self._root,
                self.outside,
                ignore_case=context.config.ignore_case,
            )
        if found:
            context = context._replace(rules=(*context.rules, (context.here, found)))
        rule = context.ignored or _rule(context, name, is_directory=True)
        return context._replace(here=context.here + os.fsencode(f"{name}/"), ignored=rule)


def _rule(context: _Context, name: str, *, is_directory: bool) -> str:
    """The rule that ignores an entry: as in git, the innermost file with a match decides."""
    if not context.rules:
        return ""
    last = os.fsencode(name)
    path = context.here + last
    for base, rules in reversed(context.rules):
        found = rules.verdict(last, path[len(base) :], is_directory=is_directory)
        if found:
            return "" if found.negative else f"{rules.source}:{found.line}"
    return ""


def _up_to(directory: str, top: str) -> Iterator[str]:
    """A directory and those above it, up to one of them."""
    while True:
        yield directory.rstrip("/")
        if directory in (top, "/"):
            return
        directory = os.path.dirname(directory)  # noqa: PTH120
