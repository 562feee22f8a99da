"""The sample shop, built with this host's compilers and without an engine."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.docker.conftest import copy_shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.docker.cli import Workspace

_NEEDED = ("go", "cargo", "c++", "cmake", "ninja", "skopeo", "umoci")


def on_host(workspace: Workspace, store: Path) -> Workspace:
    """Configure a workspace so that its commands find no engine and use a separate store."""
    workspace.environment = {
        "DOCKER_HOST": "unix:///nowhere",
        "MSBUILD_EXECUTOR": "auto",
        "MSBUILD_STORE": str(store),
    }
    return workspace


@pytest.fixture(scope="session")
def compilers() -> None:
    """Require the compilers of all languages."""
    require_programs(*_NEEDED)


def require_programs(*names: str) -> None:
    """Skip a test whose programs are missing; with ``MSBUILD_REQUIRE_HOST`` fail instead."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing and os.environ.get("MSBUILD_REQUIRE_HOST"):
        pytest.fail(f"missing on this host: {', '.join(missing)}")
    if missing:
        pytest.skip(f"missing on this host: {', '.join(missing)}")


@pytest.fixture(scope="session")
def local_shop(compilers: None, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the sample with every service built."""
    del compilers
    root = tmp_path_factory.mktemp("local-shop")
    workspace = on_host(copy_shop(root), root / "store")
    workspace.first = workspace.msbuild("all", "--json")
    assert workspace.first.code == 0, workspace.first.everything
    return workspace
