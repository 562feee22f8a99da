"""The sample shop without an engine: what is built, and that builds are reproducible."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docker.conftest import copy_shop
from tests.docker.sample import SERVICES, edited
from tests.host.conftest import on_host

if TYPE_CHECKING:
    from tests.docker.cli import Workspace

pytestmark = pytest.mark.host

ONE_OF_EACH = ("gateway", "pricing", "search")


def digests(workspace: Workspace) -> dict[str, str]:
    """The digest of every service's newest image."""
    images = json.loads(workspace.msbuild("images", "--json").out)
    return {each["service"]: each["digest"] for each in images if each["tag"].endswith(":latest")}


def test_everything_is_built_without_an_engine(local_shop: Workspace) -> None:
    assert local_shop.first.outcomes == dict.fromkeys(SERVICES, "built")
    (line,) = [one for one in local_shop.first.err.splitlines() if one.startswith("executor: ")]
    assert line.startswith("executor: local, no Docker engine is available")


def test_a_second_run_builds_nothing(local_shop: Workspace) -> None:
    result = local_shop.msbuild("all")
    assert result.out.startswith("nothing to build: 9 services up to date")


@pytest.mark.parametrize(
    ("path", "old", "new", "services"),
    [
        ("go/lib/product/product.go", "package", "// x\npackage", {"catalog", "storefront"}),
        ("go/services/catalog/data/catalog.json", "{", "{ ", {"catalog"}),
        ("README.md", "shop", "Shop", set()),
    ],
)
def test_a_change_rebuilds_exactly_its_users(
    local_shop: Workspace, path: str, old: str, new: str, services: set[str]
) -> None:
    with edited(local_shop, path, old, new):
        result = local_shop.msbuild("all", "--json")
    assert result.code == 0, result.everything
    assert {name for name, how in result.outcomes.items() if how != "cached"} == services
    assert local_shop.msbuild("all", "--json").code == 0


