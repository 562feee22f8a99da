"""Checks what languages return, so that a plugin's bug is reported as the plugin's.

Every call of a language goes through ``blaming``, and every result through one of the checks.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, PluginError
from msbuild.model import Copy, Packages, Run, Stage, StageKind, StageRef
from msbuild.plugin.api import Inputs, ServiceBuild

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from msbuild.model import Location
    from msbuild.plugin.api import Language
    from msbuild.sources.tree import SourceTree

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_SHARING = ("shared", "locked")
_MOST_SHOWN = 5


class Call:
    """One call of a language, as errors name it.

    Args:
        language: the language.
        method: the name of the method.
        subject: what it is called for: ``service `web```.
        at: where the config declares that.
    """

    def __init__(self, language: Language, method: str, subject: str, at: Location) -> None:
        self._language = language
        self._method = method
        self._subject = subject
        self._at = at

    def error(self, what: str) -> PluginError:
        """The error for a bug of the plugin."""
        plugin = f"plugin `{self._language.name}` {self._language.version}"
        return PluginError(
            f"{plugin}: `{self._method}` for {self._subject} {what}",
            hint="this is a bug in the plugin: report it to its author",
            at=self._at,
        )

    @contextmanager
    def blaming(self) -> Iterator[None]:
        """Report exceptions of the body as those of the plugin.

        Raises:
            ConfigError: the language rejects the config.
            PluginError: it fails in any other way.
        """
        try:
            yield
        except (ConfigError, KeyboardInterrupt):
            raise
        except Exception as error:
            if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
                raise  # an environment error, such as a broken disk
            raise self.error(f"raised {type(error).__name__}: {error}") from error

    def check(self, problems: Iterable[str]) -> None:
        """Raise the first problem, if there is any."""
        for problem in problems:
            raise self.error(problem)


def shared_problems(returned: object, sources: SourceTree) -> Iterator[str]:
    """What is wrong with the result of ``shared_stages``."""
    if not isinstance(returned, list | tuple) or not returned:
        yield f"must return stages, the toolchain first, but returned {_shown(returned)}"
        return
    yield from _stages_problems(returned)
    if returned[0].kind is not StageKind.TOOLCHAIN:
        yield f"must return the toolchain first, but returned `{returned[0].name}` first"
    for stage in returned:
        if missing := sources.not_files(stage.files):
            yield (
                f"returned the stage `{stage.name}`, which copies {_some(missing)}: not the "
                "normalized path of a file of the source tree"
            )


def inputs_problems(returned: object, sources: SourceTree) -> Iterator[str]:
    """What is wrong with the result of ``inputs``."""
    if not isinstance(returned, Inputs):
        yield f"must return `Inputs`, but returned {_shown(returned)}"
        return
    for name, value in returned.facts.items():
        if not isinstance(name, str) or not isinstance(value, str):
            yield f"returned the fact {name!r} with the value {value!r}: both must be strings"
    if missing := sources.not_files(returned.files):
        yield f"returned {_some(missing)}: not the normalized path of a file of the source tree"


def build_problems(returned: object, inputs: Inputs, shared: Sequence[Stage]) -> Iterator[str]:
    """What is wrong with the result of ``service_build``.

    Args:
        returned: the result.
        inputs: the inputs of the service.
        shared: the shared stages of its builder.
    """
    if not isinstance(returned, ServiceBuild):
        yield f"must return `ServiceBuild`, but returned {_shown(returned)}"
        return
    if not returned.stages or not returned.artifacts:
        yield f"must return at least one {'artifact' if returned.stages else 'stage'}"
        return
    yield from _stages_problems(returned.stages)
    yield from _artifact_problems(returned)
    own = {path for stage in returned.stages for path in _copied(stage)}
    if extra := own - inputs.files.keys():
        yield f"copies {_some(extra)}, which `inputs` does not return"
    if unused := inputs.files.keys() - own - _copied_by_parents(returned.stages, shared):
        yield f"copies no {_some(unused)}, although `inputs` returns it"


def _stages_problems(stages: Sequence[object]) -> Iterator[str]:
    for stage in stages:
        if isinstance(stage, Stage):
            yield from (f"returned the stage {stage.name!r}: {p}" for p in _stage_problems(stage))
        else:
            yield f"must return stages, but returned {_shown(stage)} among them"
            return


def _stage_problems(stage: Stage) -> Iterator[str]:
    if not isinstance(stage.name, str) or not _NAME.fullmatch(stage.name):
        yield "names may have lower-case letters, digits, `-`, `_` and `.`"
    if stage.kind is StageKind.RUNTIME or stage.runtime is not None:
        yield "runtime stages are not made by languages"
    if stage.kind is not StageKind.TOOLCHAIN and stage.host:
        yield "only toolchains may have `host` programs"
    if stage.kind is StageKind.TOOLCHAIN and not all(isinstance(s, Packages) for s in stage.steps):
        yield "a toolchain may only install packages: its steps do not run without containers"
    for name, pairs in (("env", stage.env), ("facts", stage.facts)):
        for pair in pairs:
            if [type(each) for each in pair] != [str, str]:
                yield f"`{name}` must be pairs of strings, but has {pair!r}"
    for step in stage.steps:
        if isinstance(step, Run):
            yield from _cache_problems(step)


def _cache_problems(step: Run) -> Iterator[str]:
    for mount in step.caches:
        if problem := _path_problem(mount.directory):
            yield f"the cache directory {mount.directory!r} is {problem}"
        if mount.sharing not in _SHARING:
            known = " or ".join(f"`{each}`" for each in _SHARING)
            yield f"`sharing` of a cache must be {known}, but is {mount.sharing!r}"


def _artifact_problems(build: ServiceBuild) -> Iterator[str]:
    for artifact in build.artifacts:
        if artifact.name in ("", ".", "..") or "/" in artifact.name:
            yield f"returned the artifact {artifact.name!r}: its name must be a file name"
        if artifact.source != "." and (problem := _path_problem(artifact.source)):
            yield f"returned an artifact from {artifact.source!r}, which is {problem}"
    names = Counter(artifact.name for artifact in build.artifacts)
    for name, times in names.items():
        if times > 1:
            yield f"returned {times} artifacts with the name `{name}`"


def _copied(stage: Stage) -> Iterator[str]:
    for step in stage.steps:
        if isinstance(step, Copy):
            yield from step.files


def _copied_by_parents(stages: Sequence[Stage], shared: Sequence[Stage]) -> set[str]:
    """The files that shared stages copy which decide the result of some stages."""
    known = {stage.name: stage for stage in shared}
    found: set[str] = set()
    for stage in stages:
        base = stage.base
        while isinstance(base, StageRef) and not base.speed_only and base.stage in known:
            found.update(_copied(known[base.stage]))
            base = known[base.stage].base
    return found


def _path_problem(path: object) -> str:
    """Why something is not a path in the source tree or below a directory; empty if it is."""
    if not isinstance(path, str):
        return "not a string"
    if path.startswith("/"):
        return "absolute"
    if path == ".." or path.startswith("../"):
        return "outside"
    return "" if path and posixpath.normpath(path) == path else "not a normalized path"


def _some(paths: Iterable[str]) -> str:
    named = sorted(paths)
    shown = ", ".join(f"`{path}`" for path in named[:_MOST_SHOWN])
    more = len(named) - _MOST_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _shown(value: object) -> str:
    return "nothing" if value is None else f"`{type(value).__name__}`"
