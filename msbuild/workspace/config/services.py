"""Makes services: those the config names, those it discovers, and both laid over each other."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.model import Asset, Service
from msbuild.workspace.config.builders import choose_builder, read_inputs
from msbuild.workspace.config.dependencies import make_dependencies
from msbuild.workspace.config.discover import asset_paths, discover
from msbuild.workspace.config.given import Given
from msbuild.workspace.config.options import read_options
from msbuild.workspace.config.problems import Meant, shown
from msbuild.workspace.config.runtimes import make_runtime
from msbuild.workspace.config.schema import SERVICE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from msbuild.model import Runtime
    from msbuild.workspace.config.discover import Found
    from msbuild.workspace.config.scope import Scope


@dataclass(frozen=True, slots=True)
class Candidate:
    """What becomes a service.

    Attributes:
        given: everything that is said about it.
        path: the directory that was discovered for it.
        lenient: the assets are those of a template; not every directory has all of them.
    """

    name: str
    given: Given
    path: str | None = None
    lenient: bool = False


def make_services(scope: Scope) -> Mapping[str, Service]:
    """Every service by name: first those the config names, then those it only discovers."""
    entries = scope.config.get("discover")
    found: Mapping[str, Found] = {}
    if entries and scope.paths:
        found = discover(entries, scope.paths, scope.problems)
    candidates = list(_candidates(scope, found))
    for candidate in candidates:
        _check_path(candidate, found, scope)
    names = {candidate.name for candidate in candidates} | set(scope.names("services"))
    return {each.name: _make(each, names, scope) for each in candidates}


def _candidates(scope: Scope, found: Mapping[str, Found]) -> Iterator[Candidate]:
    named = scope.table("services")
    for name, given in named.items():
        if name not in found:
            yield Candidate(name, given)
            continue
        merged = given.over(found[name].template)
        yield Candidate(name, merged, found[name].path, lenient="assets" not in given)
    for name, each in found.items():
        if name not in scope.names("services"):
            given = Given(each.template.value, each.at, each.at, SERVICE)
            yield Candidate(name, given, each.path, lenient=True)


def _make(candidate: Candidate, names: Collection[str], scope: Scope) -> Service:
    name, given = candidate.name, candidate.given
    builder = choose_builder(given, scope)
    language = scope.language(builder) if builder else None
    options: Mapping[str, object] = {}
    if language:
        options = read_options(
            given.get("options"), language, "services", scope.reader, scope.problems
        )
    path = given.plain("path") or candidate.path or "."
    return Service(
        name=name,
        builder=builder or "",
        path=path,
        options=options,
        assets=tuple(_assets(candidate, path, scope)),
        runtime=_runtime(candidate, scope),
        depends_on=tuple(make_dependencies(given, names, scope)),
        at=given.key,
        cores=given.plain("cores"),
        inputs=read_inputs(given, scope),
    )


def _runtime(candidate: Candidate, scope: Scope) -> Runtime:
    defaults = scope.config.get("defaults")
    below = defaults.get("runtime") if defaults else None
    own = candidate.given.get("runtime")
    return make_runtime(own.over(below) if own else below, candidate.name, scope.problems)


def _assets(candidate: Candidate, path: str, scope: Scope) -> Iterator[Asset]:
    # without its directory nothing more can be said of what is in it
    paths = scope.paths if scope.paths and scope.paths.is_directory(path) else None
    for item in candidate.given.get("assets") or ():
        source, destination = asset_paths(item)
        if source is None:
            continue
        full = posixpath.normpath(posixpath.join(path, source))
        if candidate.lenient and paths and not paths.holds(full):
            continue
        if paths and not candidate.lenient:
            paths.expect(full, item.at)
        yield Asset(full, destination or source)


def _check_path(candidate: Candidate, found: Mapping[str, Found], scope: Scope) -> None:
    given = candidate.given
    if path := given.get("path"):
        if scope.paths:
            scope.paths.expect(path.value, path.at, directory=True)
        if candidate.path not in (None, path.value):
            scope.problems.add(
                path.at,
                f"service `{candidate.name}` is found at {shown(candidate.path or '')} "
                f"and is here at {shown(path.value)}",
                "leave `path` out, take another name, or `exclude` what `discover:` finds",
            )
    elif "path" not in given and candidate.path is None and scope.paths:
        scope.problems.add(
            given.key,
            f"{shown(candidate.name)} has no `path`",
            "name its directory, or let `discover:` find it",
            Meant(candidate.name, found.keys()),
        )
