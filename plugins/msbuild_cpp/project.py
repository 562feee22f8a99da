"""What a CMake project is, as far as it can be told without running CMake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild_cpp.values import may_be

if TYPE_CHECKING:
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
