"""The stages of the last run as JSON, one job per line, so that a few can be read without the rest.

The answers of a language depend on the names of files, on texts that it read, and on what it
scanned in others. While all of those are the same, so are the stages. An edit that does not change
what was scanned needs neither config nor language, only the jobs whose stages copy the file.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any

from msbuild import model
from msbuild.state.file_stat import ABSENT, stat_of
from msbuild.state.files import read_regular, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from msbuild.model import Stage
    from msbuild.sources.tree import SourceTree
    from msbuild.state.file_stat import FileStat
    from msbuild.workspace.loading import Loaded

NAME = "stages"


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job of the last run.

    Attributes:
        stages: its own stages, parents first, each with its rank among all stages.
        needs: the jobs that it waits for.
    """

    name: str
    service: bool
    stages: tuple[tuple[int, Stage], ...]
    needs: tuple[str, ...]


def write(directory: Path, loaded: Loaded, needs: Mapping[str, frozenset[str]]) -> FileStat:
    """Store the stages of a workspace.

    Args:
        directory: the state directory.
        loaded: the workspace, before the executor adapted its stages.
        needs: the jobs that each job waits for.

    Returns:
        The stat of the file, for ``StoredStages``; ``ABSENT`` if it could not be written.
    """
    try:
        write_atomically(directory / NAME, (f"{line}\n".encode() for line in _lines(loaded, needs)))
    except OSError:
        return ABSENT
    return stat_of(directory / NAME)


def _lines(loaded: Loaded, needs: Mapping[str, frozenset[str]]) -> Iterator[str]:
    yield json.dumps({"read": sorted(loaded.sources.read_whole)})
    variables = {name: os.environ.get(name, "") for name in loaded.variables}
    graph, services = loaded.assembly.graph, loaded.workspace.services
    ranks = {name: rank for rank, name in enumerate(graph)}
    for path, answers in loaded.sources.scans.items():
        scans = [[name_of(scanner), digest_of(answer)] for scanner, answer in answers.items()]
        yield json.dumps({"scan": path, "by": scans})
    for name, own in loaded.jobs.items():
        stages = [
            [ranks[each], encode(graph[each], variables)]
            for each in sorted(own, key=ranks.__getitem__)
        ]
        job = {"job": name, "service": name in services, "needs": sorted(needs[name])}
        yield json.dumps({**job, "stages": stages})


class StoredStages:
    """Reads the stages of the last run.

    Args:
        directory: the state directory.
        written: the stat of the file when it was written: with a missing line, a service would
            not be built.

    Raises:
        ValueError: it is another file, or invalid.
        OSError: it cannot be read.
    """

    def __init__(self, directory: Path, written: FileStat) -> None:
        self._data = read_regular(directory / NAME)
        if written == ABSENT or stat_of(directory / NAME) != written:
            raise ValueError("the stages are of another run")
        head = json.loads(self._data[: self._data.index(b"\n")])
        self.read_whole = frozenset(head["read"])

    def scans(self, path: str) -> Sequence[tuple[str, str]]:
        """The functions that scanned a file, each with the digest of its result."""
        for line in self._lines_with(f'{{"scan": {json.dumps(path)}, '):
            return [(scanner, digest) for scanner, digest in line["by"]]
        return ()

    def users(self, path: str) -> list[StoredJob]:
        """The jobs whose own stages copy a file."""
        found = (_job(line) for line in self._lines_with(json.dumps(path)) if "job" in line)
        return [job for job in found if any(path in stage.files for _, stage in job.stages)]

    def children(self, name: str) -> dict[str, bool]:
        """The names of the jobs that wait for a job, each with whether it is a service."""
        lines = self._lines_with(json.dumps(name))
        return {line["job"]: line["service"] for line in lines if name in line.get("needs", ())}

    def job(self, name: str) -> StoredJob:
        """The job with a name."""
        for line in self._lines_with(f'{{"job": {json.dumps(name)}, '):
            return _job(line)
        raise ValueError(f"unknown job `{name}`")

    def _lines_with(self, text: str) -> Iterator[Mapping[str, Any]]:
        wanted, end = text.encode("ascii"), 0
        while (found := self._data.find(wanted, end)) >= 0:
            start = self._data.rfind(b"\n", 0, found) + 1
            end = self._data.index(b"\n", found)
            yield json.loads(self._data[start:end])


