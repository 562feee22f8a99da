"""The sample shop, built with the compilers of this host and no engine in reach."""

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
    """A workspace whose commands find no engine and keep things in a store of their own."""
    workspace.environment = {
        "DOCKER_HOST": "unix:///nowhere",
        "MSBUILD_EXECUTOR": "auto",
        "MSBUILD_STORE": str(store),
    }
    return workspace


@pytest.fixture(scope="session")
def compilers() -> None:
    """All of them are here; where the project's own CI runs, their absence is a failure."""
    require_programs(*_NEEDED)


def require_programs(*names: str) -> None:
    """Skip a test that takes programs which are missing here, or fail where they must not be."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing and os.environ.get("MSBUILD_REQUIRE_HOST"):
        pytest.fail(f"missing on this host: {', '.join(missing)}")
    if missing:
        pytest.skip(f"missing on this host: {', '.join(missing)}")


@pytest.fixture(scope="session")
def local_shop(compilers: None, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the sample, everything built."""
    del compilers
    root = tmp_path_factory.mktemp("local-shop")
    workspace = on_host(copy_shop(root), root / "store")
    workspace.first = workspace.msbuild("all", "--json")
    assert workspace.first.code == 0, workspace.first.everything
    return workspace
