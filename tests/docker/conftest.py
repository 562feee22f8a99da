"""A real engine, and a copy of the sample shop."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import pytest
from docker.errors import DockerException

from tests.docker.cli import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """The running engine; with ``MSBUILD_REQUIRE_DOCKER`` its absence is a failure."""
    try:
        client = docker.from_env(timeout=600)
        client.ping()
    except DockerException as error:
        if os.environ.get("MSBUILD_REQUIRE_DOCKER"):
            pytest.fail(f"no Docker engine is available: {error}")
        pytest.skip("no Docker engine is available")
    yield client
    client.close()


@pytest.fixture(scope="session")
def shop(
    engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """A copy of the sample with a unique workspace name, with every service built."""
    workspace = copy_shop(tmp_path_factory.mktemp("shop"))
    result = workspace.msbuild("all", "--json")
    assert result.code == 0, result.everything
    workspace.first = result
    yield workspace
    remove_images(engine, workspace.name)


def copy_shop(root: Path) -> Workspace:
    """Copy the sample and its config to ``root``."""
    name = f"shop-{secrets.token_hex(4)}"
    ignore = shutil.ignore_patterns("target", "build")
    shutil.copytree(REPOSITORY / "sample-monorepo", root / "sample-monorepo", ignore=ignore)
    config = (REPOSITORY / "msbuild.yaml").read_text()
    (root / "msbuild.yaml").write_text(config.replace("workspace: shop", f"workspace: {name}"))
    return Workspace(root, name)


def remove_images(engine: docker.DockerClient, workspace: str) -> None:
    """Remove the images built by a test workspace."""
    label = f"org.msbuild.workspace={workspace}"
    for image in engine.images.list(filters={"label": label}):
        engine.api.remove_image(str(image.id), force=True)