def unchanged(stored: StoredStages, path: str, sources: SourceTree) -> bool:
    """Whether a file was not read as a whole, and all scans of it have the same results."""
    if path in stored.read_whole:
        return False
    return all(
        digest_of(sources.scan_again(path, _scanner(name))) == digest
        for name, digest in stored.scans(path)
    )


def name_of(scanner: Callable[[str], Any]) -> str:
    """A function's module and qualified name."""
    return f"{scanner.__module__}:{scanner.__qualname__}"


def digest_of(answer: object) -> str:
    """The digest of a scanner's result."""
    return hashlib.sha256(repr(answer).encode("utf-8", "surrogatepass")).hexdigest()


def _scanner(name: str) -> Callable[[str], Any]:
    module, _, function = name.partition(":")
    found: Callable[[str], Any] = getattr(importlib.import_module(module), function)
    return found


def _job(line: Mapping[str, Any]) -> StoredJob:
    stages = tuple((int(rank), decode(stage)) for rank, stage in line["stages"])
    return StoredJob(line["job"], line["service"], stages, tuple(line["needs"]))


_TYPE = ""
"""The key for the class of an object; no field has this name."""

_VARIABLES = "variables"
# The fields that can contain values of variables from the config.
_FIELDS_WITH_VARIABLES = {"env", "facts", "script"}

_NOUNS: dict[str, type[Any]] = {
    noun.__name__: noun
    for noun in (
        *(model.Stage, model.ImageRef, model.StageRef, model.HostTool, model.CacheMount),
        *(model.Copy, model.CopyArtifact, model.Run, model.Packages, model.Certificates),
        *(model.AddUser, model.User, model.Runtime, model.Healthcheck),
    )
}


def encode(stage: Stage, variables: Mapping[str, str] | None = None) -> Any:
    """A stage as JSON values, without fields that have their default.

    Args:
        stage: the stage.
        variables: environment variables whose values are replaced by their names.
    """
    return _encoded(stage, _Redactor(variables or {}))


class _Redactor:
    """Replaces the values of variables in texts by their names."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        # of two variables with the same value, either works: both still have it when it is read
        self._names = {value: name for name, value in variables.items() if value}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile(f"({'|'.join(map(re.escape, longest_first))})")

    def redacted(self, value: Any) -> Any:
        """A value, with texts split into parts where they contain the value of a variable."""
        if not self._names:
            return value
        if isinstance(value, list):
            return [self.redacted(each) for each in value]
        if isinstance(value, dict):
            return {name: self.redacted(each) for name, each in value.items()}
        if not isinstance(value, str) or not self._pattern.search(value):
            return value
        parts = self._pattern.split(value)
        named = [[self._names[part]] if place % 2 else part for place, part in enumerate(parts)]
        return {_TYPE: _VARIABLES, "parts": named}


def decode(value: Any) -> Stage:
    """The stage that ``encode`` was given.

    Raises:
        ValueError: it is invalid.
    """
    try:
        stage = _decoded(value)
    except (KeyError, TypeError) as error:
        raise ValueError("not a stage") from error
    if not isinstance(stage, model.Stage):
        raise ValueError("not a stage")  # noqa: TRY004 - an invalid file, not a wrong type
    return stage


def _encoded(value: Any, redactor: _Redactor) -> Any:
    if isinstance(value, model.StageKind):
        return {_TYPE: "StageKind", "value": value.value}
    if isinstance(value, tuple | list):
        return [_encoded(each, redactor) for each in value]
    if isinstance(value, dict):
        items = [[key, _encoded(each, redactor)] for key, each in value.items()]
        return {_TYPE: "dict", "items": items}
    if type(value).__name__ in _NOUNS:
        given = {each.name: getattr(value, each.name) for each in fields(value)}
        defaults = {each.name: each.default for each in fields(value)}
        encoded = {
            name: _encoded(one, redactor)
            for name, one in given.items()
            if defaults[name] is MISSING or one != defaults[name]
        }
        for name in _FIELDS_WITH_VARIABLES & encoded.keys():
            encoded[name] = redactor.redacted(encoded[name])
        return {_TYPE: type(value).__name__, **encoded}
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decoded(each) for each in value)
    if not isinstance(value, dict):
        return value
    match value[_TYPE]:
        case "StageKind":
            return model.StageKind(value["value"])
        case "variables":
            parts = value["parts"]
            return "".join(p if isinstance(p, str) else os.environ[p[0]] for p in parts)
        case "dict":
            return {key: _decoded(each) for key, each in value["items"]}
        case name:
            given = {key: _decoded(each) for key, each in value.items() if key != _TYPE}
            return _NOUNS[name](**given)
