"""Compares the files a build used with those its stage declares. Pure.

`docs/verify.md` explains what counts.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msbuild.verify.strace import Access, How

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from msbuild.plugin.api import HarmlessAccess
    from msbuild.verify.stages import Views
    from msbuild.verify.trace import Process


@dataclass(frozen=True, slots=True, order=True)
class Miss:
    """A file or directory of the tree that a build used and its stage does not declare.

    Attributes:
        path: from the source root; the root itself is ``.``.
        how: ``opened``, ``looked for`` or ``listed``.
        programs: the programs that did it, sorted.
        names: for a listed directory, the names in it that the stage does not have.
        among: the directory in whose listing the program found the file; empty if there is none.
    """

    path: str
    how: How
    programs: tuple[str, ...]
    names: tuple[str, ...] = ()
    among: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """The results of comparing one step.

    Attributes:
        misses: sorted by path.
        ignored: ignored files that a program looked for.
        used: files and directories of the tree that a program accessed.
    """

    misses: tuple[Miss, ...] = ()
    ignored: tuple[str, ...] = ()
    used: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Seen:
    """The accesses of a step so far: programs by kind of access and path."""

    opened: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    looked: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    asked: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    listings: dict[Process, set[str]] = field(default_factory=dict)
    among: set[str] = field(default_factory=set)
    ignored: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)


class Comparison:
    """Compares the steps of one stage, one after another.

    Args:
        views: the tree, and the files that the stage declares.
        harmless: accesses of tools that have no effect on their output.
    """

    def __init__(self, views: Views, harmless: Sequence[HarmlessAccess] = ()) -> None:
        self._root = ""
        self._views = views
        self._harmless: defaultdict[str, list[HarmlessAccess]] = defaultdict(list)
        for access in harmless:
            self._harmless[access.program].append(access)
        self._written: set[str] = set()
        self._seen = _Seen()

    def step(self, accesses: Iterable[Access], root: str) -> Compared:
        """Files that a step used but its stage does not declare.

        Args:
            accesses: its accesses, in order.
            root: the working directory, absolute.
        """
        self._root, self._seen = root, _Seen()
        for access in accesses:
            self._note(access)
        return self._result()

    def _note(self, access: Access) -> None:
        """Record one access."""
        relative = self._below_root(access.path)
        if relative is None:
            return
        links, path = self._views.resolve(relative)
        for link in links:
            # following a link reads its target, to open that file or to look for it
            is_lookup = access.how is How.LOOKED_FOR
            self._file(link, access.how if is_lookup else How.OPENED, access.process)
        if path is None or path.startswith("../"):
            return
        if access.how is How.LISTED:
            self._list(path, access.process)
        else:
            self._seen.asked[path, access.process.program].add(access.asked)
            self._file(path, access.how, access.process)

    def _result(self) -> Compared:
        """The results of the step."""
        seen = self._seen
        misses = [
            self._missed(path, How.OPENED, programs) for path, programs in seen.opened.items()
        ]
        misses += [
            self._missed(path, How.LOOKED_FOR, others)
            for path, programs in seen.looked.items()
            if path not in seen.opened
            and (others := {each for each in programs if not self._checks_type(path, each)})
        ]
        misses += self._listed()
        return Compared(tuple(sorted(misses)), tuple(sorted(seen.ignored)), frozenset(seen.used))

    def _missed(self, path: str, how: How, programs: set[str]) -> Miss:
        among = posixpath.dirname(path) if path in self._seen.among else ""
        return Miss(path, how, tuple(sorted(programs)), among=among)

    def _below_root(self, path: str) -> str | None:
        if path == self._root:
            return ""
        inside = path.startswith(f"{self._root}/")
        return path.removeprefix(f"{self._root}/") if inside else None

    def _file(self, path: str, how: How, process: Process) -> None:
        seen = self._seen
        if _is_within(path, self._written):
            return
        if how is How.WRITTEN:
            # from now on it is a file of the build
            self._written.add(path)
            return
        if path not in self._views.tree.files:
            if path not in seen.ignored and self._views.is_ignored(path):
                seen.ignored.add(path)
            return
        _touch(path, process)
        seen.used.add(path)
        if path in self._views.declared:
            return
        if how is How.OPENED and not self._may_open(path, process):
            missed = seen.opened[path]
        elif how is How.LOOKED_FOR and not self._may_look_for(path, process):
            missed = seen.looked[path]
        else:
            return
        missed.add(process.program)
        if self._has_listed(posixpath.dirname(path), process):
            seen.among.add(path)

    def _may_open(self, path: str, process: Process) -> bool:
        """Whether its content has no effect on the result, or only through facts."""
        if path in self._views.below and process.is_own_command:
            # the plugin states the parts that the command of its script reads as facts
            return True
        name = posixpath.basename(path)
        return any(
            fnmatchcase(name, pattern)
            for harmless in self._harmless[process.program]
            for pattern in harmless.opens
        )

    def _may_look_for(self, path: str, process: Process) -> bool:
        """Whether a build without the rest of the tree gets the same result."""
        return path in self._views.seen.files or self._lookups_are_harmless(process)

    def _checks_type(self, path: str, program: str) -> bool:
        """Whether a program only checks that a path is neither a directory nor a link."""
        declared = any(harmless.type_checks for harmless in self._harmless[program])
        return declared and self._seen.asked[path, program] == {"stat", "lstat"}

    def _has_listed(self, directory: str, process: Process) -> bool:
        """Whether a process or one of its ancestors has listed a directory."""
        lister: Process | None = process
        while lister:
            if directory in self._seen.listings.get(lister, ()):
                return True
            lister = lister.parent
        return False

    def _lookups_are_harmless(self, process: Process) -> bool:
        return any(harmless.lookups for harmless in self._harmless[process.program])

    def _list(self, directory: str, process: Process) -> None:
        self._seen.used.add(directory or ".")
        times = process.listed.get(directory, 0)
        process.listed[directory] = times + 1
        if self._lookups_are_harmless(process) or _is_within(directory, self._written):
            return
        place = posixpath.normpath(f"{self._root}/{directory}")
        if _is_import(place, directory, times, process):
            return
        self._seen.listings.setdefault(process, set()).add(directory)

    def _listed(self) -> Iterator[Miss]:
        """Directories used only through their listing, with names that the stage does not have.

        A program that accesses a file of a directory it has listed, or of a listed directory below
        that, is looking for certain names; those accesses count instead of the listing. This also
        holds if the program is started again, as CMake is to check whether a listing has changed.
        """
        found: defaultdict[str, set[str]] = defaultdict(set)
        programs: defaultdict[str, set[str]] = defaultdict(set)
        touched: defaultdict[str, set[str]] = defaultdict(set)
        for process in self._seen.listings:
            touched[process.program] |= process.touched
        for process, directories in self._seen.listings.items():
            for top, below in _walks(directories):
                if touched[process.program].isdisjoint(below):
                    names = set(self._unknown(top, below))
                    found[top] |= names
                    programs[top].add(process.program)
        for top, names in found.items():
            if names:
                yield _miss(top or ".", How.LISTED, programs[top], names)

    def _unknown(self, top: str, directories: Iterable[str]) -> Iterator[str]:
        """The names that the stage does not have, relative to the top of a walk."""
        for directory in directories:
            known = self._views.seen.right_in(directory)
            for name in self._views.tree.right_in(directory) - known:
                path = posixpath.join(directory, name)
                if not self._is_made(path.rstrip("/")):
                    yield path.removeprefix(f"{top}/") if top else path

    def _is_made(self, path: str) -> bool:
        """Whether the build itself has written it."""
        return path in self._written


def _walks(directories: Collection[str]) -> Iterator[tuple[str, set[str]]]:
    """Groups of listed directories that belong to one walk, each with the topmost of them."""
    tops: dict[str, set[str]] = {}
    top_of: dict[str, str] = {}
    for directory in sorted(directories):
        parent = posixpath.dirname(directory)
        is_top = not directory or parent not in top_of
        top_of[directory] = directory if is_top else top_of[parent]
        tops.setdefault(top_of[directory], set()).add(directory)
    yield from tops.items()


def _miss(path: str, how: How, programs: set[str], names: Iterable[str] = ()) -> Miss:
    return Miss(path, how, tuple(sorted(programs)), tuple(sorted(names)))


def _is_within(path: str, places: set[str]) -> bool:
    """Whether a path equals one of the given paths, or is below one."""
    while path:
        if path in places:
            return True
        path = posixpath.dirname(path)
    return False


def _touch(path: str, process: Process) -> None:
    """Note for the processes that listed the directory of a file that the file was used."""
    directory = posixpath.dirname(path)
    lister: Process | None = process
    while lister:
        if directory in lister.listed:
            lister.touched.add(directory)
        elif lister is process:
            lister.sources.add(directory)
        lister = lister.parent


def _is_import(place: str, directory: str, times: int, process: Process) -> bool:
    """Whether a listing is only Python looking for modules to import.

    Python lists the directory of its script before it imports anything; without a script it lists
    the working directory, and again whenever its import caches are invalidated.

    Args:
        place: the absolute path of the directory.
        directory: its path from the source root.
        times: how often the process has listed it before.
        process: the process that lists it.
    """
    if not process.program.startswith("python"):
        return False
    if not process.sources:
        return place == process.directory
    return directory in process.sources and not times
