"""A config that is wrong, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# What most configs of the tables start with: what is their own begins in line 4.
HEAD = """\
version: 1
workspace: shop
builders: {go: {image: "golang:1.23"}}
"""
# What is in the tree of every one of them.
TREE = ("api/main.go", "web/main.go", "web/static/logo.svg")


@dataclass(frozen=True, slots=True)
class Case:
    """A wrong config.

    Attributes:
        text: what follows the head.
        stderr: all that is printed.
        head: what comes before the text.
        files: more files of the tree.
        links: symbolic links of the tree, and where they lead.
        environment: environment variables.
    """

    name: str
    text: str | bytes
    stderr: str
    head: str = HEAD
    files: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> bytes:
        """The bytes of the config; the line break after the quotes is not part of it."""
        text = self.text if isinstance(self.text, bytes) else self.text.encode()
        return self.head.removeprefix("\n").encode() + text.removeprefix(b"\n")
