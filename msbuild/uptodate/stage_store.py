"""The stages of a run, kept a job a line, so that a few can be had without all others.

What a language answered hangs on names of files, on texts that it read, and on what it scanned of
others. While all of that is the same, the stages are; so an edit that leaves what was scanned as it
was needs neither config nor language, only the jobs whose stages copy the file.
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
from msbuild.state.files import write_atomically

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
    """A job as it was.

    Attributes:
        stages: its own, parents first, each with its rank among all stages.
        needs: the jobs whose stages those stand on.
    """

    name: str
    service: bool
    stages: tuple[tuple[int, Stage], ...]
    needs: tuple[str, ...]


def write(directory: Path, loaded: Loaded, needs: Mapping[str, frozenset[str]]) -> FileStat:
    """Keep the stages of a workspace.

    Args:
        directory: the state directory.
        loaded: the workspace, before an executor had a say in its stages.
        needs: which jobs each one stands on.

    Returns:
        The sign of the file, by which ``KeptStages`` knows it; ``ABSENT`` where there is none.
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
        kept = {"job": name, "service": name in services, "needs": sorted(needs[name])}
        yield json.dumps({**kept, "stages": stages})


class StoredStages:
    """The file, read.

    Args:
        directory: the state directory.
        sign: the one that the file was written with: a line that is lost would be a service that
            nobody builds.

    Raises:
        ValueError: it is another file, or makes no sense.
        OSError: it cannot be read.
    """

    def __init__(self, directory: Path, sign: FileStat) -> None:
        self._data = (directory / NAME).read_bytes()
        if sign == ABSENT or stat_of(directory / NAME) != sign:
            raise ValueError("another run's stages")
        head = json.loads(self._data[: self._data.index(b"\n")])
        self.read_whole = frozenset(head["read"])

    def scans(self, path: str) -> Sequence[tuple[str, str]]:
        """The functions that scanned a file, each with the digest of its answer."""
        for line in self._lines_with(f'{{"scan": {json.dumps(path)}, '):
            return [(scanner, digest) for scanner, digest in line["by"]]
        return ()

    def users(self, path: str) -> list[StoredJob]:
        """The jobs whose own stages copy a file."""
        found = (_job(line) for line in self._lines_with(json.dumps(path)) if "job" in line)
        return [job for job in found if any(path in stage.files for _, stage in job.stages)]

    def children(self, name: str) -> dict[str, bool]:
        """The names of the jobs that need another one, each with whether it is a service."""
        lines = self._lines_with(json.dumps(name))
        return {line["job"]: line["service"] for line in lines if name in line.get("needs", ())}

    def job(self, name: str) -> StoredJob:
        """A job by its name."""
        for line in self._lines_with(f'{{"job": {json.dumps(name)}, '):
            return _job(line)
        raise ValueError(f"no job `{name}`")

    def _lines_with(self, text: str) -> Iterator[Mapping[str, Any]]:
        wanted, end = text.encode("ascii"), 0
        while (found := self._data.find(wanted, end)) >= 0:
            start = self._data.rfind(b"\n", 0, found) + 1
            end = self._data.index(b"\n", found)
            yield json.loads(self._data[start:end])


def unchanged(kept: StoredStages, path: str, sources: SourceTree) -> bool:
    """Whether all that was asked about the text of a file has the answer that it had."""
    if path in kept.read_whole:
        return False
    return all(
        digest_of(sources.scan_again(path, _scanner(name))) == digest
        for name, digest in kept.scans(path)
    )


def name_of(scanner: Callable[[str], Any]) -> str:
    """A function's module and its name there."""
    return f"{scanner.__module__}:{scanner.__qualname__}"


def digest_of(answer: object) -> str:
    """The digest of what a scanner said."""
    return hashlib.sha256(repr(answer).encode("utf-8", "surrogatepass")).hexdigest()


def _scanner(name: str) -> Callable[[str], Any]:
    module, _, function = name.partition(":")
    found: Callable[[str], Any] = getattr(importlib.import_module(module), function)
    return found


def _job(line: Mapping[str, Any]) -> StoredJob:
    stages = tuple((int(rank), decode(stage)) for rank, stage in line["stages"])
    return StoredJob(line["job"], line["service"], stages, tuple(line["needs"]))


_TYPE = ""
"""The key of an object under which its class stands; no field has this name."""

_VARIABLES = "variables"
# Where the config puts values of variables, as they are or as a language joins them with others.
_TELLING = {"env", "facts", "script"}

_NOUNS: dict[str, type[Any]] = {
    noun.__name__: noun
    for noun in (
        *(model.Stage, model.ImageRef, model.StageRef, model.HostTool, model.CacheMount),
        *(model.Copy, model.CopyArtifact, model.Run, model.Packages, model.Certificates),
        *(model.AddUser, model.User, model.Runtime, model.Healthcheck),
    )
}


def encode(stage: Stage, variables: Mapping[str, str] | None = None) -> Any:
    """A stage as JSON values; fields with their defaults are left out.

    Args:
        stage: the stage.
        variables: of the environment, with their values: which are not told, only their names.
    """
    return _encoded(stage, _Redactor(variables or {}))


class _Redactor:
    """Replaces the values of variables in texts by their names."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        # of two variables with one value either will do: they still have it when it is read
        self._names = {value: name for name, value in variables.items() if value}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile(f"({'|'.join(map(re.escape, longest_first))})")

    def over(self, value: Any) -> Any:
        """A value, its texts in parts where they hold the value of a variable."""
        if not self._names:
            return value
        if isinstance(value, list):
            return [self.over(each) for each in value]
        if isinstance(value, dict):
            return {name: self.over(each) for name, each in value.items()}
        if not isinstance(value, str) or not self._pattern.search(value):
            return value
        parts = self._pattern.split(value)
        told = [[self._names[part]] if place % 2 else part for place, part in enumerate(parts)]
        return {_TYPE: _VARIABLES, "parts": told}


def decode(value: Any) -> Stage:
    """The stage that ``encode`` was given.

    Raises:
        ValueError: it makes no sense.
    """
    try:
        stage = _decoded(value)
    except (KeyError, TypeError) as error:
        raise ValueError("no stage") from error
    if not isinstance(stage, model.Stage):
        raise ValueError("no stage")  # noqa: TRY004 - a file that makes no sense, not a mistake
    return stage


def _encoded(value: Any, veil: _Redactor) -> Any:
    if isinstance(value, model.StageKind):
        return {_TYPE: "StageKind", "value": value.value}
    if isinstance(value, tuple | list):
        return [_encoded(each, veil) for each in value]
    if isinstance(value, dict):
        items = [[key, _encoded(each, veil)] for key, each in value.items()]
        return {_TYPE: "dict", "items": items}
    if type(value).__name__ in _NOUNS:
        given = {each.name: getattr(value, each.name) for each in fields(value)}
        defaults = {each.name: each.default for each in fields(value)}
        encoded = {
            name: _encoded(one, veil)
            for name, one in given.items()
            if defaults[name] is MISSING or one != defaults[name]
        }
        for name in _TELLING & encoded.keys():
            encoded[name] = veil.over(encoded[name])
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