def test_digests_do_not_depend_on_directory_date_umask_or_store(
    local_shop: Workspace, tmp_path: Path
) -> None:
    other = on_host(copy_shop(tmp_path / "quite" / "elsewhere"), tmp_path / "store")
    config = other.root / "msbuild.yaml"
    config.write_text(config.read_text().replace(other.name, local_shop.name))
    # libfaketime breaks timed waits, bubblewrap and rustup: only msbuild's clock is changed
    (tmp_path / "sitecustomize.py").write_text(
        "import time\nreal = time.time\ntime.time = lambda: real() + 1e8\n"
    )
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    before = os.umask(0o077)
    try:
        done = subprocess.run(
            other.command("build", *ONE_OF_EACH),
            cwd=other.root,
            env={**os.environ, **other.environment, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stdout + done.stderr
    first = digests(local_shop)
    assert digests(other) == {name: first[name] for name in ONE_OF_EACH}


def test_digests_do_not_depend_on_the_cache(local_shop: Workspace) -> None:
    first = digests(local_shop)
    result = local_shop.msbuild("build", *ONE_OF_EACH, "--no-cache", "--json")
    assert result.code == 0, result.everything
    assert digests(local_shop) == first


@pytest.mark.parametrize(
    ("service", "path", "change", "named"),
    [
        (
            "search",
            "cpp/services/search/src/main.cpp",
            ("#include", '#define HIDDEN "money/money.hpp"\n#include HIDDEN\n#include'),
            "money/money.hpp",
        ),
        (
            "pricing",
            "rust/services/pricing/src/main.rs",
            (
                "fn main",
                'const X: &str = include_str!(concat!("../../../", "hidden.csv"));\nfn main',
            ),
            "hidden.csv",
        ),
    ],
)
def test_an_undeclared_file_is_not_in_the_sandbox(
    local_shop: Workspace, service: str, path: str, change: tuple[str, str], named: str
) -> None:
    # it is in the tree, but static reading cannot find the reference
    (local_shop.root / "sample-monorepo/rust/hidden.csv").write_text("x")
    with edited(local_shop, path, *change):
        result = local_shop.msbuild("build", service)
    assert result.code == 1, result.everything
    assert named in result.out
    assert f"{service}-build" in result.out


def test_skopeo_and_umoci_can_read_every_image(local_shop: Workspace, tmp_path: Path) -> None:
    layout = Path(local_shop.environment["MSBUILD_STORE"]) / "oci"
    for service in sorted(SERVICES):
        name = f"{local_shop.name}/{service}:latest"
        # skopeo verifies the digests of the copied blobs
        copy = ["skopeo", "copy", "-q", f"oci:{layout}:{name}", f"dir:{tmp_path}/{service}"]
        subprocess.run(copy, check=True)
        raw = ["skopeo", "inspect", "--raw", f"oci:{layout}:{name}"]
        manifest = json.loads(subprocess.check_output(raw))
        assert manifest["mediaType"] == "application/vnd.oci.image.manifest.v1+json"
    unpacked = tmp_path / "unpacked"
    image = f"{layout}:{local_shop.name}/catalog:latest"
    subprocess.run(["umoci", "unpack", "--rootless", "--image", image, unpacked], check=True)
    found = {p.relative_to(unpacked / "rootfs").as_posix() for p in unpacked.rglob("rootfs/**/*")}
    assert {"app/catalog", "app/data/catalog.json"} <= found


def test_programs_are_linked_statically(local_shop: Workspace) -> None:
    programs = Path(local_shop.environment["MSBUILD_STORE"]).glob("stages/*/out/*")
    checked = 0
    for program in programs:
        headers = subprocess.check_output(["readelf", "-lW", program], text=True)
        assert "INTERP" not in headers, program
        checked += 1
    assert checked >= len(SERVICES)


def test_an_image_with_a_damaged_layer_is_rebuilt(local_shop: Workspace) -> None:
    layout = Path(local_shop.environment["MSBUILD_STORE"]) / "oci"
    before = digests(local_shop)
    manifest = json.loads(
        (layout / "blobs/sha256" / before["catalog"].removeprefix("sha256:")).read_text()
    )
    blob = layout / "blobs/sha256" / manifest["layers"][-1]["digest"].removeprefix("sha256:")
    blob.write_bytes(blob.read_bytes()[:-4] + b"evil")
    result = local_shop.msbuild("all", "--json")
    assert result.code == 0, result.everything
    assert {n for n, how in result.outcomes.items() if how != "cached"} == {"catalog"}
    assert digests(local_shop) == before


def test_a_missing_compiler_fails_only_its_language(local_shop: Workspace, tmp_path: Path) -> None:
    for name in ("git", "sh", "bwrap", "dpkg-query", "c++", "cc", "cmake", "ninja", "pkg-config"):
        if place := shutil.which(name):
            (tmp_path / name).symlink_to(place)
    for name in ("cargo", "rustc"):
        (tmp_path / name).write_text(f'#!/bin/sh\nexec {shutil.which(name)} "$@"\n')
        (tmp_path / name).chmod(0o755)
    changed = dict(local_shop.environment)
    local_shop.environment = {**changed, "PATH": str(tmp_path)}
    try:
        with edited(local_shop, "go/lib/web/serve.go", "package", "// x\npackage"):
            result = local_shop.msbuild("all", "--json")
    finally:
        local_shop.environment = changed
    assert result.code == 1
    failed = {name for name, how in result.outcomes.items() if how not in ("cached", "built")}
    assert failed == {"catalog", "gateway", "storefront"}
    assert "golang-go" in result.out
    assert "`go` is not installed on this host" in result.out


def test_a_service_started_by_run_responds(local_shop: Workspace) -> None:
    import socket  # noqa: PLC0415
    import urllib.request  # noqa: PLC0415

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        local_shop.command("run", "catalog", "--env", f"PORT={port}"),
        cwd=local_shop.root,
        env={**os.environ, **local_shop.environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + 30
        while True:
            try:
                with direct.open(f"http://127.0.0.1:{port}/products", timeout=5) as answer:
                    assert json.load(answer)
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
    finally:
        process.terminate()
        assert process.wait(10) == 0


def test_prune_removes_everything_from_the_store(local_shop: Workspace, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(local_shop.environment["MSBUILD_STORE"], store, symlinks=True)
    other = on_host(local_shop.__class__(local_shop.root, local_shop.name), store)
    dry = other.msbuild("prune", "--all", "--dry-run")
    assert "would free" in dry.out
    assert len(digests(other)) == len(SERVICES)
    assert other.msbuild("prune", "--all").code == 0
    assert digests(other) == {}
    assert [*store.glob("stages/*"), *store.glob("oci/blobs/sha256/*")] == []
