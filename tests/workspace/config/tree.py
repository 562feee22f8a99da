"""A workspace on disk, and the ways to read its config."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin.manager import load_plugins
from msbuild.workspace.config import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from msbuild.model import Workspace
    from msbuild.plugin.api import Language


class Tree:
    """A directory with a config and sources."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, files: Iterable[str] = (), links: Mapping[str, str] | None = None) -> None:
        """Create files, each with its path as its content, and symbolic links."""
        for path in files:
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(path)
        for path, target in (links or {}).items():
            (self.root / path).symlink_to(target)

    def configure(self, config: bytes) -> None:
        """Write the config."""
        (self.root / "msbuild.yaml").write_bytes(config)

    def load(self, text: str, environment: Mapping[str, str] | None = None) -> Workspace:
        """The workspace of a config."""
        self.configure(text.encode())
        return load(self.root / "msbuild.yaml", languages_of, environment or {})


def languages_of(modules: Sequence[str], used: Collection[str]) -> Mapping[str, Language]:
    """The used languages, if they are installed or listed."""
    return {name: plugin.language for name, plugin in load_plugins(modules, used).items()}
