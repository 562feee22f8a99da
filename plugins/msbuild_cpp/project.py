"""What a CMake project is, as far as it can be told without running CMake."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Target:
    """A program or library.

    Attributes:
        kind: ``executable`` or ``library``.
        directories: of the ``CMakeLists.txt`` files that define it or add to it.
        includes: directories in which its sources look for headers.
        links: names it is linked with or needs first: targets, and libraries from elsewhere.
        unclear: why its list of sources is not known, where it is not.
    """

    name: str
    kind: str
    directories: set[str] = field(default_factory=set)
    includes: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    unclear: str = ""


@dataclass(slots=True)
class Directory:
    """A directory with a ``CMakeLists.txt``.

    Attributes:
        parent: the directory whose ``CMakeLists.txt`` adds it.
        scripts: files of commands that CMake reads here, each with why.
        named: files that a command names, each with where.
        needs: directories that set what is used here.
        links: names that a command of the directory refers to.
        children: directories it adds; true for those it adds by name, so that they must be there.
        unclear: directories to be taken whole, each with why.
    """

    path: str
    parent: str | None
    scripts: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    children: dict[str, bool] = field(default_factory=dict)
    unclear: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Project:
    """Everything below one top ``CMakeLists.txt``.

    Attributes:
        root: the directory of the top ``CMakeLists.txt``.
        aliases: targets by their other names.
        unclear: why parts of the project are not known, where they are not.
    """

    root: str
    directories: dict[str, Directory] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    unclear: str = ""

    def target(self, name: str) -> Target | None:
        """The target of a name or alias, if it is one of the project's."""
        return self.targets.get(self.aliases.get(name, name))
