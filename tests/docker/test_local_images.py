"""Images of the local executor behave on a real engine like those that the engine builds."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from msbuild.execute.docker import Engine
from msbuild.execute.docker.images import prunable_images
from tests.docker import images
from tests.docker.conftest import remove_images
from tests.host.conftest import compilers, on_host

__all__ = ["compilers"]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

    from tests.docker.cli import Workspace

pytestmark = [pytest.mark.docker, pytest.mark.host]

CONFIG = """
version: 1
workspace: {name}
builders:
  go: {{image: debian:trixie-slim, packages: [ca-certificates, golang-go]}}
services:
  plain: {{builder: go, path: services/plain, runtime: {{ports: [8080]}}}}
  full:
    builder: go
    path: services/full
    assets: [static]
    runtime:
      user: {{name: shop, uid: 1234, gid: 2345}}
      workdir: /srv/full
      env: {{TEXT: "two words $$HOME 'quoted'", EMPTY: ""}}
      ports: [8080, 9000/udp]
      command: [serve, "a b"]
      labels: {{org.example.team: "tea & coffee"}}
      certificates: true
      healthcheck: {{command: [./full, health], interval: 10s, timeout: 2s, retries: 5}}
"""
MAIN = """package main

import (
	"encoding/json"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		directory, _ := os.Getwd()
		asset, _ := os.ReadFile("static/hello.txt")
		passwd, _ := os.ReadFile("/etc/passwd")
		json.NewEncoder(w).Encode(map[string]any{
			"args": os.Args[1:], "text": os.Getenv("TEXT"), "path": os.Getenv("PATH"),
			"directory": directory, "uid": os.Getuid(), "gid": os.Getgid(),
			"asset": string(asset), "passwd": string(passwd),
		})
	})
	http.ListenAndServe(":8080", nil)
}
"""


@pytest.fixture(scope="module")
def both(
    engine: docker.DockerClient, compilers: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """A workspace built by both executors; the local executor's images are tagged `local`."""
    del compilers
    from tests.docker.cli import Workspace  # noqa: PLC0415

    root: Path = tmp_path_factory.mktemp("both")
    workspace = Workspace(root, f"both-{time.time_ns():x}")
    workspace.write(
        {
            "msbuild.yaml": CONFIG.format(name=workspace.name),
            "go.mod": "module example.com/both\n\ngo 1.21\n",
            "services/plain/main.go": MAIN,
            "services/full/main.go": MAIN,
            "services/full/static/hello.txt": "hello",
        }
    )
    built = workspace.msbuild("all", "--executor", "docker")
    assert built.code == 0, built.everything
    here = on_host(Workspace(root, workspace.name), root / "store")
    built = here.msbuild("all", "--executor", "local", "--tag", "local")
    assert built.code == 0, built.everything
    workspace.environment = {"MSBUILD_STORE": str(root / "store")}
    loaded = workspace.msbuild("load", "plain", "full", "--tag", "local")
    assert loaded.code == 0, loaded.everything
    yield workspace
    remove_images(engine, workspace.name)


def config(engine: docker.DockerClient, image: str) -> dict[str, Any]:
    """The settings of an image, except the fingerprint and other build metadata."""
    settings: dict[str, Any] = dict(engine.api.inspect_image(image)["Config"])  # type: ignore[no-untyped-call]
    labels = settings.pop("Labels")
    labels.pop("org.msbuild.fingerprint")
    # only present in images of old engines
    config = {name: value for name, value in settings.items() if value not in (None, "", [], {})}
    config.pop("Image", None)
    return {**config, "Labels": labels}


@pytest.mark.parametrize("service", ["plain", "full"])
def test_both_images_have_the_same_config(
    engine: docker.DockerClient, both: Workspace, service: str
) -> None:
    theirs = config(engine, f"{both.name}/{service}:latest")
    assert config(engine, f"{both.name}/{service}:local") == theirs


@pytest.mark.parametrize("service", ["plain", "full"])
def test_both_images_have_the_same_files(
    engine: docker.DockerClient, both: Workspace, service: str
) -> None:
    # another compiler built the program, another distribution provides the certificates
    different = {f"/app/{service}", f"/srv/full/{service}", "/etc/ssl/certs/ca-certificates.crt"}
    theirs = images.files(engine, f"{both.name}/{service}:latest")
    ours = images.files(engine, f"{both.name}/{service}:local")
    assert set(ours) == set(theirs)
    assert {p: h for p, h in ours.items() if p not in different} == {
        p: h for p, h in theirs.items() if p not in different
    }


def answer(engine: docker.DockerClient, image: str) -> Any:
    """The response of a service that runs in a container."""
    container = engine.containers.run(image, detach=True, ports={"8080/tcp": ("127.0.0.1", 0)})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        deadline = time.monotonic() + 30
        while True:
            container.reload()
            published = container.ports.get("8080/tcp")
            try:
                port = published[0]["HostPort"] if published else "1"
                with direct.open(f"http://127.0.0.1:{port}/", timeout=5) as response:
                    return json.load(response)
            except OSError:
                assert time.monotonic() < deadline, container.logs()
                time.sleep(0.1)
    finally:
        container.remove(force=True)


@pytest.mark.parametrize("service", ["plain", "full"])
def test_both_images_respond_the_same(
    engine: docker.DockerClient, both: Workspace, service: str
) -> None:
    ours = answer(engine, f"{both.name}/{service}:local")
    assert ours == answer(engine, f"{both.name}/{service}:latest")
    assert ours["uid"] == {"plain": 65532, "full": 1234}[service]


def test_images_lists_images_of_both_executors(both: Workspace) -> None:
    listed = json.loads(both.msbuild("images", "--json").out)
    found = {(each["executor"], each["tag"].rpartition(":")[2]) for each in listed}
    assert {("docker", "latest"), ("local", "local"), ("docker", "local")} <= found


def test_prune_lists_and_removes_only_images_built_by_msbuild(
    engine: docker.DockerClient, both: Workspace
) -> None:
    engine.images.get(f"{both.name}/plain:local").tag(f"{both.name}/spare", "1")
    listed = both.msbuild("prune", "--all", "--dry-run", "--executor", "docker")
    assert f"{both.name}/full:latest" in listed.out
    assert "debian" not in listed.out
    # not the command itself: the engine may have images built by others
    with closing(Engine()) as one:
        found = {item.name: item for item in prunable_images(one)}
        found[f"{both.name}/full:latest"].remove()
    tags = {tag for image in engine.images.list() for tag in image.tags}
    assert f"{both.name}/full:latest" not in tags
    assert f"{both.name}/full:local" in tags


def test_a_container_runs_until_it_is_terminated(both: Workspace) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 8080)) == 0:
            pytest.skip("port 8080 is in use")
    process = subprocess.Popen(
        both.command("run", "plain", "--executor", "docker"),
        cwd=both.root,
        stderr=subprocess.DEVNULL,
    )
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + 30
        while True:
            try:
                with direct.open("http://127.0.0.1:8080/", timeout=5) as response:
                    assert json.load(response)["uid"] == 65532
                break
            except OSError:
                assert time.monotonic() < deadline
                assert process.poll() is None
                time.sleep(0.2)
    finally:
        process.terminate()
        assert process.wait(20) == 0
