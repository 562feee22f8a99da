from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.execute.api import Job
from msbuild.execute.docker import Engine
from msbuild.execute.docker.images import builder_sizes, size
from tests.stages import DEPS, TOOLCHAIN, build

if TYPE_CHECKING:
    from tests.execute.fake_daemon import FakeDaemon, Request

SCRIPT = 'go build -o "$OUT/a" ./a'


def entry(name: str, size: int, what: str, parent: str = "", used: str = "1") -> dict[str, object]:
    # Docker 26 writes the key with a leading space
    parents = {" Parents" if name == "old" else "Parents": [parent]} if parent else {}
    return {"ID": name, "Size": size, "Description": what, "LastUsedAt": used, **parents}


def job(name: str) -> Job:
    stages = (TOOLCHAIN, DEPS, build(name, (f"{name}/main.go",)))
    return Job(name, stages, frozenset(), (f"shop/{name}",), {}, {}, {}, {})


def hold_base(daemon: FakeDaemon) -> None:
    daemon.on("GET /images/debian:trixie-slim/json", lambda request: request.json({"Size": 1000}))


@pytest.mark.parametrize("used", ["2", "0"])
def test_the_size_of_a_builder_includes_its_base_stages(daemon: FakeDaemon, used: str) -> None:
    mount = entry("mount", 5, f"cached mount /cache from exec /bin/sh -c {SCRIPT}", used="9")
    mount["Type"] = "exec.cachemount"
    cache = [
        entry("base", 0, "from local"),
        entry("deps", 100, "mount / from exec /bin/sh -c go mod download", "base"),
        entry("other", 7, 'mount / from exec /bin/sh -c go build -o "$OUT/b" ./b', "deps"),
        entry("new", 20, f"mount / from exec /bin/sh -c {SCRIPT}", "deps", used),
        entry("old", 30, f"mount / from exec /bin/sh -c {SCRIPT}", "deps"),
        mount,
    ]
    daemon.on("GET /system/df", lambda request: request.json({"BuildCache": cache}))
    hold_base(daemon)
    sizes = builder_sizes(Engine(daemon.address), [job("a"), job("b"), job("unknown")])
    assert sizes == {"a": 1000 + 100 + (20 if used == "2" else 30), "b": 1000 + 100 + 7}


def test_one_request_covers_all_jobs(daemon: FakeDaemon) -> None:
    cache = [entry(name, 7, f'go build -o "$OUT/{name}" ./{name}') for name in "abcd"]
    daemon.on("GET /system/df", lambda request: request.json({"BuildCache": cache}))
    hold_base(daemon)
    assert builder_sizes(Engine(daemon.address), [job(name) for name in "abcd"]) == dict.fromkeys(
        "abcd", 1007
    )
    assert daemon.asked.count("GET /system/df") == 1
    assert daemon.asked.count("GET /images/debian:trixie-slim/json") == 1


def test_unknown_sizes_are_left_out(daemon: FakeDaemon) -> None:
    daemon.on("GET /system/df", lambda request: request.json({"BuildCache": None}))
    shared = Job("go-deps", (TOOLCHAIN, DEPS), frozenset(), (), {}, {}, {}, {})
    assert builder_sizes(Engine(daemon.address), [job("a"), shared]) == {}
    assert builder_sizes(Engine(daemon.address), [shared]) == {}


@pytest.mark.parametrize("containerd", [False, True])
def test_images_are_listed_only_if_an_inspection_reports_a_different_size(
    daemon: FakeDaemon, *, containerd: bool
) -> None:
    def info(request: Request) -> None:
        driver = "io.containerd.snapshotter.v1" if containerd else "overlay2"
        request.json({"DriverStatus": [["driver-type", driver]]})

    daemon.on("GET /info", info)
    daemon.on("GET /images/id/json", lambda request: request.json({"Size": 5}))
    daemon.on("GET /images/json", lambda request: request.json([{"Id": "id", "Size": 6}]))
    engine = Engine(daemon.address)
    assert size(engine, "shop/a", "id") == (6 if containerd else 5)
    assert ("GET /images/json" in daemon.asked) == containerd
