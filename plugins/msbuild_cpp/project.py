"""A CMake project, as far as it is known without running CMake, and what a program needs of it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild_cpp.scope import BINARY
from msbuild_cpp.values import may_be

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild_cpp.headers import Headers
    from msbuild_cpp.tree import Tree


@dataclass(slots=True)
class Includes:
    """Where and how compilers look for headers.

    Attributes:
        directories: in which headers are looked for.
        definitions: macros given to the compiler, as they stand in the command.
        forced: files that every source includes, as they are named.
        unclear: why more directories may be meant than are known, where that is so.
    """

    directories: dict[str, None] = field(default_factory=dict)
    definitions: list[str] = field(default_factory=list)
    forced: dict[str, None] = field(default_factory=dict)
    unclear: str = ""

    def add(self, other: Includes) -> None:
        """Look there, too."""
        self.directories |= other.directories
        self.definitions += other.definitions
        self.forced |= other.forced
        self.unclear = self.unclear or other.unclear


@dataclass(slots=True)
class Target:
    """A program, a library, a custom target, or a rule that makes files.

    Attributes:
        kind: ``executable``, ``library``, ``custom`` or ``rule``.
        home: the directory whose ``CMakeLists.txt`` defines it.
        defined: the place where it is defined, for messages.
        forms: what kind of library it may be: ``STATIC``, ``SHARED`` and so on; none if unknown.
        directories: of all ``CMakeLists.txt`` files that define it or add to it.
        sources: its files, each with why.
        asked: files that CMake asks for, though no compiler reads them.
        generated: its files that are not in the source tree, as CMake would show them.
        outputs: what a rule makes, likewise.
        taken: directories to be taken whole, each with why.
        own: where its sources look for headers.
        offered: where those look for headers that link it.
        links: names it is linked with or needs first: targets, and libraries from elsewhere.
        unclear: why not all of its files are known, where that is so.
        places: directories of the tree that a rule is run in.
        certain: whether it is defined whatever the conditions are that only CMake knows.
    """

    name: str
    kind: str
    home: str
    certain: bool = False
    defined: str = ""
    forms: set[str] = field(default_factory=set)
    directories: set[str] = field(default_factory=set)
    sources: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    generated: set[str] = field(default_factory=set)
    outputs: set[str] = field(default_factory=set)
    taken: dict[str, str] = field(default_factory=dict)
    own: Includes = field(default_factory=Includes)
    offered: Includes = field(default_factory=Includes)
    links: dict[str, None] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)
    unclear: str = ""


@dataclass(slots=True)
class Directory:
    """A directory with a ``CMakeLists.txt``.

    Attributes:
        parent: the directory whose ``CMakeLists.txt`` adds it.
        scripts: files of commands that CMake reads here, each with why.
        named: files that a command reads when CMake configures, each with why.
        listed: files that are named in what CMake reads: sources, where those are not known.
        depends: files of the build tree that sources here depend on, as CMake would show them.
        templates: those of them that become sources.
        present: directories that a condition asks for.
        taken: directories to be taken whole, each with why.
        needs: directories that set what is used here.
        refers: targets that must be there for a command to work.
        links: what all targets here and below are linked with.
        includes: where the sources of all targets here and below look for headers.
        children: directories it adds; true for those it adds by name, so that they must be there.
    """

    path: str
    parent: str | None
    scripts: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    templates: dict[str, None] = field(default_factory=dict)
    depends: set[str] = field(default_factory=set)
    listed: dict[str, str] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    taken: dict[str, str] = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)
    refers: dict[str, None] = field(default_factory=dict)
    links: dict[str, None] = field(default_factory=dict)
    includes: Includes = field(default_factory=Includes)
    children: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Project:
    """Everything below one top ``CMakeLists.txt``.

    Attributes:
        root: the directory of the top ``CMakeLists.txt``.
        tree: the source tree.
        aliases: targets by their other names.
        rules: the custom commands.
        headers: what the sources of targets include, as far as somebody asked.
    """

    root: str
    tree: Tree
    directories: dict[str, Directory] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    rules: list[Target] = field(default_factory=list)
    headers: dict[str, Headers] = field(default_factory=dict)

    def target(self, name: str) -> Target | None:
        """The target of a name or alias, if it is one of the project's."""
        for _ in range(8):
            if name not in self.aliases:
                break
            name = self.aliases[name]
        return self.targets.get(name)

    def meant(self, name: str) -> list[Target]:
        """The targets that a name may mean: those, too, whose names are not known in full."""
        found = self.target(name)
        if found is not None:
            return [found]
        return [target for target in self.targets.values() if may_be(target.name, name)]

    def chain(self, directory: str) -> list[Directory]:
        """A directory, the one that adds it, and so on up to the root."""
        found: list[Directory] = []
        step: str | None = directory
        while step is not None and step in self.directories and len(found) < len(self.directories):
            found.append(self.directories[step])
            step = self.directories[step].parent
        return found


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
