from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.state.atomic_write import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_file_takes_the_place_of_another(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    write_atomically(file, [b"one", b" two"])
    assert file.read_bytes() == b"one two"
    assert list(tmp_path.iterdir()) == [file]


def test_a_write_that_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the disk is full")

    file = tmp_path / "file"
    file.write_text("old")
    with pytest.raises(OSError, match="full"):
        write_atomically(file, parts())
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
