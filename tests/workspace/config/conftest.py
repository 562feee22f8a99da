from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

import pytest

from msbuild.plugin import manager
from tests.workspace.config.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The installed plugins are those of `tests.workspace.config.languages`."""
    entry = EntryPoint("go", "tests.workspace.config.languages", "msbuild")
    monkeypatch.setattr(manager, "installed_plugins", lambda: [entry])


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plugins: None) -> Tree:
    """An empty directory, which is the working directory, inside another one."""
    del plugins
    root = tmp_path / "repository"
    root.mkdir()
    monkeypatch.chdir(root)
    return Tree(root)
