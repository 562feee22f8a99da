from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.execute.docker import Engine
from msbuild.execute.docker.sizes import builder_size
from tests.stages import DEPS, build

if TYPE_CHECKING:
    from tests.execute.fake_daemon import FakeDaemon

SCRIPT = 'go build -o "$OUT/a" ./a'


def entry(name: str, size: int, what: str, parent: str = "", used: str = "1") -> dict[str, object]:
    # Docker 26 puts a blank in front of `Parents`
    parents = {" Parents" if name == "old" else "Parents": [parent]} if parent else {}
    return {"ID": name, "Size": size, "Description": what, "LastUsedAt": used, **parents}


@pytest.mark.parametrize("used", ["2", "0"])
def test_a_builder_is_as_large_as_all_that_it_stands_on(daemon: FakeDaemon, used: str) -> None:
    cache = [
        entry("base", 0, "from local"),
        entry("deps", 100, "mount / from exec /bin/sh -c go mod download", "base"),
        entry("other", 7, "mount / from exec /bin/sh -c go build ./b", "deps"),
        entry("new", 20, f"mount / from exec /bin/sh -c {SCRIPT}", "deps", used),
        entry("old", 30, f"mount / from exec /bin/sh -c {SCRIPT}", "deps"),
    ]
    daemon.on("GET /system/df", lambda request: request.json({"BuildCache": cache}))
    size = builder_size(Engine(daemon.address), [DEPS, build("a", ("a/main.go",))], 1000)
    assert size == 1000 + 100 + (20 if used == "2" else 30)


def test_a_size_that_nobody_knows_is_none(daemon: FakeDaemon) -> None:
    daemon.on("GET /system/df", lambda request: request.json({"BuildCache": None}))
    stages = [DEPS, build("a", ("a/main.go",))]
    assert builder_size(Engine(daemon.address), stages, 1000) is None
    assert builder_size(Engine(daemon.address), [DEPS], 1000) is None
