"""Pushed images are not rebuilt, with or without an engine."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tests.docker.cli import Workspace
from tests.docker.conftest import remove_images
from tests.docker.echo import PLUGIN
from tests.docker.registry import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

    from tests.docker.registry import RegistryServer

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryServer]:
    with serving(tmp_path_factory.mktemp("registry")) as server:
        yield server


@pytest.fixture
def echoes(
    engine: docker.DockerClient, registry: RegistryServer, tmp_path: Path
) -> Iterator[Workspace]:
    """Three services that copy text, in a workspace with a registry."""
    name = f"echo-{secrets.token_hex(4)}"
    workspace = Workspace(tmp_path, name, {"PYTHONPATH": str(tmp_path)})
    services = "".join(f"  s{n}: {{path: s{n}}}\n" for n in range(3))
    workspace.write(
        {
            "echo_plugin.py": PLUGIN,
            "echo.lock": name,
            **{f"s{n}/text": f"{n}" for n in range(3)},
            "msbuild.yaml": f"version: 1\nworkspace: {name}\nplugins: [echo_plugin]\n"
            f"registry: {registry.host}/team\n"
            f"builders:\n  echo:\n    image: debian:trixie-slim\n    options: {{salt: {name}}}\n"
            f"services:\n{services}",
        }
    )
    yield workspace
    remove_images(engine, name)


def test_pushed_images_are_not_rebuilt_on_another_machine(
    engine: docker.DockerClient, registry: RegistryServer, echoes: Workspace
) -> None:
    first = echoes.msbuild("all", "--push", "--json")
    assert first.code == 0, first.everything
    assert set(first.outcomes.values()) == {"built"}
    # another machine: neither images nor history
    remove_images(engine, echoes.name)
    echoes.delete_state()
    registry.clear_log()
    again = echoes.msbuild("all", "--push", "--tag", "v2", "--tag", "latest", "--json")
    assert again.code == 0, again.everything
    assert again.outcomes == dict.fromkeys(("s0", "s1", "s2"), "cached")
    assert again.executed_runs == []
    assert again.contexts == {}
    assert len(registry.requests("HEAD", f"/team/{echoes.name}/")) == 3
    assert registry.requests("GET", "/blobs/") == []
    assert registry.requests("POST") == []
    for service in again.outcomes:
        tags = registry.tags(f"team/{echoes.name}/{service}")
        assert {"v2", "latest"} < set(tags)
        assert len([tag for tag in tags if tag.startswith("fp-")]) == 1
    assert not engine.images.list(filters={"label": f"org.msbuild.workspace={echoes.name}"})


def test_only_changed_services_are_built_and_pushed(
    engine: docker.DockerClient, registry: RegistryServer, echoes: Workspace
) -> None:
    assert echoes.msbuild("all", "--push").code == 0
    remove_images(engine, echoes.name)
    echoes.delete_state()
    registry.clear_log()
    echoes.write({"s1/text": "changed"})
    result = echoes.msbuild("all", "--push", "--json")
    assert result.code == 0, result.everything
    assert result.outcomes == {"s0": "cached", "s1": "built", "s2": "cached"}
    assert [line for line in registry.requests("PUT", "manifests/fp-") if "/s1/" not in line] == []


def test_an_up_to_date_workspace_with_a_lock_file_needs_no_engine(
    engine: docker.DockerClient, registry: RegistryServer, echoes: Workspace
) -> None:
    base = f"{registry.host}/base"
    engine.images.get("debian:trixie-slim").tag(base, "1")
    for line in engine.images.push(base, "1", stream=True, decode=True):
        assert "error" not in line, line
    config = (echoes.root / "msbuild.yaml").read_text()
    echoes.write({"msbuild.yaml": config.replace("debian:trixie-slim", f"{base}:1")})
    assert echoes.msbuild("lock").code == 0
    first = echoes.msbuild("all", "--push")
    assert first.code == 0, first.everything
    engine.images.remove(f"{base}:1")
    away = {"DOCKER_HOST": "unix:///nowhere/docker.sock", "MSBUILD_EXECUTOR": "docker"}
    result = echoes.msbuild("all", "--push", "--json", environment=away)
    assert result.code == 0, result.everything
    assert set(result.outcomes.values()) == {"cached"}
    echoes.write({"s2/text": "changed"})
    result = echoes.msbuild("all", "--push", environment=away)
    assert result.code == 3
    assert "cannot connect to the engine" in result.err


def test_an_unreachable_registry_is_reported(echoes: Workspace, registry: RegistryServer) -> None:
    config = (echoes.root / "msbuild.yaml").read_text()
    echoes.write({"msbuild.yaml": config.replace(registry.host, "127.0.0.1:9")})
    result = echoes.msbuild("all", "--push", "--json")
    assert result.code == 3
    assert "the registry `127.0.0.1:9` does not respond" in result.err
    assert "Traceback" not in result.err
