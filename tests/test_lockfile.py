from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.errors import ConfigError
from msbuild.lockfile import read_lock, write_lock

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "sha256:" + "a" * 64


def test_what_is_written_is_read(tmp_path: Path) -> None:
    pins = {"alpine:3.22": f"alpine:3.22@{DIGEST}", "local:1": DIGEST}
    assert write_lock(tmp_path, pins) == ["local:1"]
    assert read_lock(tmp_path) == {"alpine:3.22": f"alpine:3.22@{DIGEST}"}
    assert [path.name for path in tmp_path.iterdir()] == ["msbuild.lock"]


def test_no_file_means_no_pins(tmp_path: Path) -> None:
    assert read_lock(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "cannot be read"),
        ("- a", "has no mapping `images`"),
        ("images: {alpine: latest}", "`alpine` has no digest: `latest`"),
        ("images: {alpine: 1}", "`alpine` has no digest: `1`"),
        ("images: {a: 'x@sha256:123'}", "`a` has no digest"),
        ("images: {a: 'x y@" + DIGEST + "'}", "`a` has no digest"),
        ("!!python/object/apply:os.system [ls]", "cannot be read"),
    ],
)
def test_a_broken_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "msbuild.lock").write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        read_lock(tmp_path)
    assert caught.value.hint == "run `msbuild lock` again"
