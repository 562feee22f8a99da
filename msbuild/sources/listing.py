"""The directories of a source tree as they are on disk, without what git ignores."""

from __future__ import annotations

import os
import posixpath
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from msbuild.errors import ConfigError
from msbuild.sources.excludes import (
    Config,
    note,
    read_config,
    rule_file,
    rule_files,
    says_more,
    variables,
)
from msbuild.sources.git import GIT, GitDirectories, repository_around, repository_at
from msbuild.sources.git_index import Tracked
from msbuild.sources.ignore_rules import RuleFile
from msbuild.state.file_stat import DIRECTORY, FILE, LINK, StatCache, kind_of, names_digest, stat_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

IGNORE_FILE = ".gitignore"
# Never sources, whatever the ignore files say.
_ALWAYS_IGNORED = {GIT, ".hg", ".svn", ".msbuild"}
_MOST_IGNORED = 1000


class _Ground(NamedTuple):
    """What holds in a directory.

    Attributes:
        repository: the innermost repository that it is in.
        config: what git's config says there.
        here: the directory from the top of that repository, with a slash at its end; or empty.
        rules: its ignore files, the weakest first, each with the directory that it is about.
        ignored: the rule that ignores the directory itself: what is in it are sources only if git
            tracks them.
    """

    repository: GitDirectories | None
    config: Config
    here: bytes
    rules: tuple[tuple[bytes, RuleFile], ...]
    ignored: str = ""


