"""Another machine: an engine without any cache, and a registry that remembers."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docker
import pytest

from tests.docker import images
from tests.docker.conftest import REPOSITORY, copy_shop, remove_images
from tests.docker.registry import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.docker.cli import Workspace
    from tests.docker.registry import RegistryServer

pytestmark = pytest.mark.docker


@dataclass
class Elsewhere:
    """Another engine, and how to name it."""

    client: docker.DockerClient
    host: str


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    """An engine of its own, with nothing in it but the base image."""
    # not below pytest's own directory: other sessions of pytest clear that away
    home = tempfile.mkdtemp(prefix="msbuild-engine-")
    environment = {**os.environ, "DOCKER_HOST": "unix:///nowhere", "MSBUILD_ENGINE_DIR": home}

    def tool(name: str, *arguments: str) -> str:
        command = [sys.executable, str(REPOSITORY / "tools" / name), *arguments]
        return subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    # `export DOCKER_HOST=unix://…`
    host = tool("engine", "start").strip().partition("=")[2]
    environment["DOCKER_HOST"] = host
    tool("base-image")
    client = docker.DockerClient(base_url=host, timeout=600)
    yield Elsewhere(client, host)
    client.close()
    environment["DOCKER_HOST"] = "unix:///nowhere"
    tool("engine", "purge")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryServer]:
    with serving(tmp_path_factory.mktemp("registry")) as server:
        yield server


@pytest.fixture(scope="module")
def pushed(
    elsewhere: Elsewhere,
    registry: RegistryServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Workspace:
    """The shop, built there from nothing and pushed with its shared stages."""
    workspace = copy_shop(tmp_path_factory.mktemp("elsewhere"))
    workspace.environment = {"DOCKER_HOST": elsewhere.host}
    config = (workspace.root / "msbuild.yaml").read_text()
    named = f"workspace: {workspace.name}\n"
    workspace.write(
        {"msbuild.yaml": config.replace(named, f"{named}registry: {registry.host}/team\n")}
    )
    workspace.first = workspace.msbuild("all", "--push", "--cache-to", "--json")
    assert workspace.first.code == 0, workspace.first.everything
    assert workspace.first.err == ""
    return workspace


def empty(engine: docker.DockerClient, workspace: Workspace) -> None:
    """Be as a runner that has never built anything."""
    remove_images(engine, workspace.name)
    engine.api.prune_builds(all=True)
    workspace.forget()


def test_binaries_from_a_warm_and_an_emptied_engine_are_the_same(
    engine: docker.DockerClient,
    elsewhere: Elsewhere,
    shop: Workspace,
    pushed: Workspace,
    registry: RegistryServer,
) -> None:
    assert len(pushed.first.outcomes) == len(shop.first.outcomes)
    for service in pushed.first.outcomes:
        theirs = f"{registry.host}/team/{pushed.name}/{service}:latest"
        ours = f"{shop.name}/{service}:latest"
        assert images.files(elsewhere.client, theirs) == images.files(engine, ours), service


def test_a_known_commit_is_built_nowhere_again(
    elsewhere: Elsewhere, pushed: Workspace, registry: RegistryServer
) -> None:
    empty(elsewhere.client, pushed)
    registry.forget()
    result = pushed.msbuild("all", "--push", "--tag", "again", "--json")
    assert result.code == 0, result.everything
    assert set(result.outcomes.values()) == {"cached"}
    assert result.executed_runs == []
    assert result.contexts == {}
    assert len(registry.asked("HEAD", "/manifests/fp-")) == len(result.outcomes)
    assert registry.asked("GET", "/blobs/") == []


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("go/services/catalog/main.go", "catalog"),
        ("rust/services/pricing/src/main.rs", "pricing"),
        ("cpp/services/search/src/main.cpp", "search"),
    ],
)
def test_one_changed_service_finds_its_shared_stages_in_the_registry(
    elsewhere: Elsewhere, pushed: Workspace, path: str, service: str
) -> None:
    empty(elsewhere.client, pushed)
    file = pushed.root / "sample-monorepo" / path
    file.write_text(f"// changed\n{file.read_text()}")
    result = pushed.msbuild("all", "--push", "--json")
    assert result.code == 0, result.everything
    assert {name for name, how in result.outcomes.items() if how != "cached"} == {service}
    assert result.executed_runs == [f"{service}-build"]
