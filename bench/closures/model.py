"""What an oracle is asked for, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Program:
    """One program of a tree, as a service would name it.

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
        programs: by name.
        unread: directories or files that the tools of the language cannot read, each with why:
            whatever is there is not compared.
    """

    programs: Sequence[Program]
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Truth:
    """What the compiler says about one program.

    Attributes:
        files: the files of the tree that it reads.
        facts: what else decides the program, by name: linked modules, features, flags.
        configuration: files that the build tool reads to find all this. What they come to is among
            the facts, so they are neither missed nor extra.
    """

    files: frozenset[str]
    facts: Mapping[str, str]
    configuration: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the compiler says about programs.

    Attributes:
        skipped: names of programs about which the compiler says nothing, each with why.
    """

    programs: Mapping[Program, Truth]
    skipped: Mapping[str, str] = field(default_factory=dict)


class Oracle(Protocol):
    """Asks the tools of one language. It may keep what it needs to answer faster next time.

    Attributes:
        language: the plugin that is compared.
        builder_options: the options of the builder of all programs.
        builder_env: its environment.
    """

    language: str
    builder_options: Mapping[str, Any]
    builder_env: Mapping[str, str]

    def programs(self, tree: Path) -> Found:
        """All programs of a tree, which no one else changes."""

    def ask(self, tree: Path, programs: Collection[Program]) -> Answer:
        """What the compiler says about programs that were found in the tree right before."""
