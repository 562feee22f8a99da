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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.state.file_stat import ABSENT, stat_of
from msbuild.state.files import write_atomically
from msbuild.uptodate.codec import decode, encode

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
