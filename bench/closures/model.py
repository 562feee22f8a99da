"""The interface of an oracle, and its results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Program:
    """One program of a tree, as a service would describe it.

    Attributes:
        path: the service's path.
        options: the service's options.
    """

    name: str
    path: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Found:
    """The programs of a tree.

    Attributes:
        programs: the programs, sorted by name.
        unread: directories or files that the language's tools cannot read, with the reason for
            each; their programs are not compared.
    """

    programs: Sequence[Program]
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Truth:
    """The files that the compiler reads for one program.

    Attributes:
        files: the files of the tree that it reads.
        facts: other facts that determine the program, by name: linked modules, features, flags.
        configuration: files that the build tool reads to determine all this. Their effect is part
            of the facts, so they count as neither missed nor extra.
    """

    files: frozenset[str]
    facts: Mapping[str, str]
    configuration: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """The files that the compiler reads for several programs.

    Attributes:
        skipped: names of programs that the compiler cannot analyze, with the reason for each.
    """

    programs: Mapping[Program, Truth]
    skipped: Mapping[str, str] = field(default_factory=dict)


class Oracle(Protocol):
    """Runs the tools of one language. It may cache results to be faster next time.

    Attributes:
        language: the plugin to compare.
        builder_options: the options of the builder of all programs.
        builder_env: the environment of that builder.
    """

    language: str
    builder_options: Mapping[str, Any]
    builder_env: Mapping[str, str]

    def programs(self, tree: Path) -> Found:
        """All programs of a tree. Nothing else may change the tree."""

    def ask(self, tree: Path, programs: Collection[Program]) -> Answer:
        """The files that the compiler reads for programs that `programs` found in this tree."""
