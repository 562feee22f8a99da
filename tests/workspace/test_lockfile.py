from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import ConfigError
from msbuild.workspace.lockfile import read_inputs, read_lock, write_inputs, write_lock

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "sha256:" + "a" * 64


def test_pins_survive_a_round_trip(tmp_path: Path) -> None:
    pins = {"alpine:3.22": f"alpine:3.22@{DIGEST}", "local:1": DIGEST}
    assert write_lock(tmp_path, pins) == ["local:1"]
    assert read_lock(tmp_path) == {"alpine:3.22": f"alpine:3.22@{DIGEST}"}
    assert [path.name for path in tmp_path.iterdir()] == ["msbuild.lock"]


def test_no_file_means_no_pins(tmp_path: Path) -> None:
    assert read_lock(tmp_path) == {}


def test_a_pipe_in_place_of_the_lock_file_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "msbuild.lock")
    with pytest.raises(ConfigError, match="not a regular file"):
        read_lock(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("images: {}\ninputs: [a]", "`inputs` is not a mapping"),
        ("images: {}\ninputs: {api: .sqlx}", "the inputs of `api` are not a list of paths"),
        ("images: {}\ninputs: {api: [[a]]}", "the inputs of `api` are not a list of paths"),
        ("images: {}\ninputs: {api: }", "the inputs of `api` are not a list of paths"),
        ("images: {}\ninputs: {[a]: [b]}", "cannot read"),
        ("<<<<<<< HEAD\nimages: {}\n", "cannot read"),
        ("images: 2001-99-99", "`images` is not a mapping"),
        ("[" * 20_000, "cannot read"),
        ("", "`images` is missing"),
        ("a: [", "cannot read"),
        ("- a", "`images` is missing"),
        ("images: {alpine: latest}", "`alpine` has no digest: `latest`"),
        ("images: {alpine: 1}", "`alpine` has no digest: `1`"),
        ("images: {a: 'x@sha256:123'}", "`a` has no digest"),
        ("images: {a: 'x y@" + DIGEST + "'}", "`a` has no digest"),
        ("!!python/object/apply:os.system [ls]", "cannot read"),
    ],
)
def test_an_invalid_lock_file_is_reported(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "msbuild.lock").write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        assert read_lock(tmp_path) is read_inputs(tmp_path)
    assert str(caught.value.hint).startswith("delete it, then run `msbuild lock`")


def test_files_that_cannot_be_a_lock_file_are_reported(tmp_path: Path) -> None:
    (tmp_path / "msbuild.lock").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"cannot read `msbuild\.lock`: 'utf-8' codec"):
        read_lock(tmp_path)
    (tmp_path / "msbuild.lock").unlink()
    (tmp_path / "msbuild.lock").mkdir()
    with pytest.raises(ConfigError, match=r"cannot read `msbuild\.lock`: is a directory"):
        read_inputs(tmp_path)


def test_writing_one_part_preserves_the_other(tmp_path: Path) -> None:
    write_inputs(tmp_path, {"web": ["ü", "a", "a"], "api": []})
    assert read_lock(tmp_path) == {}
    write_lock(tmp_path, {"alpine:3.22": f"alpine:3.22@{DIGEST}"})
    assert read_inputs(tmp_path) == {"web": ["a", "ü"]}
    write_inputs(tmp_path, {"api": [".sqlx"]})
    assert read_inputs(tmp_path) == {"api": [".sqlx"]}
    assert read_lock(tmp_path) == {"alpine:3.22": f"alpine:3.22@{DIGEST}"}


@pytest.mark.parametrize(
    "data",
    [
        b"images: {a: \xe9}",
        b"images: {1: 2}",
        b"images: {[a]: b}",
        b"images: {{}: b}",
        b"a: 2024-99-99\nimages: []",
        b"[" * 5000,
        b"images: {a: " + b"9" * 5000 + b"}",
        b"<<<<<<< HEAD\nimages: {}\n=======\n",
        b"images:\n\t- a",
        b"\0",
        b"#" * 10_000_001,
    ],
)
def test_bytes_that_are_not_a_lock_file_are_reported(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "msbuild.lock").write_bytes(data)
    with pytest.raises(ConfigError, match="cannot read"):
        read_lock(tmp_path)


def test_a_lock_file_that_links_to_itself_is_reported(tmp_path: Path) -> None:
    (tmp_path / "msbuild.lock").symlink_to("msbuild.lock")
    with pytest.raises(ConfigError, match=r"cannot read `msbuild\.lock`: too many levels"):
        read_lock(tmp_path)
