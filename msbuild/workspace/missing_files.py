"""Finds the files that a failed step looked for: they exist, but the step cannot see them."""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections import deque
from contextlib import suppress
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from msbuild.errors import BuildError, Missing, MsbuildError
from msbuild.execute.failures import misses_unnamed_file, missing_paths
from msbuild.model import Copy, CopyArtifact, StageKind, StageRef
from msbuild.sources.globs import files_of, is_glob

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.execute.api import Job, Progress, Vertex
    from msbuild.execute.failures import MissingPath
    from msbuild.model import Stage, Workspace
    from msbuild.sources.tree import SourceTree

_LINES = 2000
_MOST_SHOWN = 5
_PLAIN = re.compile(r"[\w./][\w./@+*-]*")
_TAKES_INPUTS = (StageKind.BUILD, StageKind.CUSTOM)


class ProgressRecorder:
    """Forwards progress, and remembers the last lines that steps printed.

    Args:
        progress: receives everything.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lines: deque[tuple[str, str]] = deque(maxlen=_LINES)

    def step(self, vertex: Vertex) -> None:
        """A step began or ended."""
        self._progress.step(vertex)

    def line(self, step: str, text: str) -> None:
        """A step printed a line."""
        self._lines.append((step, text))
        self._progress.line(step, text)

    def lines_of(self, step: str) -> list[str]:
        """The lines that a step printed, or the last ones of them."""
        return [text for name, text in self._lines if name == step]


def with_missing_files(
    failure: BuildError,
    job: Job,
    lines: Sequence[str],
    workspace: Workspace,
    sources: SourceTree,
) -> BuildError:
    """The failure, with the existing files that the step looked for but cannot see.

    Args:
        failure: the failure of a step.
        job: the job it belongs to.
        lines: the lines that the step printed.
        workspace: the workspace; after an incremental load it may have no services.
        sources: its source tree.
    """
    # the log may contain anything, but the failed step is the error to report
    with suppress(MsbuildError, OSError, ValueError, RecursionError):
        return _with_missing_files(failure, job, lines, workspace, sources)
    return failure


def _with_missing_files(
    failure: BuildError,
    job: Job,
    lines: Sequence[str],
    workspace: Workspace,
    sources: SourceTree,
) -> BuildError:
    stages = {stage.name: stage for stage in job.stages}
    stage = stages.get(failure.stage)
    if stage is None or not failure.step or not lines:
        return failure
    owner = _owner(stage, job)
    home = workspace.services[owner].path if owner in workspace.services else ""
    search = Search(_visible_files(stage, stages), sources, home)
    found = tuple(search.missing(lines)[:_MOST_SHOWN])
    if found:
        reasons = "\n".join(f"`{each.path}` {each.explanation(owner)}" for each in found)
        hint = _hint(found, stage, owner, workspace.file.name) or failure.hint
        return _with(failure, f"{failure.message}: {reasons}", hint, found)
    if failure.hint is None and stage.kind in _TAKES_INPUTS and misses_unnamed_file(lines):
        hint = (
            "does the step read files that are not among its inputs? "
            f"{_verify(stage, owner)}list them in `inputs:` of `{owner}`"
        )
        return _with(failure, failure.message, hint, ())
    return failure


def _with(
    failure: BuildError, message: str, hint: str | None, missing: tuple[Missing, ...]
) -> BuildError:
    return BuildError(
        message,
        stage=failure.stage,
        step=failure.step,
        tail=failure.tail,
        hint=hint,
        missing=missing,
    )


def _owner(stage: Stage, job: Job) -> str:
    """The owner of a stage's `inputs:` in the config: a service, or the stage itself."""
    if stage.kind is not StageKind.BUILD:
        return stage.name
    for other in job.stages:
        made = (step.stage for step in other.steps if isinstance(step, CopyArtifact))
        if other.kind is StageKind.RUNTIME and stage.name in made:
            return other.name
    return stage.name.removesuffix("-build") if job.name == stage.name else job.name


def _visible_files(stage: Stage, stages: Mapping[str, Stage]) -> frozenset[str]:
    """The source files in the working directory of a stage, including those of its bases."""
    found: set[str] = set()
    at: Stage | None = stage
    while at is not None:
        copies = (step for step in at.steps if isinstance(step, Copy))
        found.update(step.placed(path) for step in copies for path in step.files)
        at = stages.get(at.base.stage) if isinstance(at.base, StageRef) else None
    return frozenset(found)


