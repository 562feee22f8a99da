"""The directories of the store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from msbuild.execute.local.store import Store

if TYPE_CHECKING:
    from pathlib import Path

PLACES = (
    *("oci", "oci/blobs", "oci/blobs/sha256", "layers", "bases", "stages", "caches", "work"),
    *("locks", ".msbuild-store"),
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_nothing_is_written_through_a_link_in_place_of_a_directory(
    tmp_path: Path, place: str, kind: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("")
    store = Store(tmp_path / "store")
    path = store.root / place
    path.parent.mkdir(parents=True)
    match kind:
        case "link":
            path.symlink_to(elsewhere)
        case "dangling link":
            path.symlink_to(elsewhere / "none")
        case _:
            os.mkfifo(path)
    store.prepare()
    assert not path.is_symlink()
    assert not path.is_fifo()
    assert store.is_ours()
    assert [each.name for each in elsewhere.iterdir()] == ["file"]


def test_the_contents_of_the_store_stay(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    blob = store.layout / "blobs/sha256/one"
    blob.parent.mkdir(parents=True)
    blob.write_text("1")
    store.prepare()
    store.prepare()
    assert blob.read_text() == "1"
