from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from msbuild.state.checksummed import checksummed, read_regular, verify_checksum

if TYPE_CHECKING:
    from pathlib import Path

VALUE = {"name": "x", "files": {"\udcff": [1, "y"]}}


def test_what_is_sealed_comes_back_and_is_json() -> None:
    data = checksummed(VALUE)
    assert verify_checksum(data) == VALUE
    assert {**VALUE, "seal": json.loads(data)["seal"]} == json.loads(data)


def test_no_bit_can_flip_and_nothing_be_cut_off() -> None:
    data = checksummed(VALUE)
    for place in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            with pytest.raises(ValueError, match="not as it was written"):
                verify_checksum(bytes(changed))
        with pytest.raises(ValueError, match="not as it was written"):
            verify_checksum(data[:place])


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", tmp_path):
        with pytest.raises(OSError, match=r"regular|directory"):
            read_regular(place)
