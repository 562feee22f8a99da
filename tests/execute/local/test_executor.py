from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import BuildError, ConfigErrors, UnavailableError
from msbuild.execute.local.executor import LocalExecutor, check_services
from msbuild.execute.local.store import Store
from msbuild.model import AddUser, Copy, HostTool, Location, Runtime, Service, User, Workspace
from msbuild.sources.tree import SourceTree
from msbuild.state.file_stat import stat_of
from tests.execute.local.conftest import SHELL, Bench, build, runtime, script, toolchain

if TYPE_CHECKING:
    from pathlib import Path

MAKE = script('printf program > "$OUT/a"; chmod +x "$OUT/a"')
STAGES = (toolchain(), build(MAKE), runtime())


def layers(bench: Bench, tag: str = "shop/a:latest") -> list[list[tarfile.TarInfo]]:
    found = []
    for layer in bench.executor.check(tag)["layers"]:
        data = bench.executor.blobs.read(layer["digest"])
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            found.append(archive.getmembers())
    return found


def test_modules_that_only_jobs_need_are_imported_when_one_starts() -> None:
    code = "import sys, msbuild.execute.local\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    jobs = {f"msbuild.execute.{name}" for name in ("dockerfile", "local.image", "local.stages")}
    assert not {*jobs, "concurrent.futures", "logging", "subprocess", "tarfile"} & {
        *done.stdout.split()
    }


def test_an_image_is_listed_with_tags_labels_and_size(bench: Bench) -> None:
    result = bench.make(*STAGES)
    (image,) = bench.executor.images("shop")
    assert image.id == result.image
    assert image.tags == {"shop/a:latest"}
    assert image.labels["org.msbuild.workspace"] == "shop"
    assert image.size > 0
    assert bench.executor.images("other") == []


def test_a_tag_moves(bench: Bench) -> None:
    first = bench.make(*STAGES).image
    second = bench.make(toolchain(), build(MAKE), runtime(labels={"x": "y"})).image
    tags = {image.id: image.tags for image in bench.executor.images("shop")}
    assert tags == {second: {"shop/a:latest"}}
    bench.executor.tag(first, ["shop/a:old"])
    tags = {image.id: image.tags for image in bench.executor.images("shop")}
    assert tags == {first: {"shop/a:old"}, second: {"shop/a:latest"}}


def test_the_digest_does_not_depend_on_time_place_or_user(bench: Bench, tmp_path: Path) -> None:
    bench.write({"data/x": "1", "data/y": "2"})
    stages = (toolchain(), build(MAKE), runtime(Copy(("data/x", "data/y"), "data", "data")))
    first = bench.make(*stages).image
    assert bench.make(*stages, no_cache=True).image == first
    other = Bench(tmp_path / "else" / "where", Store(tmp_path / "other-store"))
    before = os.umask(0o077)
    try:
        other.write({"data/y": "2", "data/x": "1"})
        os.utime(other.root / "data/x", (1, 1))
        assert other.make(*stages).image == first
    finally:
        os.umask(before)


def test_files_have_fixed_times_owners_and_modes_in_order(bench: Bench) -> None:
    bench.write({"data/x": "1"})
    stages = (toolchain(), build(MAKE), runtime(Copy(("data/x",), "data", "/srv/data")))
    bench.make(*stages)
    assets, artifacts = layers(bench)
    assert [(m.name, oct(m.mode)) for m in assets] == [
        ("srv", "0o755"),
        ("srv/data", "0o755"),
        ("srv/data/x", "0o644"),
    ]
    assert [(m.name, oct(m.mode)) for m in artifacts] == [("app", "0o755"), ("app/a", "0o755")]
    for member in (*assets, *artifacts):
        assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
        assert member.mtime == 315532800


def test_a_named_user_is_added_to_passwd_and_group(bench: Bench) -> None:
    user = User(10001, 10002, "shop")
    step = AddUser(user, "sh-toolchain")
    bench.make(toolchain(), build(MAKE), runtime(step, user=user))
    data = bench.executor.blobs.read(bench.executor.check("shop/a:latest")["layers"][0]["digest"])
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        passwd = archive.extractfile("etc/passwd")
        assert passwd is not None
        assert passwd.read() == b"shop:x:10001:10002:shop:/app:/sbin/nologin\n"
    assert bench.executor.config("shop/a:latest")["config"]["User"] == "10001:10002"


def test_a_layer_is_packed_once(bench: Bench) -> None:
    bench.make(*STAGES)
    blob = bench.executor.check("shop/a:latest")["layers"][0]["digest"]
    before = bench.executor.blobs.path(blob).stat().st_ino
    bench.make(toolchain(), build(MAKE), runtime(labels={"another": "image"}))
    assert bench.executor.check("shop/a:latest")["layers"][0]["digest"] == blob
    assert bench.executor.blobs.path(blob).stat().st_ino == before


