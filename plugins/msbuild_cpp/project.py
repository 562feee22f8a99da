"""A CMake project, read without running CMake, and the parts of it that a program needs."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild_cpp.values import BUILD_ROOT, may_be

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild_cpp.tree import Tree


@dataclass(slots=True)
class Includes:
    """The search path for headers, and the macros that select them.

    Attributes:
        directories: the include directories.
        definitions: texts of compiler flags, which may define macros.
        forced: files that flags include into every source, as written.
        incomplete: why there may be more directories than these; empty if there are not.
    """

    directories: dict[str, None] = field(default_factory=dict)
    definitions: list[str] = field(default_factory=list)
    forced: dict[str, None] = field(default_factory=dict)
    incomplete: str = ""

    def add(self, includes: Includes) -> None:
        """Add other includes."""
        self.directories |= includes.directories
        self.definitions += includes.definitions
        self.forced |= includes.forced
        self.incomplete = self.incomplete or includes.incomplete


@dataclass(slots=True)
class Target:
    """A program, a library, a custom target, or a rule that generates files.

    Attributes:
        kind: ``executable``, ``library``, ``custom`` or ``rule``.
        home: the directory whose ``CMakeLists.txt`` defines it.
        certain: whether it is defined regardless of unknown conditions.
        defined_at: the file and line that define it, for messages.
        library_types: the types that a library may have: ``STATIC``, ``SHARED`` and so on; empty if
            unknown.
        directories: the directories of all ``CMakeLists.txt`` files that define or change it.
        sources: its files, each with the reason.
        must_exist: files that CMake requires to exist, though no compiler reads them.
        generated: its files that are not in the source tree, as paths in CMake.
        outputs: the files that a rule generates, as paths in CMake.
        widened: directories whose files are all inputs, each with the reason.
        own: the includes of its sources.
        interface: the includes of targets that link it.
        links: the names that it links or depends on: targets, and third-party libraries.
        working_directories: directories of the source tree that a rule runs in.
        incomplete: why not all of its files are known; empty if they are.
    """

    name: str
    kind: str
    home: str
    certain: bool = False
    defined_at: str = ""
    library_types: set[str] = field(default_factory=set)
    directories: set[str] = field(default_factory=set)
    sources: dict[str, str] = field(default_factory=dict)
    must_exist: set[str] = field(default_factory=set)
    generated: set[str] = field(default_factory=set)
    outputs: set[str] = field(default_factory=set)
    widened: dict[str, str] = field(default_factory=dict)
    own: Includes = field(default_factory=Includes)
    interface: Includes = field(default_factory=Includes)
    links: dict[str, None] = field(default_factory=dict)
    working_directories: set[str] = field(default_factory=set)
    incomplete: str = ""


@dataclass(slots=True)
class Directory:
    """A directory with a ``CMakeLists.txt``.

    Attributes:
        parent: the directory whose ``CMakeLists.txt`` adds it.
        scripts: other files of commands that CMake reads here, each with the reason.
        reads: files that commands read when CMake configures, each with the reason.
        templates: files whose text gets into sources.
        depends: files of the build tree that sources here depend on, as paths in CMake.
        listed: files named in files that CMake reads: possible sources of incomplete targets.
        tested_directories: directories whose existence a condition tests.
        widened: directories whose files are all inputs, each with the reason.
        needs: directories that set variables, functions or properties used here.
        required_targets: targets that must exist for the commands here to work.
        links: the names that all targets here and below link.
        includes: the includes of all targets here and below.
        children: the directories that it adds; true for those that it adds by name and that must
            exist.
    """

    path: str
    parent: str | None
    scripts: dict[str, str] = field(default_factory=dict)
    reads: dict[str, str] = field(default_factory=dict)
    templates: dict[str, None] = field(default_factory=dict)
    depends: set[str] = field(default_factory=set)
    listed: dict[str, str] = field(default_factory=dict)
    tested_directories: set[str] = field(default_factory=set)
    widened: dict[str, str] = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)
    required_targets: dict[str, None] = field(default_factory=dict)
    links: dict[str, None] = field(default_factory=dict)
    includes: Includes = field(default_factory=Includes)
    children: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Project:
    """Everything that one top ``CMakeLists.txt`` adds.

    Attributes:
        root: the directory of the top ``CMakeLists.txt``.
        tree: the source tree.
        aliases: the names of targets by their aliases.
        rules: the custom commands that generate files.
    """

    root: str
    tree: Tree
    directories: dict[str, Directory] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    rules: list[Target] = field(default_factory=list)

    def target(self, name: str) -> Target | None:
        """The target with a name or alias; ``None`` if the project has none."""
        for _ in range(8):
            if name not in self.aliases:
                break
            name = self.aliases[name]
        return self.targets.get(name)

    def candidates(self, name: str) -> list[Target]:
        """The targets that a name may mean, including those whose names are only partly known."""
        target = self.target(name)
        if target is not None:
            return [target]
        return [target for target in self.targets.values() if may_be(target.name, name)]

    def chain(self, directory: str) -> list[Directory]:
        """A directory, its parent, and so on up to the root."""
        chain: list[Directory] = []
        step: str | None = directory
        while step is not None and step in self.directories and len(chain) < len(self.directories):
            chain.append(self.directories[step])
            step = self.directories[step].parent
        return chain


@dataclass(slots=True)
class Reach:
    """The parts of a project that a program needs.

    Attributes:
        targets: the targets and rules that it is built from, by name, in the order of discovery.
        directories: the directories that CMake must configure, each with the reason.
    """

    targets: dict[str, Target] = field(default_factory=dict)
    directories: dict[str, str] = field(default_factory=dict)


def reach(wanted: Iterable[Target], project: Project) -> Reach:
    """The targets to build for some targets, and the directories to configure for them."""
    result = Reach()
    _targets(wanted, project, result)
    _directories(project, result)
    return result


def _targets(wanted: Iterable[Target], project: Project, result: Reach) -> None:
    waiting = list(wanted)
    outputs = frozenset(path for rule in project.rules for path in rule.outputs)
    while waiting:
        target = waiting.pop()
        if target.name in result.targets:
            continue
        result.targets[target.name] = target
        waiting.extend(_linked(target, project))
        waiting.extend(_rules(target, project, outputs))


def _linked(target: Target, project: Project) -> list[Target]:
    names = [*target.links]
    for directory in project.chain(target.home):
        names += directory.links
    return [linked for name in names for linked in project.candidates(name)]


def _rules(target: Target, project: Project, outputs: frozenset[str]) -> list[Target]:
    """The custom commands that generate files of a target."""
    wanted = target.generated | _depends(target, project)
    names: set[str] = set()
    if wanted.isdisjoint(outputs):
        # a directory may have another path in the build tree: compare file names
        names = {posixpath.basename(path) for path in wanted if path.startswith(BUILD_ROOT)}
    return [
        rule
        for rule in project.rules
        if rule.outputs & wanted
        or (names and not names.isdisjoint(map(posixpath.basename, rule.outputs)))
        or (rule.home in target.directories and (rule.incomplete or target.incomplete))
    ]


def _depends(target: Target, project: Project) -> set[str]:
    """The generated files that the sources of a target depend on by properties."""
    files: set[str] = set()
    if target.kind != "rule":
        for path in target.directories & project.directories.keys():
            files |= project.directories[path].depends
    return files


def _directories(project: Project, result: Reach) -> None:
    waiting = [project.root]
    reasons = {project.root: "the top of the project"}

    def want(path: str, reason: str) -> None:
        if path in project.directories and path not in reasons:
            reasons[path] = reason
            waiting.append(path)

    for target in result.targets.values():
        for path in sorted(target.directories):
            want(path, f"defines target {target.name}")
    while waiting:
        path = waiting.pop(0)
        for needed, reason in _needed(project.directories[path], project):
            want(needed, reason)
    result.directories = reasons


def _needed(directory: Directory, project: Project) -> Iterator[tuple[str, str]]:
    """The directories that a directory depends on when CMake configures it, with reasons."""
    if directory.parent is not None:
        yield directory.parent, f"adds {directory.path}"
    for needed in sorted(directory.needs):
        yield needed, f"defines names used by {directory.path or '.'}"
    for name in _required(directory.path, project):
        for required in project.candidates(name):
            for home in sorted(required.directories):
                yield home, f"defines target {name}"


def _required(path: str, project: Project) -> list[str]:
    """The targets that must exist when CMake configures a directory."""
    directory = project.directories[path]
    links = [
        name
        for target in project.targets.values()
        if path in target.directories
        for name in target.links
        # CMake requires a name with colons to be a target
        if "::" in name
    ]
    return [
        *directory.required_targets,
        *links,
        *(name for name in directory.links if "::" in name),
    ]


def includes_of(target: Target, project: Project) -> Includes:
    """The includes of a target, with those of its directories and of targets that it links."""
    includes = Includes()
    includes.add(target.own)
    for directory in project.chain(target.home):
        includes.add(directory.includes)
    seen, waiting = {target.name}, _linked(target, project)
    while waiting:
        linked = waiting.pop(0)
        if linked.name not in seen:
            seen.add(linked.name)
            includes.add(linked.interface)
            waiting.extend(_linked(linked, project))
    return includes
