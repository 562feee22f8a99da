"""Images created without compiling are valid and count as built."""

from __future__ import annotations

import io
import json
import tarfile
import time
from typing import TYPE_CHECKING

from bench import fake_images, tiny
from bench.workspaces import make
from msbuild import pipeline
from msbuild.execute.local import make as make_local
from msbuild.planning.planner import Request
from msbuild.workspace import loading

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from msbuild.planning.planner import Plan


def plan(tree: Path) -> Plan:
    loaded = loading.load(tree / "msbuild.yaml")
    executor = make_local(ca_bundle=None, sources=loaded.sources)
    services = loading.select(loaded.workspace, ())
    return pipeline.plan(loaded, executor, Request(services), time.monotonic()).plan


def test_created_images_make_services_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSBUILD_STORE", str(tmp_path / "store"))
    make(tmp_path / "tree", 3)
    assert len(plan(tmp_path / "tree").jobs) > 3
    jobs = fake_images.create_in_store(tmp_path / "tree" / "msbuild.yaml")
    assert [job.name for job in jobs] == ["s00000", "s00001", "s00002"]
    found = plan(tmp_path / "tree")
    assert not found.jobs
    assert {service.retag for service in found.cached.values()} == {()}
    (tmp_path / "tree" / "services" / "s00001" / "part1.go").write_text("package main\n")
    changed = plan(tmp_path / "tree").jobs["s00001"]
    assert changed.reason.text == "services/s00001/part1.go changed"
    assert changed.estimate == fake_images.SECONDS


def test_an_archive_contains_complete_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSBUILD_STORE", str(tmp_path / "store"))
    make(tmp_path / "tree", 2)
    jobs = fake_images.create_in_store(tmp_path / "tree" / "msbuild.yaml")
    with tiny.archive(jobs, "linux/amd64") as packed, tarfile.open(fileobj=packed) as archive:
        contents = {
            info.name: file.read() for info in archive if (file := archive.extractfile(info))
        }
    entries = json.loads(contents["manifest.json"])
    assert [tuple(entry["RepoTags"]) for entry in entries] == [tuple(job.tags) for job in jobs]
    for entry, job in zip(entries, jobs, strict=True):
        config = json.loads(contents[entry["Config"]])
        assert job.labels.items() <= config["config"]["Labels"].items()
        layer = contents[entry["Layers"][0]]
        assert config["rootfs"]["diff_ids"] == [f"sha256:{tiny.sha256(layer)}"]
        with tarfile.open(fileobj=io.BytesIO(layer)) as files:
            assert files.getnames() == ["service"]