def _hint(found: Sequence[Missing], stage: Stage, owner: str, config: str) -> str | None:
    """The line to add to the config, or what else to do."""
    listed = dict.fromkeys(each.inputs for each in found if each.inputs)
    if listed and stage.kind in _TAKES_INPUTS:
        what = "stage" if stage.kind is StageKind.CUSTOM else "service"
        paths = ", ".join(path if _PLAIN.fullmatch(path) else json.dumps(path) for path in listed)
        return f"add to {what} `{owner}` in `{config}`: inputs: [{paths}]"
    return next((each.hint for each in found if each.hint), None)


def _verify(stage: Stage, owner: str) -> str:
    return f"`msbuild verify {owner}` finds them; " if stage.kind is StageKind.BUILD else ""


# Limits, as a log may contain anything: names to look for, and directories to look in.
_NAMES = 500
_DIRECTORIES = 2000
_ALIKE = 3
_SANDBOX = "/work/"
_MODULE = re.compile(r"^module\s+\"?([^\s\"]+)", re.MULTILINE)
_VERSION_CONTROL = (".git", ".hg", ".svn")


class Search:
    """Searches the source tree for files that a step did not find.

    Args:
        seen: the paths that the step sees, relative to its working directory.
        sources: the source tree.
        home: the directory of the service, which paths may be relative to.
    """

    def __init__(self, seen: frozenset[str], sources: SourceTree, home: str) -> None:
        self._seen = seen
        self._sources = sources
        self._home = home
        self._directories = {above for path in seen for above in _above(path)}

    def missing(self, lines: Sequence[str]) -> list[Missing]:
        """The existing files that the lines mention but the step cannot see; each once."""
        names = (each for each in missing_paths(lines) if "\0" not in each.name)
        asked = islice(dict.fromkeys(names), _NAMES)
        found = dict.fromkeys(each for one in asked for each in self._meant(one))
        paths = {each.path for each in found}
        return [each for each in found if paths.isdisjoint(_above(each.path))]

    def _meant(self, asked: MissingPath) -> list[Missing]:
        if asked.package:
            directory = self._package(asked.name)
            return [] if directory is None else [*filter(None, [self._look(directory)])]
        for path in self._places(asked):
            if self._is_seen(path):
                return []
            if found := self._look(path):
                return [found]
        return self._alike(asked.name) if asked.anywhere else []

    def _places(self, asked: MissingPath) -> Iterator[str]:
        """The paths of the tree that a path in the output may refer to."""
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
        """The directories of the tree that a compiler may refer to, from its own directory."""
        if directory.startswith("/"):
            return list(self._inside(directory))
        end = f"/{posixpath.normpath(directory)}"
        return [directory, *(each for each in known if directory and each.endswith(end))]

    def _inside(self, path: str) -> Iterator[str]:
        """An absolute path in a sandbox or on this machine, relative to the source root."""
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
        """Why an existing path is not visible; ``None`` if it does not exist or is visible."""
        if link := self._link(path):
            return link
        if self._sources.exists(path):
            files = self._sources.files(path) or (path,)
            here = self._sources.is_directory(path) and files == (path,)
            return None if here or self._is_seen(path) else Missing(self._listing(path), "unlisted")
        if is_glob(path) and (files := files_of(path, self._sources)):
            return None if self._seen.intersection(files) else Missing(path, "unlisted")
        return self._hidden_path(path)

    def _listing(self, path: str) -> str:
        """The path to list: a tool that reads one file of a hidden directory reads all of them."""
        directory = posixpath.dirname(path)
        hidden = posixpath.basename(directory).startswith(".") and not self._is_seen(directory)
        return directory if hidden else path

    def _hidden_path(self, path: str) -> Missing | None:
        """A path that exists on disk but is not a source."""
        if not os.path.lexists(f"{self._sources.root}/{path}"):
            return None
        if any(part in _VERSION_CONTROL for part in path.split("/")):
            return Missing(path, "version-control")
        return Missing(path, "ignored", self._sources.ignored_by(path))

    def _link(self, path: str) -> Missing | None:
        """A path through a link that leaves the source root, or has no target."""
        root = os.path.realpath(self._sources.root)
        full = f"{root}/{path}"
        real = os.path.realpath(full)
        if real == full or not os.path.lexists(full):
            return None
        if os.path.commonpath([root, real]) != root:
            return Missing(path, "outside", real)
        return None if os.path.lexists(real) else Missing(path, "dangling")

    def _alike(self, name: str) -> list[Missing]:
        """Files of the tree whose path ends with the requested one, if there are only a few."""
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
