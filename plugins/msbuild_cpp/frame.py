"""The place where a command runs: directory, file, variables, and whether it is sure to run."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild_cpp.project import Target
from msbuild_cpp.values import (
    COMPUTED,
    FOUND,
    UNKNOWN,
    UNSET,
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
    from msbuild_cpp.syntax import Argument, Command, Node
    from msbuild_cpp.tree import Tree
    from msbuild_cpp.values import Scope


@dataclass(frozen=True, slots=True)
class Function:
    """A function or macro: the command that opens it, its body, and where it is defined."""

    head: Command
    body: tuple[Node, ...]
    directory: str
    file: str


@dataclass(slots=True)
class Interpreter:
    """The state that all frames of one project share: how to run commands, and their definitions.

    Attributes:
        read: runs the commands of a file in a frame.
        run: runs the commands of a text in a frame.
        enter: runs a directory that a frame adds.
        functions: by name; several where an unknown condition decides which one is defined.
        fetched: the source directories that ``FetchContent`` declared.
        written: the text written to each file of the build tree, by its path in CMake.
        configured: the template of each configured file of the build tree, by its path in CMake.
        steps: how many commands have run.
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
    """The place where a command runs.

    Attributes:
        file: the file that contains the command.
        uncertain: whether it depends on a condition that is unknown without running CMake.
        own_scope: whether the scope is used only if the command runs: the scope of a branch, which
            is joined with those of the other branches, or a new scope.
        depth: the number of files and functions around it.
        listed: the values that the loops around it iterate over and that come from listing files.
    """

    interpreter: Interpreter
    scope: Scope
    directory: Directory
    file: str
    uncertain: bool = False
    own_scope: bool = False
    depth: int = 0
    listed: tuple[str, ...] = ()

    @property
    def tree(self) -> Tree:
        """The source tree."""
        return self.interpreter.tree

    @property
    def may_keep_old_values(self) -> bool:
        """Whether a variable that is set here may also keep its old value."""
        return self.uncertain and not self.own_scope

    def maybe(self) -> Frame:
        """The same place under an unknown condition."""
        return dataclasses.replace(self, uncertain=True, own_scope=False)

    def branch(self) -> Frame:
        """The same place in a branch whose variables are joined with those of other branches."""
        return dataclasses.replace(self, uncertain=True, own_scope=True)

    def values(self, arguments: Iterable[Argument]) -> list[str]:
        """The values of arguments, with all choices."""
        return [plain(value) for value in self.scope.expand_all(arguments)]

    def positions(self, arguments: Iterable[Argument]) -> list[list[str]]:
        """The possible values at each position, where variables have several choices."""
        values: list[list[str]] = []
        for argument in arguments:
            if argument.kind in ("bracket", "paren"):
                values.append([argument.text])
            elif len(texts := self.scope.texts(argument.text)) > 1:
                values.append([plain(value) for text in texts for value in text.split(";")])
            else:
                values += [[plain(value)] for value in self.scope.expand(argument)]
        return values

    def assign(self, name: str, choices: Sequence[str]) -> None:
        """Set a variable."""
        self.scope.assign(name, choices, uncertain=self.may_keep_old_values)

    def compute(self, name: str) -> None:
        """Set a variable to an unknown value."""
        self.assign(name, (COMPUTED,))

    def at(self, command: Command) -> str:
        """The file and line of a command, for reasons."""
        return f"{self.file}:{command.line}"

    def path(self, value: str) -> str | None:
        """The path in the source tree that a value names; ``None`` if there is none."""
        return path_of(value, self.directory.path)

    def paths(self, value: str, *, directories: bool = False) -> list[str]:
        """All files, or directories, of the source tree that a value may name."""
        exists = self.tree.is_directory if directories else self.tree.is_file
        paths: list[str] = []
        for part in without_conditions(value):
            path = self.path(part)
            if path is not None and exists(path):
                paths.append(path)
            elif not is_known(part) and not is_blank(part):
                pattern = pattern_of(part, self.directory.path)
                paths += (
                    self.tree.matching(pattern, directories=directories, outside=_leads_out(part))
                    if pattern
                    else []
                )
        return paths

    def add_reads(self, values: Iterable[str], reason: str) -> None:
        """Record files that a command reads when CMake configures."""
        for value in values:
            for path in self.paths(value):
                self.directory.reads.setdefault(path, reason)

    def add_listed_reads(self, values: Iterable[str], command: Command) -> None:
        """Record files that a command found by listing, where their names and number matter."""
        for value in values:
            if FOUND not in value:
                continue
            for part in value.split(FOUND)[1:]:
                for path in self.paths(re.split(r"[;\s\"',]", part)[0]):
                    reason = f"listed by {self.at(command)}"
                    self.directory.reads.setdefault(path, reason)

    def target(self, name: str, kind: str = "") -> Target | None:
        """A target that a command of this directory changes; created if ``kind`` is given."""
        project = self.interpreter.project
        target = project.target(name)
        if target is None and kind:
            target = project.targets[name] = Target(name, kind, self.directory.path)
        if target is None:
            self.directory.required_targets.setdefault(name)
            return None
        target.directories.add(self.directory.path)
        target.certain = target.certain or (bool(kind) and not self.uncertain)
        return target


def _leads_out(value: str) -> bool:
    """Whether a partly known value leads out of its directory."""
    return ".." in UNKNOWN.split(plain(value))[0]


def is_computed(value: str) -> bool:
    """Whether a value is unknown because a command computed it, so that it may be anything."""
    return COMPUTED in value and not value.strip(COMPUTED + UNSET)
