"""How state is written and read."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from msbuild.state.file_stat import UNPROVEN, content_digest
from msbuild.state.files import (
    checksummed,
    make_directory,
    read_if_regular,
    read_regular,
    state_directory,
    verify_checksum,
    write_atomically,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_write_replaces_the_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    write_atomically(file, [b"one", b" two"])
    assert file.read_bytes() == b"one two"
    assert list(tmp_path.iterdir()) == [file]


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the disk is full")

    file = tmp_path / "file"
    file.write_text("old")
    with pytest.raises(OSError, match="full"):
        write_atomically(file, parts())
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


VALUE = {"name": "x", "files": {"\udcff": [1, "y"]}}


def test_checksummed_values_round_trip_and_are_json() -> None:
    data = checksummed(VALUE)
    assert verify_checksum(data) == VALUE
    assert {**VALUE, "seal": json.loads(data)["seal"]} == json.loads(data)


def test_flipped_bits_and_truncation_are_detected() -> None:
    data = checksummed(VALUE)
    for place in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            with pytest.raises(ValueError, match="checksum mismatch"):
                verify_checksum(bytes(changed))
        with pytest.raises(ValueError, match="checksum mismatch"):
            verify_checksum(data[:place])


def test_reading_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", tmp_path):
        with pytest.raises(OSError, match=r"regular|directory"):
            read_regular(place)
        assert read_if_regular(place) is None
    assert content_digest(str(tmp_path / "pipe")) == UNPROVEN


@pytest.mark.parametrize("target", [".gitignore", "../elsewhere"])
def test_a_link_in_place_of_the_ignore_file_is_replaced(tmp_path: Path, target: str) -> None:
    (tmp_path / ".msbuild").mkdir()
    (tmp_path / ".msbuild/.gitignore").symlink_to(target)
    directory = state_directory(tmp_path)
    assert (directory / ".gitignore").read_text() == "*\n"
    assert not (tmp_path / "elsewhere").exists()


def test_a_link_in_place_of_the_logs_is_replaced_by_a_directory(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".msbuild").mkdir()
    (tmp_path / ".msbuild/logs").symlink_to("../elsewhere")
    assert not (state_directory(tmp_path) / "logs").is_symlink()
    assert (tmp_path / ".msbuild/logs").is_dir()
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("target", ["elsewhere", "nowhere", "file"])
def test_a_link_in_place_of_a_directory_is_replaced(tmp_path: Path, target: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "file").write_text("kept")
    (tmp_path / "bases").symlink_to(target)
    make_directory(tmp_path / "bases")
    assert (tmp_path / "bases").is_dir()
    assert not (tmp_path / "bases").is_symlink()
    assert (tmp_path / "elsewhere").is_dir()
    assert (tmp_path / "file").read_text() == "kept"


def test_a_directory_keeps_its_files_and_links_above_it_are_followed(tmp_path: Path) -> None:
    (tmp_path / "disk/store/locks").mkdir(parents=True)
    (tmp_path / "disk/store/locks/one").touch()
    (tmp_path / "cache").symlink_to("disk")
    make_directory(tmp_path / "cache/store/locks")
    make_directory(tmp_path / "cache/store/work/a")
    assert (tmp_path / "disk/store/locks/one").exists()
    assert (tmp_path / "disk/store/work/a").is_dir()


def test_a_link_to_itself_is_replaced_by_a_directory(tmp_path: Path) -> None:
    (tmp_path / "oci").symlink_to("oci")
    make_directory(tmp_path / "oci/blobs/sha256")
    assert (tmp_path / "oci/blobs/sha256").is_dir()