@pytest.mark.parametrize("part", ["manifest", "config", "layer"])
@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_an_image_with_a_damaged_blob_is_not_used_and_is_rebuilt(
    bench: Bench, part: str, how: str
) -> None:
    image = bench.make(*STAGES).image
    manifest = bench.executor.check("shop/a:latest")
    blob = {
        "manifest": image,
        "config": manifest["config"]["digest"],
        "layer": manifest["layers"][0]["digest"],
    }[part]
    path = bench.executor.blobs.path(blob)
    if how == "missing":
        path.unlink()
    else:
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    # another process, which has not verified the undamaged blob
    bench.executor = LocalExecutor(bench.store, SourceTree(bench.root))
    assert bench.executor.images("shop") == []
    with pytest.raises(UnavailableError, match=r"damaged|missing") as caught:
        bench.executor.check("shop/a:latest")
    assert caught.value.hint
    mended = bench.make(*STAGES)
    assert mended.image == image
    assert not all(vertex.cached for vertex in mended.vertices)
    assert [one.id for one in bench.executor.images("shop")] == [image]
    bench.executor.check("shop/a:latest")


def test_damage_without_changed_times_is_found_before_an_image_leaves_the_store(
    bench: Bench,
) -> None:
    bench.make(*STAGES)
    digest = bench.executor.check("shop/a:latest")["layers"][0]["digest"]
    path = bench.executor.blobs.path(digest)
    path.write_bytes(b"evil")
    bench.executor.blobs.verified.add(digest, stat_of(path))
    with pytest.raises(UnavailableError, match="damaged"):
        bench.executor.check("shop/a:latest")


def test_a_missing_compiler_fails_its_toolchain_with_the_package(bench: Bench) -> None:
    tool = HostTool("no-such-compiler", ("--version",), "some-package")
    with pytest.raises(BuildError) as caught:
        bench.execute(bench.job(toolchain(host=(SHELL, tool))))
    assert "`no-such-compiler` is not installed on this host" in caught.value.message
    assert "apt-get install some-package" in (caught.value.hint or "")
    assert caught.value.stage == "sh-toolchain"


def test_an_installed_toolchain_counts_as_cached(bench: Bench) -> None:
    result = bench.execute(bench.job(toolchain()))
    assert all(vertex.cached for vertex in result.vertices)


def test_the_version_of_a_compiler_is_part_of_the_fingerprint(bench: Bench) -> None:
    prepared = bench.executor.prepare([toolchain()])[0]
    assert dict(prepared.facts) == {"host sh": "shell 1.0"}
    assert prepared.steps == ()


def test_an_option_selects_zstd(bench: Bench) -> None:
    pytest.importorskip("zstandard")
    gzip = bench.make(*STAGES).image
    bench.executor = LocalExecutor(bench.store, SourceTree(bench.root), compression="zstd")
    # the existing image does not have the requested compression
    assert bench.executor.images("shop") == []
    zstd = bench.make(*STAGES).image
    assert zstd != gzip
    assert [image.id for image in bench.executor.images("shop")] == [zstd]
    (layer,) = bench.executor.check("shop/a:latest")["layers"]
    assert layer["mediaType"].endswith("+zstd")
    gzip_config = json.loads(bench.executor.blobs.read(gzip))["config"]["digest"]
    # the config of the image does not depend on the compression
    assert bench.executor.check("shop/a:latest")["config"]["digest"] == gzip_config


def test_the_index_does_not_depend_on_the_build_order(bench: Bench, tmp_path: Path) -> None:
    b = (toolchain(), build(script('echo > "$OUT/b"'), name="b"), runtime(name="b"))
    bench.make(*STAGES)
    bench.make(*b)
    other = Bench(tmp_path / "tree2", Store(tmp_path / "store2"))
    other.make(*b)
    other.make(*STAGES)
    mine, theirs = (each.store.layout / "index.json" for each in (bench, other))
    assert mine.read_bytes() == theirs.read_bytes()


def test_a_full_disk_is_reported_with_the_path(bench: Bench) -> None:
    bench.write({"big": "x" * 200_000})
    job = bench.job(toolchain(), build(Copy(("big",)), MAKE), runtime())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(UnavailableError) as caught:
            bench.execute(job)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.message.startswith(f"`{bench.store.root}")
    assert caught.value.hint
    # incomplete results are not used
    assert not all(vertex.cached for vertex in bench.execute(job).vertices)


def workspace(root: Path) -> Workspace:
    runtimes = {
        "plain": Runtime(),
        "odd": Runtime(base="debian", packages=("curl", "git")),
    }
    services = {
        name: Service(name, "go", name, {}, (), runtime, (), Location("msbuild.yaml", 7, 3))
        for name, runtime in runtimes.items()
    }
    return Workspace("shop", root / "msbuild.yaml", root, None, "none", (), {}, {}, services)


def test_packages_in_an_image_need_a_container(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors) as caught:
        check_services(workspace(tmp_path), ["plain", "odd"])
    text = caught.value.render()
    assert "msbuild.yaml:7:3: service `odd` installs `curl`, `git` into its image" in text
    assert "--executor docker" in text


def test_services_that_were_not_requested_are_not_checked(tmp_path: Path) -> None:
    check_services(workspace(tmp_path), ["plain"])
