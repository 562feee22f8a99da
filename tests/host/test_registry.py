"""Registries without a daemon: pushing, and base images from registries and layouts."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.docker.cli import Workspace
from tests.docker.conftest import REPOSITORY
from tests.docker.registry import serving
from tests.host.conftest import on_host

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.docker.registry import RegistryServer

pytestmark = pytest.mark.host

CONFIG = """
version: 1
workspace: hello
registry: {registry}/team
plugins: [msbuild_c]
builders:
  c: {{image: debian:trixie-slim, packages: [gcc, libc6-dev]}}
services:
  below: {{path: below, runtime: {{user: {{name: low, uid: 5, gid: 5}}, env: {{A: "1"}}}}}}
"""
ABOVE = """
  above:
    path: above
    runtime: {{base: "{base}", user: {{name: high, uid: 6, gid: 6}}, env: {{B: "2"}}}}
"""
MAIN = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'


@pytest.fixture(scope="module")
def registry(compilers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryServer]:
    del compilers
    with serving(tmp_path_factory.mktemp("registry")) as server:
        yield server


@pytest.fixture
def hello(registry: RegistryServer, tmp_path: Path) -> Workspace:
    workspace = on_host(Workspace(tmp_path / "tree", "hello"), tmp_path / "store")
    workspace.environment = {
        **workspace.environment,
        "PYTHONPATH": str(REPOSITORY / "docs/examples/msbuild-c"),
    }
    workspace.write(
        {
            "msbuild.yaml": CONFIG.format(registry=registry.host),
            "below/main.c": MAIN,
            "above/main.c": MAIN.replace("hello", "above"),
        }
    )
    return workspace


def set_base(workspace: Workspace, registry: RegistryServer, base: str) -> None:
    config = CONFIG.format(registry=registry.host) + ABOVE.format(base=base)
    workspace.write({"msbuild.yaml": config})


def local_digest(workspace: Workspace, service: str) -> str:
    images = json.loads(workspace.msbuild("images", "--json").out)
    return next(str(each["digest"]) for each in images if each["service"] == service)


def test_the_pushed_digest_is_that_of_the_built_image(
    hello: Workspace, registry: RegistryServer
) -> None:
    pushed = hello.msbuild("all", "--push", "--tag", "v1")
    assert pushed.code == 0, pushed.everything
    name = f"docker://{registry.host}/team/hello/below:v1"
    digest = subprocess.check_output(
        ["skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", name], text=True
    )
    assert digest.strip() == local_digest(hello, "below")


def test_a_base_image_from_a_registry_is_used(
    hello: Workspace, registry: RegistryServer, tmp_path: Path
) -> None:
    assert hello.msbuild("build", "below", "--push").code == 0
    # another machine: the base has to be fetched
    hello.environment = {**hello.environment, "MSBUILD_STORE": f"{tmp_path}/other-store"}
    set_base(hello, registry, f"{registry.host}/team/hello/below:latest")
    built = hello.msbuild("build", "above")
    assert built.code == 0, built.everything
    image = f"oci:{tmp_path}/other-store/oci:{registry.host}/team/hello/above:latest"
    config = json.loads(subprocess.check_output(["skopeo", "inspect", "--config", image]))
    assert config["config"]["Env"][-2:] == ["A=1", "B=2"]
    assert config["config"]["User"] == "6:6"
    assert len(config["rootfs"]["diff_ids"]) == 4
    unpacked = tmp_path / "unpacked"
    path = image.removeprefix("oci:")
    umoci = ["umoci", "unpack", "--rootless", "--image", path, str(unpacked)]
    subprocess.run(umoci, check=True)
    passwd = (unpacked / "rootfs/etc/passwd").read_text().splitlines()
    assert [line.split(":")[0] for line in passwd] == ["low", "high"]
    ran = hello.msbuild("run", "above")
    assert ran.code == 0, ran.everything
    assert ran.out == "above\n"
    again = hello.msbuild("build", "above")
    assert again.out.startswith("nothing to build"), again.everything


def test_a_base_image_from_the_layout_is_used(hello: Workspace, registry: RegistryServer) -> None:
    # otherwise the registry's image would be used
    assert hello.msbuild("build", "below", "--no-cache").code == 0
    layout = f"{hello.environment['MSBUILD_STORE']}/oci"
    name = f"{registry.host}/team/hello/below:latest"
    copy = ["umoci", "tag", "--image", f"{layout}:{name}", "vendor/base:1"]
    subprocess.run(copy, check=True)
    set_base(hello, registry, "vendor/base:1")
    built = hello.msbuild("build", "above")
    assert built.code == 0, built.everything


def test_a_missing_base_image_fails_only_the_services_that_need_it(
    hello: Workspace, registry: RegistryServer
) -> None:
    set_base(hello, registry, f"{registry.host}/nobody/knows:1")
    result = hello.msbuild("all")
    assert result.code == 3
    assert "cannot find the base image" in result.err
    assert "services that need it: `above`" in result.err
    assert "failed: above:" in result.out
    assert "failed: below" not in result.out


def test_an_unreachable_registry_is_reported(hello: Workspace) -> None:
    config = CONFIG.format(registry="127.0.0.1:9")
    hello.write({"msbuild.yaml": config})
    result = hello.msbuild("all", "--push", "--retries", "0")
    assert result.code != 0
    assert "127.0.0.1:9" in result.everything
    assert "Traceback" not in result.everything
