from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

import pytest

from msbuild.execute.evidence import REF_NAME
from msbuild.execute.local.layout import LayoutIndex, VerifiedBlobs

if TYPE_CHECKING:
    from pathlib import Path

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


def descriptor(letter: str) -> dict[str, object]:
    return {"mediaType": "m", "digest": f"sha256:{letter * 64}", "size": 1}


def index(root: Path) -> LayoutIndex:
    return LayoutIndex(root / "oci", root / "lock")


def test_tags_point_to_manifests(tmp_path: Path) -> None:
    one = index(tmp_path)
    one.point(["x:1", "x:2"], descriptor("a"))
    one.point(["x:2"], descriptor("b"))
    assert one.digests() == {A: {"x:1"}, B: {"x:2"}}
    one.forget(["x:1"])
    assert one.digests() == {B: {"x:2"}}
    assert json.loads((tmp_path / "oci/oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}


def test_a_malformed_index_is_empty(tmp_path: Path) -> None:
    one = index(tmp_path)
    one.point(["x:1"], descriptor("a"))
    for text in ("", "{", "[]", '{"manifests": [{}]}'):
        (tmp_path / "oci/index.json").write_text(text)
        assert one.read() == {}
    one.point(["x:1"], descriptor("a"))
    assert set(one.read()) == {"x:1"}


def test_concurrent_changes_are_not_lost(tmp_path: Path) -> None:
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


BAD_ENTRIES = [
    {"digesu": A, "annotations": {REF_NAME: "x:2"}},
    {"digest": None, "annotations": {REF_NAME: "x:2"}},
    {"digest": [1], "annotations": {REF_NAME: "x:2"}},
    {"digest": "sha256:../../../x", "annotations": {REF_NAME: "x:2"}},
    {"digest": A, "annotations": {REF_NAME: 5}},
    {"digest": A, "annotations": []},
    {"digest": A},
    [],
    None,
]


@pytest.mark.parametrize("entry", BAD_ENTRIES)
def test_a_malformed_entry_is_ignored(tmp_path: Path, entry: object) -> None:
    one = index(tmp_path)
    one.point(["x:1"], descriptor("a"))
    file = tmp_path / "oci/index.json"
    value = json.loads(file.read_text())
    value["manifests"].append(entry)
    file.write_text(json.dumps(value))
    assert set(one.read()) == {"x:1"}
    one.point(["x:3"], descriptor("b"))
    assert set(one.read()) == {"x:1", "x:3"}


@pytest.mark.parametrize("kind", ["directory", "fifo", "loop"])
def test_anything_but_a_file_is_an_empty_index(tmp_path: Path, kind: str) -> None:
    one, file = index(tmp_path), tmp_path / "oci/index.json"
    file.parent.mkdir()
    match kind:
        case "directory":
            (file / "x").mkdir(parents=True)
        case "fifo":
            os.mkfifo(file)
        case "loop":
            file.symlink_to(file)
    assert one.read() == {}
    one.point(["x:1"], descriptor("a"))
    assert set(one.read()) == {"x:1"}


@pytest.mark.parametrize("kind", ["pipe", "link", "directory"])
def test_anything_in_place_of_the_list_of_verified_blobs_is_replaced(
    tmp_path: Path, kind: str
) -> None:
    file, elsewhere = tmp_path / "verified", tmp_path / "elsewhere"
    elsewhere.write_text("")
    match kind:
        case "pipe":
            os.mkfifo(file)
        case "link":
            file.symlink_to(elsewhere)
        case _:
            file.mkdir()
    assert VerifiedBlobs(file).get(A) is None
    VerifiedBlobs(file).add(A, (1, 2, 3, 4, 5))
    assert VerifiedBlobs(file).get(A) == (1, 2, 3, 4, 5)
    assert not file.is_symlink()
    assert elsewhere.read_text() == ""
