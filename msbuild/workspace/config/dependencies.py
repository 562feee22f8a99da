"""Makes what services depend on, and finds what depends on itself in the end."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from msbuild.model import Dependency
from msbuild.workspace.config.problems import Meant, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from msbuild.model import Service
    from msbuild.workspace.config.given import Given
    from msbuild.workspace.config.problems import Problems
    from msbuild.workspace.config.scope import Scope

# One mistake may close thousands of cycles.
_CYCLES = 20


def make_dependencies(
    given: Given, services: Collection[str], scope: Scope
) -> Iterator[Dependency]:
    """What a service depends on; every name must exist.

    Args:
        given: what is said about the service.
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
        named.at, f"there is no {kind} {shown(name)}", hint, None if hint else Meant(name, known)
    )


def _is_unsure(kind: str, scope: Scope) -> bool:
    """Whether names may be missing for a reason that is told already."""
    if kind == "stage":
        return scope.config.is_wrong("stages")
    wrong = any(scope.config.is_wrong(key) for key in ("services", "discover"))
    return wrong or (scope.paths is None and "discover" in scope.config)


def check_cycles(services: Mapping[str, Service], problems: Problems) -> None:
    """Note services that need themselves, with the whole way round."""
    edges = {
        name: [each.name for each in service.depends_on if each.name in services]
        for name, service in services.items()
    }
    for cycle in islice(_cycles(edges), _CYCLES):
        first, second = cycle[:2]
        at = next(each.at for each in services[first].depends_on if each.name == second)
        way = " -> ".join(cycle)
        problems.add(
            at, f"service `{first}` depends on itself: {way}", "take one of the dependencies out"
        )


def _cycles(edges: Mapping[str, Sequence[str]]) -> Iterator[Sequence[str]]:
    """Ways that end where they begin; at least one of every knot. No recursion: it may be long."""
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
