"""Which targets a program needs, and which directories CMake must configure for them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild_cpp.project import Includes
from msbuild_cpp.scope import BINARY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild_cpp.project import Directory, Project, Target


@dataclass(slots=True)
class Reach:
    """What a program needs of a project.

    Attributes:
        targets: the targets and rules it is built from, by name, in the order they were reached.
        directories: the directories that CMake must configure, each with why.
    """

    targets: dict[str, Target] = field(default_factory=dict)
    directories: dict[str, str] = field(default_factory=dict)


def reach(wanted: Iterable[Target], project: Project) -> Reach:
    """What is built for some targets, and what must be configured for that."""
    found = Reach()
    _targets(wanted, project, found)
    _directories(project, found)
    return found


def _targets(wanted: Iterable[Target], project: Project, found: Reach) -> None:
    waiting = list(wanted)
    made = frozenset(path for rule in project.rules for path in rule.outputs)
    while waiting:
        target = waiting.pop()
        if target.name in found.targets:
            continue
        found.targets[target.name] = target
        waiting.extend(_linked(target, project))
        waiting.extend(_rules(target, project, made))


def _linked(target: Target, project: Project) -> list[Target]:
    names = [*target.links]
    for directory in project.chain(target.home):
        names += directory.links
    return [linked for name in names for linked in project.meant(name)]


def _rules(target: Target, project: Project, made: frozenset[str]) -> list[Target]:
    """The custom commands that make files of a target."""
    wanted = target.generated | _depends(target, project)
    names: set[str] = set()
    if wanted.isdisjoint(made):
        # a directory of the build tree may have been given another place: what is called so
        names = {posixpath.basename(path) for path in wanted if path.startswith(BINARY)}
    return [
        rule
        for rule in project.rules
        if rule.outputs & wanted
        or (names and not names.isdisjoint(map(posixpath.basename, rule.outputs)))
        or (rule.home in target.directories and (rule.unclear or target.unclear))
    ]


def _depends(target: Target, project: Project) -> set[str]:
    """What the sources of the directories of a target depend on."""
    found: set[str] = set()
    if target.kind != "rule":
        for path in target.directories & project.directories.keys():
            found |= project.directories[path].depends
    return found


def _directories(project: Project, found: Reach) -> None:
    waiting = [project.root]
    reasons = {project.root: "the top of the project"}

    def want(path: str, reason: str) -> None:
        if path in project.directories and path not in reasons:
            reasons[path] = reason
            waiting.append(path)

    for target in found.targets.values():
        for path in sorted(target.directories):
            want(path, f"defines target {target.name}")
    while waiting:
        path = waiting.pop(0)
        for needed, reason in _needed(project.directories[path], project):
            want(needed, reason)
    found.directories = reasons


def _needed(directory: Directory, project: Project) -> Iterator[tuple[str, str]]:
    """The directories without which CMake does not configure a directory as it is."""
    if directory.parent is not None:
        yield directory.parent, f"adds {directory.path}"
    for needed in sorted(directory.needs):
        yield needed, f"sets what {directory.path or '.'} uses"
    for name in _required(directory.path, project):
        for required in project.meant(name):
            for home in sorted(required.directories):
                yield home, f"defines target {name}"


def _required(path: str, project: Project) -> list[str]:
    """The targets without which CMake does not configure a directory."""
    directory = project.directories[path]
    links = [
        name
        for target in project.targets.values()
        if path in target.directories
        for name in target.links
        # a name with colons must be a target
        if "::" in name
    ]
    return [*directory.refers, *links, *(n for n in directory.links if "::" in n)]


def includes_of(target: Target, project: Project) -> Includes:
    """Where the compiler looks for the headers of a target's sources."""
    found = Includes()
    found.add(target.own)
    for directory in project.chain(target.home):
        found.add(directory.includes)
    seen, waiting = {target.name}, _linked(target, project)
    while waiting:
        linked = waiting.pop(0)
        if linked.name not in seen:
            seen.add(linked.name)
            found.add(linked.offered)
            waiting.extend(_linked(linked, project))
    return found
