from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from msbuild.execute.local.layout import LayoutIndex

if TYPE_CHECKING:
    from pathlib import Path


def descriptor(letter: str) -> dict[str, object]:
    return {"mediaType": "m", "digest": f"sha256:{letter}", "size": 1}


def index(root: Path) -> LayoutIndex:
    return LayoutIndex(root / "oci", root / "lock")


def test_tags_mean_manifests(tmp_path: Path) -> None:
    one = index(tmp_path)
    one.point(["x:1", "x:2"], descriptor("a"))
    one.point(["x:2"], descriptor("b"))
    assert one.digests() == {"sha256:a": {"x:1"}, "sha256:b": {"x:2"}}
    one.forget(["x:1"])
    assert one.digests() == {"sha256:b": {"x:2"}}
    assert json.loads((tmp_path / "oci/oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}


def test_an_index_that_makes_no_sense_is_empty(tmp_path: Path) -> None:
    one = index(tmp_path)
    one.point(["x:1"], descriptor("a"))
    for text in ("", "{", "[]", '{"manifests": [{}]}'):
        (tmp_path / "oci/index.json").write_text(text)
        assert one.read() == {}
    one.point(["x:1"], descriptor("a"))
    assert set(one.read()) == {"x:1"}


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        index(tmp_path).point([f"x:{number}"], descriptor("a"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(index(tmp_path).read()) == {f"x:{number}" for number in range(8)}
