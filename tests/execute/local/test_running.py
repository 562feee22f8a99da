from __future__ import annotations

import io
import os
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import UnavailableError
from msbuild.execute.local.running import run, unpacked_image
from msbuild.execute.local.unpacking import unpack
from tests.execute.local.conftest import Bench, build, runtime, script, toolchain

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """#!/bin/sh
echo "$GREETING $1" > "$REPORT"
exit 5
"""
MAKE = script(f'cat > "$OUT/a" <<\'EOF\'\n{PROGRAM}EOF\nchmod +x "$OUT/a"')


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, 4 if kind == tarfile.REGTYPE else 0
    return info


def extract(root: Path, *members: tarfile.TarInfo) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for one in members:
            archive.addfile(one, io.BytesIO(b"data"))
    stream.seek(0)
    with tarfile.open(fileobj=stream) as archive:
        unpack(archive, root)


def test_a_service_runs_as_a_process(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the image has no shell, so the program runs on the host's
    monkeypatch.setenv("MSBUILD_WALL", "directory")
    env = {"GREETING": "hello"}
    bench.make(toolchain(), build(MAKE), runtime(env=env, command=("world",)))
    report = {"REPORT": str(tmp_path / "report")}
    code = run(bench.executor, "shop/a:latest", report, threading.Event())
    assert code == 5
    assert (tmp_path / "report").read_text() == "hello world\n"
    assert list((bench.store.root / "work").iterdir()) == []


def test_a_missing_image_is_reported(bench: Bench) -> None:
    with pytest.raises(UnavailableError, match="the image `shop/a:latest` does not exist"):
        run(bench.executor, "shop/a:latest", {}, threading.Event())


def test_an_image_is_unpacked_with_its_files(bench: Bench) -> None:
    bench.make(toolchain(), build(MAKE), runtime())
    with unpacked_image(bench.executor, "shop/a:latest") as root:
        assert (root / "app/a").read_text() == PROGRAM
        assert os.access(root / "app/a", os.X_OK)


def test_links_and_whiteouts_are_applied(tmp_path: Path) -> None:
    extract(
        tmp_path,
        member("d/a"),
        member("d/soft", tarfile.SYMTYPE, "a"),
        member("d/hard", tarfile.LNKTYPE, "d/a"),
        member("d/gone"),
        member("d/.wh.gone"),
    )
    names = sorted(path.name for path in (tmp_path / "d").iterdir())
    assert names == ["a", "hard", "soft"]
    assert (tmp_path / "d/soft").read_text() == (tmp_path / "d/hard").read_text() == "data"


def test_nothing_is_unpacked_outside_the_directory(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    extract(root, member("../../escaped"))
    assert (root / "escaped").exists()
    extract(root, member("up", tarfile.SYMTYPE, str(tmp_path)), member("up/escaped"))
    assert not (tmp_path / "escaped").exists()
    # as in a container, `/` is the root of the image
    assert (root / str(tmp_path).lstrip("/") / "escaped").exists()
