"""Plain Docker builds exported files into images that behave the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docker import images

if TYPE_CHECKING:
    from collections.abc import Iterator

    import docker

    from tests.docker.cli import Workspace

pytestmark = pytest.mark.docker

BASE = "debian:trixie-slim"
TRUSTING = "msbuild-test/debian-with-host-certificates:1"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
VARIABLES = ("SSL_CERT_FILE", "CARGO_HTTP_CAINFO", "GIT_SSL_CAINFO")


@pytest.fixture(scope="module")
def trusting_base(
    engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The base image with this host's certificates, because an exported Dockerfile mounts none.

    A test behind a proxy that inspects TLS needs them; elsewhere they have no effect.
    """
    context = tmp_path_factory.mktemp("base")
    (context / "ca.crt").write_bytes(CERTIFICATES.read_bytes())
    variables = " ".join(f"{name}=/etc/host-ca.crt" for name in VARIABLES)
    (context / "Dockerfile").write_text(
        f"FROM {BASE}\nCOPY ca.crt /etc/host-ca.crt\nENV {variables}\n"
    )
    subprocess.run(["docker", "build", "-q", "-t", TRUSTING, str(context)], check=True)
    yield TRUSTING
    engine.api.remove_image(TRUSTING, force=True)


@pytest.mark.parametrize("service", ["gateway", "recommend", "receipts"])
def test_docker_build_of_an_exported_dockerfile_produces_the_same_image(
    engine: docker.DockerClient, shop: Workspace, trusting_base: str, service: str
) -> None:
    exported = shop.msbuild("export", service)
    assert exported.code == 0, exported.everything
    tag = f"{shop.name}-exported/{service}:latest"
    subprocess.run(
        [
            *("docker", "build", "-q", "-t", tag, "-f", "-"),
            *("--build-context", f"{BASE}=docker-image://{trusting_base}"),
            str(shop.root / "sample-monorepo"),
        ],
        input=exported.out,
        text=True,
        check=True,
    )
    images.assert_same_behavior(engine, f"{shop.name}/{service}:latest", tag)
    engine.api.remove_image(tag, force=True)


def test_bake_of_an_exported_file_produces_the_same_images(
    engine: docker.DockerClient, shop: Workspace, trusting_base: str
) -> None:
    services = ["catalog", "pricing", "search"]
    exported = shop.msbuild("export", "--format", "bake", *services, "-o", "bake.json")
    assert exported.code == 0, exported.everything
    tags = {name: f"{shop.name}-bake/{name}:latest" for name in services}
    overrides = [f"--set=*.contexts.{BASE}=docker-image://{trusting_base}"]
    overrides += [f"--set={name}.tags={tag}" for name, tag in tags.items()]
    subprocess.run(
        ["docker", "buildx", "bake", "-f", "bake.json", "--load", *overrides],
        cwd=shop.root,
        check=True,
    )
    for name, tag in tags.items():
        images.assert_same_behavior(engine, f"{shop.name}/{name}:latest", tag)
        engine.api.remove_image(tag, force=True)


@pytest.mark.parametrize("service", ["gateway", "pricing", "receipts"])
def test_hadolint_reports_nothing(shop: Workspace, service: str) -> None:
    text = shop.msbuild("export", service).out
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout == ""
