"""The answers of the last run with their traces: the dependencies of each answer.

An answer is valid as long as every observation of the source tree that it depends on is the same.
After an edit, only the answers with changed observations are computed again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import os
import posixpath
from stat import S_ISLNK
from typing import TYPE_CHECKING, Any

from msbuild.errors import ConfigError
from msbuild.graph.questions import SERVICE, SHARED, SharedStages
from msbuild.plugin.memo import RECALLED
from msbuild.sources.listing import IGNORE_FILE
from msbuild.sources.tree import FileContent
from msbuild.state.file_stat import ABSENT, DIRECTORY, LINK, stat_of
from msbuild.state.files import read_regular, write_atomically
from msbuild.uptodate.answers import decode, encode, may_be_redacted
from msbuild.workspace.loading import WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from msbuild.plugin.memo import Key
    from msbuild.sources.tree import SourceTree
    from msbuild.state.file_stat import FileStat
    from msbuild.workspace.loading import Loaded

NAME = "traces"
CUSTOM = "stage"
"""The key of the answer about a custom stage."""

_TEXTS = frozenset({"read", "scan", "content"})
_LISTS = frozenset({"names", "directories", "entries"})
_WALKS = frozenset({"files", "find", "ignored", "missing_submodules_below"})
# These change what is ignored, or where submodules are, anywhere below.
_DECISIVE = frozenset({IGNORE_FILE, ".gitmodules"})

_SEAL = 32
"""Length of the digest at the beginning of the file, so that a damaged one is ignored."""

MOST_GROWTH = 10
"""How many times as many intermediate results incremental loads may add up to."""

# Prefixes of more paths are searched by the parents of a path.
_FEW = 16

Observation = tuple[str, ...]


@dataclasses.dataclass(slots=True)
class Traces:
    """The answers of a run, and their dependencies.

    Attributes:
        observations: the digest of each observation of the source tree.
        users: for each observation and answer, the questions and answers that used it directly.
        listed: the directories that were listed, each with the kinds of its entries.
        repositories: the directories that have a ``.git``.
        linked: whether links were followed.
        owners: the key of the answer that each stage is part of, parents first.
        parents: the parents of each stage, each with whether it decides.
        deciding: the shared stages that decide the results of services.
        jobs: the job of each stage.
        variables: the environment variables that the config uses.
        origins: the origin and the distribution of the plugin of each language.
        answers: the encoded answers.
        numbers: how many intermediate results there are.
        initial: how many there were after the full load.
    """

    observations: dict[Observation, bytes]
    users: dict[Key, tuple[Key, ...]]
    listed: dict[str, dict[str, int]]
    repositories: set[str]
    linked: bool
    owners: dict[str, Observation]
    parents: dict[str, dict[str, bool]]
    deciding: set[str]
    jobs: dict[str, str]
    variables: tuple[str, ...]
    origins: dict[str, tuple[str, str]]
    answers: dict[Observation, bytes]
    numbers: int
    initial: int = 0

    def answer(self, *key: str) -> Any:
        """The answer to a question. Raises ``ValueError`` if it is missing or damaged."""
        if key not in self.answers:
            raise ValueError(f"there is no answer for {key}")
        return decode(self.answers[key])

    def changes(self, paths: Collection[str], sources: SourceTree) -> set[Observation] | None:
        """The observations that have changed.

        Args:
            paths: the files and directories that have changed.
            sources: the source tree now.

        Returns:
            ``None`` if any observation may have changed.
        """
        directories = [path for path in paths if path in self.listed]
        touched: set[str] = set()
        for directory in directories:
            entries = self._changed_entries(directory, sources)
            if entries is None:
                return None
            touched |= entries
        files = set(paths) - set(directories)
        if any((sources.root / path).is_dir() for path in files):
            return None
        if any(posixpath.basename(path) in _DECISIVE for path in files):
            return None
        suspects = _Suspects(files, directories, touched, linked=self.linked)
        return {
            observation
            for observation in self.observations
            if suspects.include(observation)
            and observe(observation, sources) != self.observations[observation]
        }

    def _changed_entries(self, directory: str, sources: SourceTree) -> set[str] | None:
        """The paths of entries that were added, removed or replaced; ``None`` if links were."""
        full = sources.root / directory
        has_repository = os.path.lexists(full / ".git")
        if has_repository != (directory in self.repositories):
            return None
        before, now = self.listed[directory], sources.entries(directory)
        # a file of rules that ignores itself is no entry
        if any(name not in before and os.path.lexists(full / name) for name in _DECISIVE):
            return None
        names = {name for name in {*before, *now} if before.get(name) != now.get(name)}
        kinds = {entries.get(name) for entries in (before, now) for name in names}
        if LINK in kinds or not _DECISIVE.isdisjoint(names):
            return None
        paths = {posixpath.join(directory, name) for name in names}
        # with a directory, files of any name come or go
        return paths | ({""} if DIRECTORY in kinds else set())

    def outdated(self, changes: Iterable[Observation]) -> set[Key]:
        """The questions whose answers may be different now.

        Users of the answer about shared stages are not included: it is usually the same.
        """
        found: set[Key] = set()
        waiting: list[Key] = list(changes)
        while waiting:
            key = waiting.pop()
            if isinstance(key, tuple) and key[0] == SHARED:
                continue
            new = {*self.users.get(key, ())} - found
            found |= new
            waiting += new
        return found

    def copying(self, path: str) -> Iterator[str]:
        """The stages that copy a file.

        Raises:
            ValueError: the stages cannot be determined.
        """
        if may_be_redacted(path, self.variables):
            raise ValueError(f"`{path}` contains the value of a variable")
        text = path.encode("utf-8", "surrogatepass")
        for key, data in self.answers.items():
            if key[0] in (SERVICE, SHARED, CUSTOM) and text in data:
                stages = self.answer(*key).stages
                yield from (stage.name for stage in stages if path in stage.files)

    def services_on(self, stages: Collection[str]) -> set[str]:
        """The services that some stages belong to, and those that depend on them."""
        found = set(stages)
        for name, parents in self.parents.items():
            if not found.isdisjoint(parents):
                found.add(name)
        owners = (self.owners[name] for name in found)
        return {key[1] for key in owners if key[0] == SERVICE}

    def update(
        self,
        sources: SourceTree,
        answers: Mapping[Observation, object],
        changes: Iterable[Observation],
    ) -> None:
        """Add new answers and their dependencies.

        Args:
            sources: the source tree of the answers.
            answers: the new answers.
            changes: the observations that changed: all answers that used them are new.
        """
        for observation in changes:
            self.observations.pop(observation, None)
            self.users.pop(observation, None)
        trace = sources.trace
        for key, users in trace.users.items():
            self.users[key] = tuple({*self.users.get(key, ()), *users})
            if isinstance(key, tuple) and key[0] not in (RECALLED, SHARED):
                self.observations[key] = observe(key, sources)
        for path, entries in sources.listed.items():
            # a file may take the place of a directory that is gone
            self.listed.pop(path, None)
            if entries or sources.root.joinpath(path).is_dir():
                self.listed[path] = dict(entries)
        self.repositories |= set(sources.repositories)
        self.linked |= any(S_ISLNK(mode) for *_, mode in sources.stat_cache.stats.values())
        self.answers |= {key: encode(each, self.variables) for key, each in answers.items()}
        if answers:
            self.answers[RECALLED,] = encode(trace.recalled, self.variables)
        self.numbers = trace.count

    def are_current(self, sources: SourceTree) -> bool:
        """Whether all directories that a source tree listed are known with the same entries."""
        return all(self.listed.get(path) == each for path, each in sources.listed.items())

    @property
    def have_grown(self) -> bool:
        """Whether a full load is worth it, as what old answers came from is never removed."""
        return self.numbers > MOST_GROWTH * max(self.initial, 1000)

    def write(self, directory: Path) -> FileStat:
        """Store the traces in the state directory.

        Returns:
            The stat of the file, for ``read``; ``ABSENT`` if it could not be written.
        """
        data = encode([getattr(self, field.name) for field in dataclasses.fields(self)])
        try:
            write_atomically(directory / NAME, [_seal(data), data])
        except OSError:
            return ABSENT
        return stat_of(directory / NAME)


class _Suspects:
    """The observations that edits may have changed.

    Args:
        files: the files with other content.
        directories: the directories with other entries.
        touched: the entries that were added, removed or replaced.
        linked: whether paths may go through links to other places.
    """

    def __init__(
        self, files: set[str], directories: list[str], touched: set[str], *, linked: bool
    ) -> None:
        self._files = files
        self._directories = set(directories)
        self._touched = touched
        self._below = tuple(f"{path}/" for path in touched if path)
        self._names = {posixpath.basename(path) for path in touched}
        self._everywhere = linked and bool(directories)
        self._above = {""}
        for directory in directories:
            self._above |= set(_with_parents(directory))

    def include(self, observation: Observation) -> bool:
        """Whether an observation is among them."""
        kind, path, *more = observation
        if kind in _TEXTS:
            return path in self._files or self._is_touched(path)
        if not self._directories:
            return False
        path = "" if path == "." else path
        if self._everywhere or not _is_normal(path):
            return True
        if kind == "find" and self._names.isdisjoint((*more, "")):
            return False
        if kind == "ignored_by":
            return not self._directories.isdisjoint(("", *_with_parents(path)))
        lists = (kind in _WALKS and path in self._above) or (
            kind in _LISTS and path in self._directories
        )
        return lists or self._is_touched(path)

    def _is_touched(self, path: str) -> bool:
        if len(self._below) <= _FEW:
            return path in self._touched or path.startswith(self._below)
        return not self._touched.isdisjoint(_with_parents(path))


def _is_normal(path: str) -> bool:
    """Whether a path is normalized; fast for most paths, as there is one for every observation."""
    may_not_be = "/." in path or "//" in path or path.startswith(".") or path.endswith("/")
    return not may_not_be or posixpath.normpath(path) == path


def _with_parents(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def observe(observation: Observation, sources: SourceTree) -> bytes:
    """The digest of an observation of a source tree."""
    kind, path, *more = observation
    answer: object
    try:
        if kind == "scan":
            module, _, function = more[0].partition(":")
            answer = sources.scan(path, getattr(importlib.import_module(module), function))
        else:
            answer = getattr(sources, kind)(path, *more)
    except (ConfigError, OSError) as error:
        answer = f"{type(error).__name__}: {error}"
    if isinstance(answer, FileContent):
        answer = answer.hash()
    text = repr(answer).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()


def _seal(data: bytes | memoryview) -> bytes:
    return hashlib.sha256(data).digest()


def of_run(loaded: Loaded) -> Traces:
    """The traces of a full load.

    Args:
        loaded: the workspace, before the executor adapted its stages.

    Raises:
        TypeError, pickle.PicklingError: an answer cannot be stored.
    """
    assembly, sources, graph = loaded.assembly, loaded.sources, loaded.assembly.graph
    owners = {
        stage.name: key
        for answers, kind in ((assembly.shared, SHARED), (assembly.services, SERVICE))
        for name, answer in answers.items()
        for stage in answer.stages
        for key in [(kind, name)]
    }
    job_of = {stage: job for job, stages in loaded.jobs.items() for stage in stages}
    traces = Traces(
        observations={},
        users={},
        listed={},
        repositories=set(),
        linked=False,
        owners={name: owners.get(name, (CUSTOM, name)) for name in graph},
        parents={name: dict(graph.parents(name)) for name in graph},
        deciding={
            name
            for service in assembly.services
            for name in graph.deciding(service)
            if owners.get(name, (SERVICE,))[0] == SHARED
        },
        jobs=job_of,
        variables=tuple(sorted(loaded.variables)),
        origins={
            name: (plugin.origin, plugin.distribution) for name, plugin in loaded.plugins.items()
        },
        answers={},
        numbers=0,
    )
    answers: dict[Observation, object] = {(WORKSPACE,): loaded.workspace}
    answers |= {(SHARED, name): answer for name, answer in assembly.shared.items()}
    answers |= {(SERVICE, name): answer for name, answer in assembly.services.items()}
    for name in loaded.workspace.stages:
        answers[CUSTOM, name] = SharedStages((graph[name],), ())
    traces.update(sources, answers, ())
    traces.initial = traces.numbers
    return traces


def read(directory: Path, written: FileStat) -> Traces:
    """The traces in a state directory.

    Args:
        directory: the state directory.
        written: the stat of the file when it was written.

    Raises:
        ValueError: it belongs to another run, or is invalid.
        OSError: it cannot be read.
    """
    data = read_regular(directory / NAME)
    if written == ABSENT or stat_of(directory / NAME) != written:
        raise ValueError("the traces belong to another run")
    if data[:_SEAL] != _seal(memoryview(data)[_SEAL:]):
        raise ValueError("the traces are damaged")
    values = decode(data[_SEAL:])
    try:
        return Traces(*values)
    except TypeError as error:
        raise ValueError("not traces") from error
