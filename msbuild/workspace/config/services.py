"""Creates services, with their runtime images and dependencies: named, discovered or both."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from msbuild.model import NONROOT, SCRATCH, Asset, Dependency, Healthcheck, Runtime, Service, User
from msbuild.workspace.config.builders import choose_builder, read_inputs, read_options
from msbuild.workspace.config.discover import asset_paths, discover
from msbuild.workspace.config.formats import seconds
from msbuild.workspace.config.problems import Given, Meant, shown
from msbuild.workspace.config.schema import SERVICE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from msbuild.workspace.config.discover import Found
    from msbuild.workspace.config.problems import Problems, Scope


@dataclass(frozen=True, slots=True)
class Candidate:
    """A service to be created.

    Attributes:
        given: all of its settings.
        path: the directory that was discovered for it.
        lenient: the assets come from a template, and this directory may lack some of them.
    """

    name: str
    given: Given
    path: str | None = None
    lenient: bool = False


def make_services(scope: Scope) -> Mapping[str, Service]:
    """The services by name: first the named ones, then those that are only discovered."""
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
    # if its directory is missing, report that, not its missing assets
    paths = scope.paths if scope.paths and scope.paths.is_directory(path) else None
    for item in candidate.given.get("assets") or ():
        source, destination = asset_paths(item)
        if source is None:
            continue
        full = posixpath.normpath(posixpath.join(path, source))
        if candidate.lenient and paths and not paths.exists(full):
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
                f"service `{candidate.name}` was discovered in {shown(candidate.path or '')}, "
                f"but `path` is {shown(path.value)}",
                "remove `path`, choose another name, or `exclude` the discovered directory",
            )
    elif "path" not in given and candidate.path is None and scope.paths:
        scope.problems.add(
            given.key,
            f"{shown(candidate.name)} is missing `path`",
            "add its directory, or let `discover:` find it",
            Meant(candidate.name, found.keys()),
        )


# For a name without ids: above the ids that distributions assign, within 16 bits.
_NAMED_ID = 10_001
_NOBODY = "nobody"
_NOBODY_ID = 65_534


def make_runtime(given: Given | None, service: str, problems: Problems) -> Runtime:
    """The runtime of a service.

    Args:
        given: its settings, with the defaults merged in.
        service: the service's name, for messages.
        problems: receives contradictions.
    """
    if given is None:
        return Runtime()
    base = given.plain("base")
    if base == SCRATCH and given.plain("packages") and not given.is_wrong("base"):
        problems.add(
            given["packages"].key,
            f"`{service}` is based on `scratch`, where packages cannot be installed",
            "use a distribution as the base: `base: debian:trixie-slim`",
        )
    entrypoint = given.plain("entrypoint")
    return Runtime(
        base=base,
        user=_user(given.get("user")),
        workdir=given.plain("workdir"),
        env=given.plain("env") or {},
        ports=given.plain("ports") or (),
        entrypoint=entrypoint,
        command=given.plain("command"),
        labels=given.plain("labels") or {},
        healthcheck=_healthcheck(given.get("healthcheck")),
        packages=given.plain("packages"),
        certificates=given.plain("certificates"),
    )


def _user(given: Given | None) -> User:
    if given is None:
        return NONROOT
    if isinstance(given.value, dict):
        return _named_user(given.plain("name") or "", given.plain("uid"), given.plain("gid"))
    uid, _, gid = given.value.partition(":")
    if uid.isdigit():
        return User(int(uid), int(gid or uid))
    return _named_user(given.value, None, None)


def _named_user(name: str, uid: int | None, gid: int | None) -> User:
    uid = uid or (_NOBODY_ID if name == _NOBODY else _NAMED_ID)
    return User(uid, uid if gid is None else gid, name)


def _healthcheck(given: Given | None) -> Healthcheck | None:
    if given is None:
        return None
    times: dict[str, Any] = {
        name: seconds(given.plain(name))
        for name in ("interval", "timeout", "start_period")
        if given.get(name)
    }
    return Healthcheck(given.plain("command") or (), retries=given.plain("retries"), **times)


# A single mistake can create thousands of cycles.
_CYCLES = 20


def make_dependencies(
    given: Given, services: Collection[str], scope: Scope
) -> Iterator[Dependency]:
    """The dependencies of a service; every name must exist.

    Args:
        given: the settings of the service.
        services: the names of all services.
        scope: the whole config.
    """
    for item in given.get("depends_on") or ():
        named = item.get("stage") or item.get("service")
        if named is None:
            continue
        if "stage" in item:
            _check(named, "stage", scope.names("stages"), services, scope)
        else:
            _check(named, "service", services, scope.names("stages"), scope)
        yield Dependency(named.value, item.plain("from"), item.plain("to"), named.at)


def _check(
    named: Given, kind: str, known: Collection[str], others: Collection[str], scope: Scope
) -> None:
    name = named.value
    if name in known or _is_unsure(kind, scope):
        return
    hint = None if known else f"the config has no {kind}s"
    if name in others:
        other = "service" if kind == "stage" else "stage"
        hint = f"it is a {other}: write `{other}: {name}`"
    scope.problems.add(
        named.at, f"unknown {kind} {shown(name)}", hint, None if hint else Meant(name, known)
    )


def _is_unsure(kind: str, scope: Scope) -> bool:
    """Whether names may be missing because of a problem that is already reported."""
    if kind == "stage":
        return scope.config.is_wrong("stages")
    wrong = any(scope.config.is_wrong(key) for key in ("services", "discover"))
    return wrong or (scope.paths is None and "discover" in scope.config)


def check_cycles(services: Mapping[str, Service], problems: Problems) -> None:
    """Add a problem for each dependency cycle, with its full path."""
    edges = {
        name: [each.name for each in service.depends_on if each.name in services]
        for name, service in services.items()
    }
    for cycle in islice(_cycles(edges), _CYCLES):
        first, second = cycle[:2]
        at = next(each.at for each in services[first].depends_on if each.name == second)
        problems.add(
            at, f"dependency cycle: {' -> '.join(cycle)}", "remove one of these dependencies"
        )


def _cycles(edges: Mapping[str, Sequence[str]]) -> Iterator[Sequence[str]]:
    """Cycles, at least one of each strongly connected part. Iterative, as they can be long."""
    on_way: dict[str, bool] = {}
    for start in edges:
        if start in on_way:
            continue
        way, left = [start], [iter(edges[start])]
        on_way[start] = True
        while way:
            child = next(left[-1], None)
            if child is None:
                on_way[way.pop()] = False
                left.pop()
            elif child not in on_way:
                on_way[child] = True
                way.append(child)
                left.append(iter(edges[child]))
            elif on_way[child]:
                yield [*way[way.index(child) :], child]
