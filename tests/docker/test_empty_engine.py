"""Another machine: an engine without a cache, and a registry with pushed images."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docker
import pytest

from msbuild.commands.lock import generated_files
from msbuild.workspace import loading
from tests.docker import images
from tests.docker.conftest import REPOSITORY, copy_shop, remove_images
from tests.docker.registry import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.docker.cli import Workspace
    from tests.docker.registry import RegistryServer

pytestmark = pytest.mark.docker


@dataclass
class OtherEngine:
    """Another engine and its address."""

    client: docker.DockerClient
    host: str


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[OtherEngine]:
    """A private engine with nothing but the base image."""
    # not in pytest's own directory, which other sessions of pytest clear
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
    yield OtherEngine(client, host)
    client.close()
    environment["DOCKER_HOST"] = "unix:///nowhere"
    tool("engine", "purge")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryServer]:
    with serving(tmp_path_factory.mktemp("registry")) as server:
        yield server


@pytest.fixture(scope="module")
def pushed(
    elsewhere: OtherEngine,
    registry: RegistryServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Workspace:
    """The shop, built from scratch on the other engine and pushed with its shared stages."""
    workspace = copy_shop(tmp_path_factory.mktemp("elsewhere"))
    workspace.environment = {"DOCKER_HOST": elsewhere.host}
    config = (workspace.root / "msbuild.yaml").read_text()
    named = f"workspace: {workspace.name}\n"
    workspace.write(
        {"msbuild.yaml": config.replace(named, f"{named}registry: {registry.host}/team\n")}
    )
    workspace.first = workspace.msbuild("all", "--push", "--cache-to", "--json")
    assert workspace.first.code == 0, workspace.first.everything
    assert "warning" not in workspace.first.err
    return workspace


def empty(engine: docker.DockerClient, workspace: Workspace) -> None:
    """Reset the engine and the workspace, as on a new CI runner."""
    remove_images(engine, workspace.name)
    engine.api.prune_builds(all=True)
    workspace.delete_state()


def test_a_warm_and_an_empty_engine_build_identical_files(
    engine: docker.DockerClient,
    elsewhere: OtherEngine,
    shop: Workspace,
    pushed: Workspace,
    registry: RegistryServer,
) -> None:
    assert len(pushed.first.outcomes) == len(shop.first.outcomes)
    for service in pushed.first.outcomes:
        theirs = f"{registry.host}/team/{pushed.name}/{service}:latest"
        ours = f"{shop.name}/{service}:latest"
        assert images.files(elsewhere.client, theirs) == images.files(engine, ours), service


def test_a_pushed_commit_is_not_rebuilt(
    elsewhere: OtherEngine, pushed: Workspace, registry: RegistryServer
) -> None:
    empty(elsewhere.client, pushed)
    registry.clear_log()
    result = pushed.msbuild("all", "--push", "--tag", "again", "--json")
    assert result.code == 0, result.everything
    assert set(result.outcomes.values()) == {"cached"}
    assert result.executed_runs == []
    assert result.contexts == {}
    assert len(registry.requests("HEAD", "/manifests/fp-")) == len(result.outcomes)
    assert registry.requests("GET", "/blobs/") == []


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("go/services/catalog/main.go", "catalog"),
        ("rust/services/pricing/src/main.rs", "pricing"),
        ("cpp/services/search/src/main.cpp", "search"),
    ],
)
def test_a_changed_service_uses_shared_stages_from_the_registry(
    elsewhere: OtherEngine, pushed: Workspace, path: str, service: str
) -> None:
    empty(elsewhere.client, pushed)
    file = pushed.root / "sample-monorepo" / path
    file.write_text(f"// changed\n{file.read_text()}")
    result = pushed.msbuild("all", "--push", "--json")
    assert result.code == 0, result.everything
    assert {name for name, how in result.outcomes.items() if how != "cached"} == {service}
    assert result.executed_runs == [f"{service}-build"]


def test_a_lost_cache_is_rebuilt_once_by_the_job_that_needs_it(
    elsewhere: OtherEngine, pushed: Workspace
) -> None:
    file = pushed.root / "sample-monorepo/go/services/catalog/main.go"
    for _ in range(2):
        file.write_text(f"// relies on a cache\n{file.read_text()}")
        result = pushed.built()
        elsewhere.client.api.prune_builds(all=True)
    assert {name for name, how in result.outcomes.items() if how != "cached"} == {"catalog"}
    assert set(result.executed_runs) == {"catalog-build", "go-deps", "go-toolchain"}
    assert {event["job"] for event in result.events if event["event"] == "step"} == {"catalog"}


# From `go mod download -json github.com/google/uuid@v1.5.0`.
SUMS = {
    "v1.6.0 ": "v1.5.0 h1:1p67kYwdtXjb0gL0BPiP1Av9wiZPo5A8z2cWkTZ+eyU=",
    "v1.6.0/go.mod ": "v1.5.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=",
}
BUMPED = "github.com/google/uuid"


def test_a_bumped_module_rebuilds_the_services_that_link_it(
    elsewhere: OtherEngine, pushed: Workspace
) -> None:
    assert pushed.msbuild("all", "--push").code == 0
    empty(elsewhere.client, pushed)
    go = pushed.root / "sample-monorepo/go"
    module = (go / "go.mod").read_text()
    (go / "go.mod").write_text(module.replace(f"{BUMPED} v1.6.0", f"{BUMPED} v1.5.0"))
    lines = []
    for line in (go / "go.sum").read_text().splitlines():
        rest = line.removeprefix(f"{BUMPED} ")
        new = next((new for old, new in SUMS.items() if rest.startswith(old)), None)
        lines.append(f"{BUMPED} {new}" if new and rest != line else line)
    (go / "go.sum").write_text("\n".join(lines) + "\n")
    # as `msbuild lock` does on a machine with go: both versions of uuid import the same packages
    loaded = loading.load(pushed.root / "msbuild.yaml")
    languages = {name: plugin.language for name, plugin in loaded.plugins.items()}
    (links,) = generated_files(loaded.workspace, languages, loaded.sources)
    old = (go / "go.links").read_text().splitlines()
    heads = [links.head if line.startswith("# of ") else line for line in old]
    (go / "go.links").write_text("\n".join(heads) + "\n")

    result = pushed.msbuild("all", "--push", "--json")
    assert result.code == 0, result.everything
    assert {name for name, how in result.outcomes.items() if how != "cached"} == {"gateway"}
    assert set(result.executed_runs) <= {"go-deps", "gateway-build"}
