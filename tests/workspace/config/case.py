"""An invalid config and its expected messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# The start of most configs in the tables: their own lines begin at line 4.
HEAD = """\
version: 1
workspace: shop
builders: {go: {image: "golang:1.23"}}
"""
# The files in the tree of each config.
TREE = ("api/main.go", "web/main.go", "web/static/logo.svg")


@dataclass(frozen=True, slots=True)
class Case:
    """An invalid config.

    Attributes:
        text: the rest of the config, after the head.
        stderr: the full output.
        head: the start of the config.
        files: more files of the tree.
        links: symbolic links of the tree, with their targets.
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
