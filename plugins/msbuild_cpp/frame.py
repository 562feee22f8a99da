"""Where a command runs: its directory, its file, its variables, and how sure it is to run."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild_cpp.project import Target
from msbuild_cpp.scope import COMPUTED, FOUND, UNSET
from msbuild_cpp.values import (
    UNKNOWN,
    is_blank,
    is_known,
    path_of,
    pattern_of,
    plain,
    without_conditions,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from msbuild_cpp.project import Directory, Project
    from msbuild_cpp.scope import Scope
    from msbuild_cpp.syntax import Argument, Command, Node
    from msbuild_cpp.tree import Tree

Handler = "Callable[[Frame, Command], None]"


@dataclass(frozen=True, slots=True)
class Function:
    """A function or macro: the command that opens it, its body, and where it comes from."""

    head: Command
    body: tuple[Node, ...]
    directory: str
    file: str


@dataclass(slots=True)
class World:
    """What all frames of one reading share.

    Attributes:
        read: runs a file of commands in a frame.
        run: runs a text of commands in a frame.
        enter: runs a directory that a frame adds.
        functions: by name; several where a condition is for CMake to know.
        written: what is written to files of the build tree, as CMake would show them.
        configured: the templates of files of the build tree, likewise.
        fetched: where the sources are of what ``FetchContent`` knows.
        steps: how many commands were run.
    """

    project: Project
    tree: Tree
    read: Callable[[str, Frame], None]
    run: Callable[[str, Frame], None]
    enter: Callable[[str, Frame], None]
    functions: dict[str, tuple[Function, ...]] = dataclasses.field(default_factory=dict)
    fetched: dict[str, str] = dataclasses.field(default_factory=dict)
    written: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    configured: dict[str, str] = dataclasses.field(default_factory=dict)
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a command runs.

    Attributes:
        file: the file that holds the command.
        uncertain: whether a condition above it is for CMake to know.
        settled: whether its scope only counts where the command does run: that of a branch, which
            is joined with the other ones, or a new one.
        depth: how many files and functions deep it is.
        listed: what the loops around it go through, as far as that was found by looking.
    """

    world: World
    scope: Scope
    directory: Directory
    file: str
    uncertain: bool = False
    settled: bool = False
    depth: int = 0
    listed: tuple[str, ...] = ()

    @property
    def doubtful(self) -> bool:
        """Whether a variable that is set here may also keep what it had."""
        return self.uncertain and not self.settled

    def maybe(self) -> Frame:
        """The same place under a condition that is for CMake to know."""
        return dataclasses.replace(self, uncertain=True, settled=False)

    def branch(self) -> Frame:
        """The same place in a branch whose variables are joined with those of the others."""
        return dataclasses.replace(self, uncertain=True, settled=True)

    def values(self, arguments: Iterable[Argument]) -> list[str]:
        """What arguments come to, all choices among them."""
        return [plain(value) for value in self.scope.expand_all(arguments)]

    def positions(self, arguments: Iterable[Argument]) -> list[list[str]]:
        """What may stand at each position, where a variable may hold one value or another."""
        found: list[list[str]] = []
        for argument in arguments:
            if argument.kind in ("bracket", "paren"):
                found.append([argument.text])
            elif len(texts := self.scope.texts(argument.text)) > 1:
                found.append([plain(value) for text in texts for value in text.split(";")])
            else:
                found += [[plain(value)] for value in self.scope.expand(argument)]
        return found

    def assign(self, name: str, choices: Sequence[str]) -> None:
        """Set a variable."""
        self.scope.assign(name, choices, uncertain=self.doubtful)

    def compute(self, name: str) -> None:
        """Set a variable to what only CMake knows."""
        self.assign(name, (COMPUTED,))

    def at(self, command: Command) -> str:
        """The place of a command, for reasons."""
        return f"{self.file}:{command.line}"

    def path(self, value: str) -> str | None:
        """The path that a value means."""
        return path_of(value, self.directory.path)

    def paths(self, value: str, *, directories: bool = False) -> list[str]:
        """Every file, or directory, of the tree that a value may mean."""
        is_there = self.world.tree.is_directory if directories else self.world.tree.is_file
        found: list[str] = []
        for part in without_conditions(value):
            path = self.path(part)
            if path is not None and is_there(path):
                found.append(path)
            elif not is_known(part) and not is_blank(part):
                pattern = pattern_of(part, self.directory.path)
                found += (
                    self.world.tree.matching(
                        pattern, directories=directories, outside=_leads_out(part)
                    )
                    if pattern
                    else []
                )
        return found

    def name_files(self, values: Iterable[str], reason: str) -> None:
        """Note the files that a command reads when CMake configures."""
        for value in values:
            for path in self.paths(value):
                self.directory.named.setdefault(path, reason)

    def name_found(self, values: Iterable[str], command: Command) -> None:
        """Note files that were found by looking, where it counts which and how many they are."""
        for value in values:
            if FOUND not in value:
                continue
            for part in value.split(FOUND)[1:]:
                for path in self.paths(re.split(r"[;\s\"',]", part)[0]):
                    reason = f"listed for {self.at(command)}"
                    self.directory.named.setdefault(path, reason)

    def target(self, name: str, kind: str = "") -> Target | None:
        """A target that a command of this directory changes; made if a kind is given."""
        project = self.world.project
        found = project.target(name)
        if found is None and kind:
            found = project.targets[name] = Target(name, kind, self.directory.path)
        if found is None:
            self.directory.refers.setdefault(name)
            return None
        found.directories.add(self.directory.path)
        found.certain = found.certain or (bool(kind) and not self.uncertain)
        return found


def _leads_out(value: str) -> bool:
    """Whether a value that is known in parts says that it is outside of its directory."""
    return ".." in UNKNOWN.split(plain(value))[0]


def is_computed(value: str) -> bool:
    """Whether a command computes all of a value, so that it may be anything."""
    return COMPUTED in value and not value.strip(COMPUTED + UNSET)