class Listing:
    """Directories without their ignored entries.

    Ignored is what git ignores: by the ignore files of the tree and of the directories above it up
    to the top of the repository, by ``info/exclude`` and by the user's own file. What git tracks
    is not ignored. Every answer is kept.

    Args:
        root: the source root, absolute.
        stat_cache: where directories that are listed are noted.
        read: the bytes of a file of the tree; raises ``OSError`` or ``ConfigError``.

    Attributes:
        outside: every file outside of the tree that an answer came from.
        tracked: what git was asked.
        warnings: ignore files that cannot be read.
    """

    def __init__(self, root: Path, stat_cache: StatCache, read: Callable[[str], bytes]) -> None:
        self.outside = StatCache()
        self.tracked = Tracked(root)
        self.warnings: list[str] = []
        self._root = str(root)
        self._stat_cache = stat_cache
        self._read = read
        self._entries: dict[str, Mapping[str, int]] = {}
        self._left_out: dict[str, dict[str, tuple[int, str]]] = {}
        self._grounds: dict[str, _Ground] = {}
        self._ignored_directories: dict[str, str] = {}

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that have a say in what is ignored."""
        return variables() if self._grounds else frozenset()

    def entries(self, directory: str) -> Mapping[str, int]:
        """The entries of a directory that is reached through no link, sorted: name and kind."""
        if directory not in self._entries:
            self._entries[directory] = dict(sorted(self._scan(directory)))
        return self._entries[directory]

    def ignored(self, directory: str) -> Iterator[str]:
        """The files below a directory that are left out; no more than some of a great many."""
        return islice(self._ignored_below(directory), _MOST_IGNORED)

    def rule_for(self, path: str) -> str:
        """The rule that leaves a path or a directory above it out, as ``.gitignore:3``."""
        while path:
            directory, name = posixpath.split(path)
            if name in self._left_out.get(directory, {}):
                return self._left_out[directory][name][1]
            path = directory
        return ""

    def is_foreign(self, directory: str) -> bool:
        """Whether a directory is a clone or a work tree that the repository around it ignores.

        Such a one is no submodule, and nobody committed a file of it.
        """
        around = self._grounds[posixpath.dirname(directory)].repository if directory else None
        full = f"{self._root}/{directory}"
        if around is None or not os.path.lexists(f"{full}/{GIT}") or repository_at(full) is None:
            return False
        return not self.tracked.has(directory)

    @cached_property
    def has_submodules(self) -> bool:
        """Whether the repository that the root is in declares any."""
        self.entries("")
        repository = self._grounds[""].repository
        return repository is not None and os.path.lexists(f"{repository.top}/.gitmodules")

    def is_missing_submodule(self, directory: str) -> bool:
        """Whether a directory is empty because a submodule is not checked out there."""
        return not self.entries(directory) and self._is_bare(directory)

    def missing_submodules(self, directory: str) -> Iterator[str]:
        """All such directories at or below one."""
        if not self.has_submodules:
            return
        if directory and self.is_missing_submodule(directory):
            yield directory
        for name, kind in self.entries(directory).items():
            if kind == DIRECTORY:
                yield from self.missing_submodules(posixpath.join(directory, name))

    def _is_bare(self, directory: str) -> bool:
        if self._grounds[posixpath.dirname(directory)].repository is None:
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
                f"the directory `{directory or '.'}` may not be read",
                hint="give yourself the right to, or add it to `.gitignore`",
            ) from error
        # an editor that replaces a file changes the directory, and not what is in it
        self._stat_cache.record_content(directory, names_digest(entries.items()))
        ground = self._grounds[directory] = self._ground(directory, entries)
        for name, kind in entries.items():
            if name in _ALWAYS_IGNORED:
                continue
            rule = ground.ignored or _rule(ground, name, is_directory=kind == DIRECTORY)
            if rule:
                path = posixpath.join(directory, name)
                if not self.tracked.holds(path):
                    self._left_out.setdefault(directory, {})[name] = (kind, rule)
                    continue
                if kind == DIRECTORY:
                    self._ignored_directories[path] = rule
            yield name, kind

    def _ground(self, directory: str, entries: Mapping[str, int]) -> _Ground:
        """What holds in a directory: what does above it, or in a repository of its own."""
        if not directory:
            ground = self._base_stage_for_root()
        else:
            parent, name = posixpath.split(directory)
            self.entries(parent)
            above = self._grounds[parent]
            rule = self._ignored_directories.get(directory, "")
            here = above.here + os.fsencode(f"{name}/")
            ground = above._replace(here=here, ignored=rule)
            if GIT in entries and (own := repository_at(f"{self._root}/{directory}")):
                ground = self._base_stage_for_inner(own, above.config)
        path = posixpath.join(directory, IGNORE_FILE)
        if entries.get(IGNORE_FILE) == FILE:
            ground = self._with_file(ground, path)
        elif entries.get(IGNORE_FILE) == LINK:
            self.warnings.append(
                f"`{path}` is a symbolic link: its rules do not count, as git says, too"
            )
        return ground

    def _with_file(self, ground: _Ground, path: str) -> _Ground:
        try:
            data = self._read(path)
        except (OSError, ConfigError):
            # git says the same, and goes on
            self.warnings.append(f"`{path}` cannot be read: its rules do not count")
            return ground
        rules = RuleFile(path, data, ignore_case=ground.config.ignore_case)
        return ground._replace(rules=(*ground.rules, (ground.here, rules))) if rules else ground

    def _base_stage_for_inner(self, repository: GitDirectories, config: Config) -> _Ground:
        if os.path.isfile(f"{repository.top}/{GIT}"):  # noqa: PTH113
            note(f"{repository.top}/{GIT}", self.outside)
        if says_more(repository, self.outside):
            config = read_config(repository.top, repository, self.outside)
        files = rule_files(config, repository, self._root, self.outside)
        return _Ground(repository, config, b"", tuple((b"", each) for each in files))

    def _base_stage_for_root(self) -> _Ground:
        """What holds at the root, by what is outside of it."""
        repository = repository_around(self._root)
        for place in _up_to(self._root, repository.top if repository else "/"):
            # one that turns up later is another repository
            if repository is None or place != repository.top:
                note(f"{place}/{GIT}", self.outside)
        if repository and os.path.isfile(f"{repository.top}/{GIT}"):  # noqa: PTH113
            note(f"{repository.top}/{GIT}", self.outside)
        config = read_config(self._root, repository, self.outside)
        files = rule_files(config, repository, self._root, self.outside)
        ground = _Ground(repository, config, b"", tuple((b"", each) for each in files))
        if repository is None:
            return ground
        inside = os.path.relpath(self._root, repository.top)
        for name in inside.split("/") if inside != "." else ():
            ground = self._below(ground, name)
        if ground.ignored and not self.tracked.any():
            # nothing of it is the repository's, which says so itself
            return _Ground(None, config, b"", ())
        return ground

    def _below(self, ground: _Ground, name: str) -> _Ground:
        """What holds in a directory above the root's, or at the root, by what is above that."""
        path = f"{ground.repository.top if ground.repository else ''}/{os.fsdecode(ground.here)}"
        note(f"{path}{IGNORE_FILE}", self.outside)
        if os.path.islink(f"{path}{IGNORE_FILE}"):  # noqa: PTH114
            found = None
        else:
            found = rule_file(
                f"{path}{IGNORE_FILE}",
                self._root,
                self.outside,
                ignore_case=ground.config.ignore_case,
            )
        if found:
            ground = ground._replace(rules=(*ground.rules, (ground.here, found)))
        rule = ground.ignored or _rule(ground, name, is_directory=True)
        return ground._replace(here=ground.here + os.fsencode(f"{name}/"), ignored=rule)


def _rule(ground: _Ground, name: str, *, is_directory: bool) -> str:
    """Git's rule: the innermost ignore file that says anything about an entry decides."""
    if not ground.rules:
        return ""
    last = os.fsencode(name)
    path = ground.here + last
    for base, rules in reversed(ground.rules):
        found = rules.verdict(last, path[len(base) :], is_directory=is_directory)
        if found:
            return "" if found.negative else f"{rules.source}:{found.line}"
    return ""


def _up_to(directory: str, top: str) -> Iterator[str]:
    """A directory and all above it, up to one of those."""
    while True:
        yield directory.rstrip("/")
        if directory in (top, "/"):
            return
        directory = os.path.dirname(directory)  # noqa: PTH120
